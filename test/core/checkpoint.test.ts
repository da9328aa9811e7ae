import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import {
  checkpointOf,
  isConsequence,
  lostScripts,
  monitorOf,
  settingsEvents,
  type Checkpoint,
} from '../../src/core/checkpoint.js';
import { permitSpan } from '../../src/core/settings.js';
import { step } from '../../src/core/step.js';
import { after } from '../../src/core/time.js';
import { memberBench, type Bench } from './bench.js';
import { A, B, C, TIMEOUT, X, Y } from './builders.js';

/** It leads two others and serves its own address. */
const leadingBench = (): Bench =>
  memberBench({ id: A, preferred: [X] }, (bench) => bench.join(B, { preferred: [Y] }).join(C));

const copy = (checkpoint: Checkpoint): Checkpoint => deserialize(serialize(checkpoint)) as Checkpoint;

test('R53: a monitor outlives its process: leader, term, peers and addresses are the same', () => {
  const { monitor } = leadingBench();
  const next = monitorOf(copy(checkpointOf(monitor)), monitor.lastStepAt);
  assert.ok(next !== null);
  assert.deepEqual(next.peers.keys(), monitor.peers.keys());
  assert.deepEqual(next.peers.values(), monitor.peers.values());
  assert.deepEqual(next.addresses.values(), monitor.addresses.values());
  assert.deepEqual(next.local.values(), monitor.local.values());
  assert.deepEqual([next.leader, next.term, next.phase], [monitor.leader, monitor.term, monitor.phase]);
  assert.deepEqual(next.leadership, monitor.leadership);
  assert.deepEqual(next.local.keys(), [X]);
  assert.deepEqual([next.leader, next.peers.size], [A, 2]);
});

test('R53: who goes on in time stays a member, believes the others for a timeout, and gives nothing up', () => {
  const { monitor } = leadingBench();
  const next = monitorOf(copy(checkpointOf(monitor)), monitor.lastStepAt);
  assert.ok(next !== null);
  const now = after(monitor.lastStepAt, 10);
  const effects = step(next, [{ kind: 'listening' }], now);
  assert.equal(next.phase, 'member');
  assert.ok(!effects.some(isConsequence), JSON.stringify(effects));
  assert.ok(next.peers.values().every(({ state }) => state === 'live'));
});

test('R52: who comes after the permit and a timeout gives up and joins anew', () => {
  const { monitor } = leadingBench();
  const next = monitorOf(copy(checkpointOf(monitor)), monitor.lastStepAt);
  assert.ok(next !== null);
  step(next, [{ kind: 'listening' }], after(monitor.lastStepAt, permitSpan(TIMEOUT) + TIMEOUT));
  assert.equal(next.phase, 'joining');
});

test('R53: what another version has left is of no use', () => {
  const { monitor } = leadingBench();
  const less: Record<string, unknown> = { ...checkpointOf(monitor) };
  delete less['term'];
  assert.equal(monitorOf(less as unknown as Checkpoint, monitor.lastStepAt), null);
  const more = { ...checkpointOf(monitor), somethingNew: 1 };
  assert.equal(monitorOf(more, monitor.lastStepAt), null);
});

test('R20, R53: scripts whose asker died count as failed', () => {
  const { monitor } = leadingBench();
  assert.deepEqual(lostScripts(monitor), []);
  const local = monitor.local.get(X);
  assert.ok(local?.phase === 'online');
  local.phase = 'acquire-script';
  assert.deepEqual(lostScripts(monitor), [
    { kind: 'script-done', action: 'acquire', address: X, error: 'the control process ended' },
  ]);
});

test('R56: settings that a reload has changed meanwhile are gone over to', () => {
  const { monitor } = leadingBench();
  assert.deepEqual(settingsEvents(monitor, { ...monitor.settings }), []);
  const settings = { ...monitor.settings, preferred: [] };
  assert.deepEqual(settingsEvents(monitor, settings), [{ kind: 'settings', settings }]);
});

test('R53: what is done outside makes the last checkpoint void; what is only said does not', () => {
  const address = A;
  assert.ok(isConsequence({ kind: 'configure', address }));
  assert.ok(isConsequence({ kind: 'deconfigure', address }));
  assert.ok(!isConsequence({ kind: 'announce', address }));
  assert.ok(!isConsequence({ kind: 'drain' }));
});
