// R61: two hosts that do not hear each other on the control networks have the same address, or are about to have it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../src/core/effect.js';
import { memberBench, type Bench } from './bench.js';
import {
  A,
  B,
  C,
  command,
  commandsIn,
  D,
  effectsOf,
  hardwareAddressOf,
  INTERVAL,
  recordsIn,
  serves,
  TIMEOUT,
  X,
  Y,
} from './builders.js';
import { group, runAnswered, stateOf } from './partition-bench.js';

test('R61: another MAC’s answer is a conflict: reported once, and no reason to wait', () => {
  const bench = group();
  bench.dies(C);
  const stranger = '02:00:00:00:00:ff';
  const effects: Effect[] = [];
  for (let passed = 0; passed < 2 * TIMEOUT; passed += 5)
    effects.push(...bench.run(5), ...bench.step({ kind: 'answer', address: X, hardwareAddress: stranger }));
  assert.equal(recordsIn(effects).filter((event) => event === 'conflict').length, 1);
  assert.equal(stateOf(bench, C), 'silent');
  assert.ok(commandsIn(effects).includes(`acquire ${X} → ${D} (hot-spare)`));
});

test('R61: an answer for an address that is none of the group’s is nobody’s business', () => {
  assert.deepEqual(group().step({ kind: 'answer', address: Y, hardwareAddress: '02:00:00:00:00:ff' }), []);
});

test('R61: nobody is ordered to release what a partitioned host holds: it cannot hear', () => {
  const bench = group();
  bench.dies(C);
  runAnswered(bench, 2 * TIMEOUT, C);
  bench.take();
  // D prefers the address now: it would be taken back from C, if C could be told.
  bench.says(D, { preferred: [X] });
  bench.says(C, { preferred: [] });
  const effects = runAnswered(bench, 2 * TIMEOUT, C);
  assert.equal(stateOf(bench, C), 'partitioned');
  assert.deepEqual(commandsIn(effects), []);
  assert.ok(!recordsIn(effects).includes('assigned'), recordsIn(effects).join());
});

test('R61: of a duplicate with a partitioned host the others give way, for it cannot be told', () => {
  const bench = group();
  bench.says(D, { serving: [serves(X)] });
  bench.says(C, { quiesced: true });
  bench.dies(C);
  bench.says(D, { serving: [] });
  runAnswered(bench, 2 * TIMEOUT, C);
  const effects = bench.says(D, { serving: [serves(X)] });
  assert.deepEqual(commandsIn(effects), [`release ${X} → ${D} (duplicate)`]);
});

test('R61: this host gives way to a lower one that holds the same address and does not hear it', () => {
  const bench = memberBench({ id: D, partition: 'probe' }, (each) => each.join(A, {}, { term: 1 }).join(C));
  bench.command(A, command('acquire', D, [X]));
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  assert.equal(bench.phaseOf(X), 'online');
  const effects = bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  assert.equal(bench.phaseOf(X), null);
  assert.ok(recordsIn(effects).includes('conflict'));
});

test('R61: this host keeps an address that a higher one out of reach holds as well, and says so', () => {
  const bench = memberBench({ id: B, partition: 'probe' }, (each) => each.join(A, {}, { term: 1 }).join(C));
  bench.command(A, command('acquire', B, [X]));
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  const effects = bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  assert.equal(bench.phaseOf(X), 'online');
  assert.deepEqual(effectsOf(effects, 'announce'), [{ kind: 'announce', address: X }]);
});

test('R61: a host that had left and answers a timeout later is back, and out of reach', () => {
  const bench = memberBench({ id: D, partition: 'probe' }, (each) => each.join(A, {}, { term: 1 }).join(C));
  bench.puppet(C).leaving = true;
  bench.hear();
  bench.puppet(C).alive = false;
  bench.command(A, command('acquire', D, [X]));
  const answer = { kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) } as const;
  // This one was under way when it left.
  bench.step(answer);
  assert.deepEqual([stateOf(bench, C), bench.phaseOf(X)], ['left', 'online']);
  bench.run(TIMEOUT);
  const effects = bench.step(answer);
  assert.deepEqual([stateOf(bench, C), bench.phaseOf(X)], ['partitioned', null]);
  assert.ok(recordsIn(effects).includes('conflict'));
  bench.hear();
  assert.equal(stateOf(bench, C), 'partitioned');
});

