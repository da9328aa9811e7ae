// R35, R58: a group serves 1,000 addresses and no more; what is beyond that is told, and waits for room. B leads.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOf } from '../../src/control/problems.js';
import { refusedSentence } from '../../src/core/address-limit.js';
import { ADDRESS_ROWS, EXPIRED_KEPT } from '../../src/core/service-address.js';
import { memberBench, type Bench } from './bench.js';
import {
  B,
  C,
  crowd,
  D,
  effectsOf,
  INTERVAL,
  ORPHAN_TIMEOUT,
  recordsIn,
  row,
  TIMEOUT,
  X,
  Y,
  Z,
} from './builders.js';

const LONG = 10 * EXPIRED_KEPT;

/** C prefers as many as the group serves. */
function full(orphanTimeout = ORPHAN_TIMEOUT): Bench {
  const bench = memberBench({ id: B, orphanTimeout: orphanTimeout as never });
  bench.join(C, { preferred: crowd(ADDRESS_ROWS) }).run(INTERVAL);
  bench.take();
  return bench;
}

const has = (bench: Bench, ...addresses: (typeof X)[]): boolean[] =>
  addresses.map((address) => bench.monitor.addresses.has(address));

test('R35, R58: what is beyond the limit is told once, with which they are, and stands among the problems', () => {
  const bench = full();
  bench.join(D, { preferred: [X, Y] });
  bench.run(5 * TIMEOUT);
  const told = effectsOf(bench.take(), 'record').filter(({ event }) => event === 'addresses-refused');
  assert.equal(told.length, 1);
  assert.match(told[0]?.message ?? '', /1,000 service addresses.*10\.77\.0\.101, 10\.77\.0\.102; take some/);
  const fence = { kind: 'bpf', wanted: 'bpf', reason: null } as const;
  const [problem] = problemsOf(bench.monitor, [], [], { interfaces: [], interfaceFaults: new Map(), fence });
  assert.match(problem ?? '', /serves no more: 10\.77\.0\.101, 10\.77\.0\.102; /);
});

test('R58: of many that are beyond the limit the first are named and the others counted', () => {
  const bench = full();
  bench.join(D, { preferred: crowd(ADDRESS_ROWS + 20).slice(ADDRESS_ROWS) });
  assert.match(refusedSentence(bench.monitor) ?? '', / and 12 others; /);
});

test('R35: what is beyond the limit is served as soon as a configuration has one less, and that is told', () => {
  const bench = full();
  bench.join(D, { preferred: [X, Y] });
  bench.says(C, { preferred: crowd(ADDRESS_ROWS - 1) });
  // Nobody prefers it any more: its countdown runs, and for a minute it is kept.
  bench.run(ORPHAN_TIMEOUT + EXPIRED_KEPT + TIMEOUT);
  assert.deepEqual(has(bench, X, Y), [true, false]);
  assert.ok(!recordsIn(bench.take()).includes('addresses-fit'));
  bench.says(D, { preferred: [X] });
  assert.ok(recordsIn(bench.take()).includes('addresses-fit'));
  assert.equal(refusedSentence(bench.monitor), null);
});

test('R32, R35: a forgotten address gives its place to one that is wanted, when all have heard that it is forgotten', () => {
  const bench = full(LONG);
  bench.join(D, { preferred: [X] });
  const [first, second] = crowd(2) as [typeof X, typeof X];
  bench.says(C, { preferred: crowd(ADDRESS_ROWS).slice(2) });
  for (const address of [second, first]) {
    bench.step({ kind: 'operator', ticket: 1, request: { kind: 'forget', address } });
    bench.run(INTERVAL);
  }
  bench.run(EXPIRED_KEPT / 2);
  assert.deepEqual(has(bench, X, first, second), [false, true, true]);
  bench.run(EXPIRED_KEPT / 2);
  // The longest forgotten one went; the other is kept, so that nobody who was away brings it back.
  assert.deepEqual(has(bench, X, first, second), [true, true, false]);
  assert.equal(refusedSentence(bench.monitor), null);
});

test('R32, R35: a forgotten address that others still tell of takes nobody’s place', () => {
  const bench = full();
  bench.join(D);
  bench.sendsRows(D, row(Z, C, { age: 50, decision: { kind: 'forget' }, decisionVersion: 1 }));
  assert.deepEqual(has(bench, Z), [false]);
  assert.ok(!recordsIn(bench.take()).includes('addresses-refused'));
});

test('R35: who is told of an address of a host that is gone takes it in when there is room', () => {
  const bench = full();
  bench.join(D);
  bench.sendsRows(D, row(Z, D, { age: 0 }), row(Y, X, { age: 50 }));
  bench.says(D, { preferred: [X] });
  assert.match(refusedSentence(bench.monitor) ?? '', /no more: 10\.77\.0\.101, 10\.77\.0\.102; /);
});
