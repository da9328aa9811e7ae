import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookUpUser } from '../../src/scripts/user.js';
import { rememberingLookUp } from '../../src/scripts/user-lookups.js';

test('a user is found by name', async () => {
  assert.deepEqual(await lookUpUser('www-data'), { name: 'www-data', uid: 33, gid: 33, home: '/var/www' });
});

test('a user that does not exist is said to', async () => {
  await assert.rejects(lookUpUser('raisd-no-such-user'), /^Error: no such user$/);
  await assert.rejects(lookUpUser('--help'), /^Error: no such user$/);
});

test('a name is asked once in ten seconds, and again after a failure', async () => {
  const asked: string[] = [];
  let now = 0;
  const lookUp = rememberingLookUp(
    (name) => {
      asked.push(name);
      return name === 'absent' ? Promise.reject(new Error('no such user')) : lookUpUser('www-data');
    },
    () => now,
  );
  await Promise.all([lookUp('a'), lookUp('a')]);
  await assert.rejects(lookUp('absent'));
  await assert.rejects(lookUp('absent'));
  assert.deepEqual(asked, ['a', 'absent', 'absent']);
  now = 10_000;
  await lookUp('a');
  assert.deepEqual(asked, ['a', 'absent', 'absent', 'a']);
});
