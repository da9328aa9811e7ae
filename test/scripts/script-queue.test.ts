import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_RUNNING, MAX_WAITING, ScriptQueue } from '../../src/scripts/script-queue.js';

interface Job {
  readonly key: string;
  readonly number: number;
}

function queue(): { queue: ScriptQueue<Job>; started: Job[]; add(key: string): boolean } {
  const started: Job[] = [];
  const under = new ScriptQueue<Job>((job) => started.push(job));
  let number = 0;
  return { queue: under, started, add: (key) => under.add({ key, number: ++number }) };
}

test('R20: jobs of different keys start at once, up to the bound on running ones', () => {
  const { started, add } = queue();
  for (let i = 0; i < MAX_RUNNING + 10; i++) assert.ok(add(`key ${String(i)}`));
  assert.equal(started.length, MAX_RUNNING);
});

test('R20: the end of a job starts the one that has waited longest', () => {
  const { queue: under, started, add } = queue();
  for (let i = 0; i < MAX_RUNNING + 2; i++) add(`key ${String(i)}`);
  under.finished(started[5]!);
  assert.deepEqual(
    started.slice(MAX_RUNNING).map((job) => job.number),
    [MAX_RUNNING + 1],
  );
});

test('R21, R22: jobs of one key run one after the other, in order, and hold up no others', () => {
  const { queue: under, started, add } = queue();
  for (const key of ['a', 'a', 'b', 'a', 'c']) add(key);
  assert.deepEqual(
    started.map((job) => job.number),
    [1, 3, 5],
  );
  under.finished(started[0]!);
  assert.deepEqual(
    started.map((job) => job.number),
    [1, 3, 5, 2],
  );
  under.finished(started[3]!);
  assert.deepEqual(
    started.map((job) => job.number),
    [1, 3, 5, 2, 4],
  );
});

test('R20: at its bound the queue takes nothing more', () => {
  const { queue: under, started, add } = queue();
  for (let i = 0; i < 1 + MAX_WAITING; i++) assert.ok(add('a'));
  assert.ok(!add('a'));
  assert.ok(!add('b'));
  under.finished(started[0]!);
  assert.ok(add('a'));
  assert.ok(!add('a'));
});

test('a job that is withdrawn while it waits is not started', () => {
  const { queue: under, started, add } = queue();
  for (const key of ['a', 'a', 'a']) add(key);
  assert.deepEqual(
    under.withdraw((job) => job.number === 2).map((job) => job.number),
    [2],
  );
  under.finished(started[0]!);
  assert.deepEqual(
    started.map((job) => job.number),
    [1, 3],
  );
});
