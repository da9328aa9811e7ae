// R61: a partition of the control networks is not a death. C serves X and falls silent on the control networks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memberBench } from './bench.js';
import {
  B,
  C,
  commandsIn,
  D,
  effectsOf,
  INTERVAL,
  publishedIn,
  recordsIn,
  serves,
  TIMEOUT,
  X,
  Y,
} from './builders.js';
import { group, runAnswered, stateOf } from './partition-bench.js';

test('R61: a silent host whose own MAC answers is partitioned, by event, and nobody acquires its address', () => {
  const bench = group();
  bench.dies(C);
  const effects = runAnswered(bench, 3 * TIMEOUT, C);
  assert.equal(stateOf(bench, C), 'partitioned');
  assert.ok(recordsIn(effects).includes('host-partitioned'));
  assert.ok(!recordsIn(effects).includes('host-silent'));
  assert.deepEqual(commandsIn(effects), []);
  assert.equal(bench.phaseOf(X), null);
});

test('R61: a silent host that does not answer is dead, and its address is taken over', () => {
  const bench = group();
  bench.dies(C);
  const effects = runAnswered(bench, 2 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
  assert.deepEqual(commandsIn(effects).slice(0, 1), [`acquire ${X} → ${D} (hot-spare)`]);
});

test('R61: a partitioned host that answers no more is dead after all', () => {
  const bench = group();
  bench.dies(C);
  runAnswered(bench, 2 * TIMEOUT, C);
  const effects = runAnswered(bench, 1.5 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
  assert.ok(commandsIn(effects).includes(`acquire ${X} → ${D} (hot-spare)`));
});

test('R61: while no question can be put, a partitioned host keeps what it held', () => {
  const bench = group();
  bench.dies(C);
  runAnswered(bench, 2 * TIMEOUT, C);
  bench.probeAnswers = false;
  const effects = runAnswered(bench, 2 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'partitioned');
  assert.deepEqual(commandsIn(effects), []);
  assert.ok(!recordsIn(effects).includes('assigned'));
});

test('R61: a partitioned host that is heard again is live again, and its address stayed with it', () => {
  const bench = group();
  bench.dies(C);
  runAnswered(bench, 2 * TIMEOUT, C);
  bench.puppet(C).alive = true;
  const effects = bench.run(TIMEOUT);
  assert.equal(stateOf(bench, C), 'live');
  assert.deepEqual(commandsIn(effects), []);
  assert.match(effectsOf(effects, 'record')[0]!.message, /the control networks are whole/);
});

test('R61: what this host found is told to the others, and taken back when it ends', () => {
  const bench = group();
  bench.dies(C);
  const published = publishedIn(runAnswered(bench, 2 * TIMEOUT, C));
  assert.deepEqual(published?.information.host.partitioned, [C]);
  assert.deepEqual(publishedIn(runAnswered(bench, 1.5 * TIMEOUT))?.information.host.partitioned, []);
});

test('R61: the word of another member that asked counts as well', () => {
  const bench = group();
  bench.dies(C);
  bench.run((TIMEOUT * 2) / 3);
  bench.says(D, { partitioned: [C] });
  const effects = bench.run(TIMEOUT);
  assert.equal(stateOf(bench, C), 'partitioned');
  assert.deepEqual(commandsIn(effects), []);
  bench.says(D, { partitioned: [] });
  bench.run(TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
});

test('R61: who judged a host before another member had its answer is put right, once that word cannot be an old one', () => {
  const bench = group();
  bench.dies(C);
  bench.run(1.5 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
  bench.says(D, { partitioned: [C] });
  bench.run(TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
  bench.run(5 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'partitioned');
  bench.says(D, { partitioned: [] });
  bench.run(TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
});

test('R61: when the member whose word it was leaves, this host asks for itself before it takes anything over', () => {
  const bench = memberBench({ id: C, preferred: [Y], partition: 'probe' });
  bench.join(B).join(D, { preferred: [X], serving: [serves(X)] });
  bench.run(INTERVAL);
  bench.dies(D);
  bench.says(B, { partitioned: [D] });
  bench.run(TIMEOUT + INTERVAL);
  assert.equal(stateOf(bench, D), 'partitioned');
  bench.puppet(B).leaving = true;
  bench.hear();
  assert.equal(bench.phaseOf(X), null);
  runAnswered(bench, 3 * TIMEOUT, D);
  assert.equal(stateOf(bench, D), 'partitioned');
  runAnswered(bench, 3 * TIMEOUT);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R55: a move to a host that is partitioned afterwards stays', () => {
  const bench = group();
  bench.step({ kind: 'operator', ticket: 1, request: { kind: 'move', address: X, host: D } });
  bench.says(C, { serving: [] });
  bench.says(D, { serving: [serves(X, 'online', 'moved')] });
  bench.dies(D);
  const effects = runAnswered(bench, 2 * TIMEOUT, D);
  assert.equal(stateOf(bench, D), 'partitioned');
  bench.puppet(D).alive = true;
  assert.deepEqual(commandsIn([...effects, ...bench.run(TIMEOUT)]), []);
  assert.deepEqual(bench.monitor.addresses.get(X)?.decision, { kind: 'move', host: D });
});
