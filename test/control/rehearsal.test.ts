import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADDRESSES, Rehearsal, ROUNDS } from '../../src/control/rehearsal.js';

test('R59: a rehearsed group loses each of its hosts, and ends as it began', () => {
  const rehearsal = new Rehearsal().run(ROUNDS);
  const expected = [1, 2, 3].flatMap((host) =>
    Array.from(
      { length: ADDRESSES },
      (_, index) => `198.18.${String(host)}.${String(index)} online on 192.0.2.${String(host)}`,
    ),
  );
  assert.deepEqual(rehearsal.serving(), expected);
  assert.equal(rehearsal.takeovers, 3 * ROUNDS * ADDRESSES);
});
