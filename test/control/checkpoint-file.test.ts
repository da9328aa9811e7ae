import assert from 'node:assert/strict';
import { openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { CheckpointFile, type Checkpoints } from '../../src/control/checkpoint-file.js';
import { instant } from '../../src/core/time.js';
import { processAddon } from '../../src/ipc/process-addon.js';

/** A new view of the same memory, as the next process has it. */
const again = (descriptor: number): CheckpointFile =>
  new CheckpointFile(openSync(`/proc/self/fd/${String(descriptor)}`, 'r+'));

const groups = (text: string): Checkpoints => ({ web: { text } }) as unknown as Checkpoints;

test('R53: the next process finds what was saved last, and when the last step was', () => {
  const memory = processAddon.createMemory('test');
  const file = new CheckpointFile(memory);
  assert.equal(file.load(), null);
  file.noteStep(instant(1000));
  assert.equal(again(memory).load(), null);
  for (const text of ['one', 'a longer two', 'three']) {
    file.save(groups(text));
    assert.deepEqual(again(memory).load(), { groups: groups(text), steppedAt: 1000, isCurrent: true });
  }
  file.noteStep(instant(1234.5));
  assert.equal(again(memory).load()?.steppedAt, 1234.5);
});

test('R53: what was discarded is not gone on from, until something is saved again, by whomever', () => {
  const memory = processAddon.createMemory('test');
  const file = new CheckpointFile(memory);
  file.save(groups('one'));
  file.discard();
  // Whoever looks changes nothing.
  for (const left of [again(memory).load(), again(memory).load()]) {
    assert.deepEqual(left?.groups, groups('one'));
    assert.equal(left.isCurrent, false);
  }
  file.save(groups('two'));
  const next = again(memory);
  assert.deepEqual(next.load()?.groups, groups('two'));
  next.discard();
  assert.equal(again(memory).load()?.isCurrent, false);
  next.save(groups('three'));
  assert.deepEqual(again(memory).load()?.groups, groups('three'));
});

test('R53: a process that dies while it saves leaves what was saved before', () => {
  const memory = processAddon.createMemory('test');
  const file = new CheckpointFile(memory);
  file.save(groups('one'));
  const head = readFileSync(`/proc/self/fd/${String(memory)}`).subarray(0, 24);
  file.save(groups('two'));
  // As if the head had not been written.
  writeFileSync(`/proc/self/fd/${String(memory)}`, head, { flag: 'r+' });
  assert.deepEqual(again(memory).load()?.groups, groups('one'));
});

test('R53: what another version wrote is not gone on from, whatever it is', () => {
  const memory = processAddon.createMemory('test');
  new CheckpointFile(memory).save(groups('one'));
  const overwrite = (at: number, value: number): void => {
    const number = Buffer.alloc(8);
    number.writeDoubleLE(value);
    writeSync(memory, number, 0, number.length, at);
  };
  overwrite(0, 99);
  assert.equal(again(memory).load()?.isCurrent, false);
  for (const bytes of [3, 1e300, NaN, -1]) {
    overwrite(16, bytes);
    assert.equal(again(memory).load(), null, String(bytes));
  }
});