test('R61: it gives way after all to one that goes on answering: that one does not know this host for a member', () => {
  const bench = memberBench({ id: B, partition: 'probe' }, (each) => each.join(A, {}, { term: 1 }).join(C));
  bench.command(A, command('acquire', B, [X]));
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  const answer = { kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) } as const;
  bench.step(answer);
  for (let waited = 0; waited < TIMEOUT / 2; waited += TIMEOUT / 10) {
    assert.equal(bench.phaseOf(X), 'online', `after ${String(waited)} ms`);
    // It asks for what it serves itself: how else would it know?
    const asked = effectsOf(bench.run(TIMEOUT / 10), 'probe').flatMap(({ addresses }) => addresses);
    if (asked.includes(X)) bench.step(answer);
  }
  bench.step(answer);
  assert.equal(bench.phaseOf(X), null);
});

/** C, which served X, is silent, and B is about to configure X. */
function configuring(): Bench {
  const bench = memberBench({ id: B, partition: 'probe' });
  bench.join(C, { preferred: [X], serving: [serves(X)] });
  bench.run(INTERVAL);
  bench.interfaceAnswers = false;
  bench.dies(C);
  bench.run(1.5 * TIMEOUT);
  assert.equal(bench.phaseOf(X), 'configuring');
  bench.take();
  return bench;
}

test('R61: of two that take an address over while they do not hear each other, the one that hears the other first gives way', () => {
  const bench = configuring();
  bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  assert.ok(!recordsIn(bench.take()).includes('conflict'), 'it is not there yet');
  const effects = bench.step({ kind: 'forestalled', address: X, hardwareAddress: hardwareAddressOf(C) });
  assert.equal(bench.phaseOf(X), null);
  assert.deepEqual(recordsIn(effects), ['command-refused', 'release']);
  assert.match(effectsOf(effects, 'record')[0]!.message, /does not acquire .*was heard to have it before/);
  // It may have been prepared.
  assert.equal(effectsOf(effects, 'deconfigure').length, 1);
});

test('R61: who was late gives way to a member that is heard and says that it has the address', () => {
  const bench = configuring();
  bench.join(D, { serving: [serves(X)] });
  bench.step({ kind: 'forestalled', address: X, hardwareAddress: hardwareAddressOf(D) });
  assert.notEqual(bench.phaseOf(X), 'configuring');
});

test('R61: an order that a slow network process comes to a timeout later is not carried out beside a member', () => {
  const bench = configuring();
  bench.join(D);
  bench.run(TIMEOUT);
  const effects = bench.step({ kind: 'forestalled', address: X, hardwareAddress: hardwareAddressOf(D) });
  assert.ok(recordsIn(effects).includes('command-refused'));
});

test('R61: where another was heard only when the address was there, the conflict is settled then', () => {
  const bench = configuring();
  bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  bench.take();
  const effects = bench.step({ kind: 'configured', address: X, error: null });
  assert.ok(recordsIn(effects).includes('conflict'));
  assert.equal(effectsOf(effects, 'announce').length, 1, 'the lower host id keeps it');
});

test('R61: what a stranger or a member that is heard claims meanwhile delays the address, and no more', () => {
  const bench = configuring();
  const stranger = '02:00:00:00:00:ff';
  const again = bench.step({ kind: 'forestalled', address: X, hardwareAddress: stranger });
  assert.equal(effectsOf(again, 'configure').length, 1);
  // As one does that has just handed it over.
  bench.join(D);
  const heard = bench.step({ kind: 'forestalled', address: X, hardwareAddress: hardwareAddressOf(D) });
  assert.equal(effectsOf(heard, 'configure').length, 1);
  bench.step({ kind: 'configured', address: X, error: null });
  assert.equal(bench.phaseOf(X), 'online');
  // It was to be put back, and somebody claimed it.
  const back = bench.step({ kind: 'forestalled', address: X, hardwareAddress: stranger });
  assert.equal(effectsOf(back, 'configure').length, 1);
  const claim = { address: X, hardwareAddress: hardwareAddressOf(C) };
  bench.step({ kind: 'answer', ...claim }, { kind: 'forestalled', ...claim });
  assert.equal(bench.phaseOf(X), null);
});
