// A machine that is no member of the group answers for one of its addresses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFLICT_KEPT, DEFENCE_GAP, QUESTION_GAP } from '../../src/core/conflict.js';
import type { Effect } from '../../src/core/effect.js';
import { memberBench, type Bench } from './bench.js';
import { B, C, effectsOf, INTERVAL, recordsIn, serves, X, Y } from './builders.js';

const STRANGER = '02:00:00:00:00:ff';

/** B serves X, C serves Y. */
function serving(): Bench {
  const bench = memberBench({ id: B, preferred: [X], partition: 'probe' });
  bench.join(C, { preferred: [Y], serving: [serves(Y)] });
  bench.run(5 * INTERVAL);
  assert.equal(bench.phaseOf(X), 'online');
  bench.take();
  return bench;
}

const claims = (bench: Bench, address = X, hardwareAddress = STRANGER): Effect[] =>
  bench.step({ kind: 'answer', address, hardwareAddress });

const announced = (effects: readonly Effect[]): string[] =>
  effectsOf(effects, 'announce').map(({ address }) => address);

test('R31: a machine that is no member and announces an address of ours is told with its MAC, and the address is defended', () => {
  const effects = claims(serving());
  const [told] = effectsOf(effects, 'record');
  assert.equal(told?.event, 'conflict');
  assert.match(told.message, /02:00:00:00:00:ff, a machine that is no member of the group, answers for 10/);
  assert.deepEqual(announced(effects), [X]);
});

test('R31: an address is defended once in ten seconds at the most (RFC 5227)', () => {
  const bench = serving();
  const first = bench.now;
  const defended: number[] = [];
  while (bench.now - first < 2.5 * DEFENCE_GAP) {
    const effects = [...bench.run(INTERVAL), ...claims(bench)];
    if (announced(effects).length > 0) defended.push(bench.now);
    assert.ok(bench.now === defended[0] || !recordsIn(effects).includes('conflict'), 'told once');
  }
  assert.equal(defended.length, 3);
  assert.ok(defended.every((at, n) => n === 0 || at - defended[n - 1]! >= DEFENCE_GAP));
});

test('R31: what another member serves is its to defend', () => {
  assert.deepEqual(announced(claims(serving(), Y)), []);
});

test('R31: the machine is asked for until it answers no more, and that is told', () => {
  const bench = serving();
  claims(bench);
  const standing = bench.run(CONFLICT_KEPT - 1);
  assert.equal(effectsOf(standing, 'probe').length, Math.floor((CONFLICT_KEPT - 1) / QUESTION_GAP));
  assert.equal(bench.monitor.conflicts.get(X)?.hardwareAddress, STRANGER);
  assert.deepEqual(recordsIn(bench.run(INTERVAL)), ['conflict-ended']);
  assert.equal(bench.monitor.conflicts.size, 0);
  assert.deepEqual(effectsOf(bench.run(2 * QUESTION_GAP), 'probe'), []);
});

test('R31: a machine that answers the question is still there', () => {
  const bench = serving();
  claims(bench);
  for (let passed = 0; passed < 2 * CONFLICT_KEPT; passed += INTERVAL) {
    if (effectsOf(bench.run(INTERVAL), 'probe').length > 0) claims(bench);
  }
  assert.equal(bench.monitor.conflicts.size, 1);
});
