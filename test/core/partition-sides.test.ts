// R61: what nobody serves any more during a partition is taken by the larger side first, so that not both take it at once.
// X is what falls free; each host beyond answers for an address of its own as long as it is to be partitioned.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostId, ServiceAddress } from '../../src/core/address.js';
import { isOnSmallerSide } from '../../src/core/partition-sides.js';
import { ACQUIRES_AT_ONCE, type MonitorSettings } from '../../src/core/settings.js';
import { after } from '../../src/core/time.js';
import { memberBench, type Bench } from './bench.js';
import { A, address, B, C, crowd, D, hardwareAddressOf, INTERVAL, serves, TIMEOUT, X } from './builders.js';

const own = { [A]: '10.88.0.1', [B]: '10.88.0.2', [C]: '10.88.0.3', [D]: '10.88.0.4' };
const ownOf = (id: HostId) => address(own[id] ?? '10.88.0.9');

/** This host; who is heard; and who is not, but answers on the service network. The first of those has X, and `more`. */
function parted(
  id: HostId,
  here: readonly HostId[],
  beyond: readonly HostId[],
  changes: Partial<MonitorSettings> = {},
  more: readonly ServiceAddress[] = [],
): Bench {
  const bench = memberBench({ id, partition: 'probe', preferred: [ownOf(id)], ...changes });
  for (const other of [...here, ...beyond]) {
    const preferred = [ownOf(other), ...(other === beyond[0] ? [X, ...more] : [])];
    bench.join(other, { preferred, serving: preferred.map((each) => serves(each)) });
  }
  bench.run(2 * INTERVAL);
  bench.dies(...beyond);
  runAnswered(bench, 3 * TIMEOUT, beyond);
  for (const other of beyond) assert.equal(bench.monitor.peers.get(other)?.state, 'partitioned');
  return bench;
}

/** Each of them answers for what it says that it serves. How long it took until one of `wanted` was given to somebody here; null: none was. */
function runAnswered(
  bench: Bench,
  span: number,
  answering: readonly HostId[],
  wanted: readonly ServiceAddress[] = [X],
): number | null {
  for (let passed = 0; passed < span; passed += 2) {
    const answers = answering.flatMap((id) =>
      bench
        .puppet(id)
        .information.serving.map(
          ({ address }) => ({ kind: 'answer', address, hardwareAddress: hardwareAddressOf(id) }) as const,
        ),
    );
    const effects = [...bench.run(2), ...bench.step(...answers)];
    if (
      effects.some(
        (each) => each.kind === 'record' && each.event === 'assigned' && isOf(wanted, each.address),
      )
    )
      return passed;
  }
  return null;
}

const isOf = (wanted: readonly ServiceAddress[], address: ServiceAddress | null): boolean =>
  address !== null && wanted.includes(address);

/** The first host beyond has X no more. */
function fallsFree(bench: Bench, id: HostId): void {
  const puppet = bench.puppet(id);
  puppet.information = { ...puppet.information, serving: [serves(ownOf(id))] };
}

/** So long the last answer for one address stands where its host answers for others, and a moment more. */
const KNOWN_AFTER = 3.2 * TIMEOUT;
const SIDE_WAITS = 2 * TIMEOUT;

test('R61: the larger side takes at once what nobody serves any more', () => {
  const bench = parted(B, [D], [C]);
  fallsFree(bench, C);
  assert.ok(runAnswered(bench, KNOWN_AFTER, [C]) !== null);
});

test('R61: the smaller side gives it the time to do so, and takes the address if it does not', () => {
  const bench = parted(B, [], [C, D]);
  fallsFree(bench, C);
  assert.equal(runAnswered(bench, 2.8 * TIMEOUT + SIDE_WAITS, [C, D]), null);
  assert.equal(bench.phaseOf(X), null);
  assert.ok(runAnswered(bench, 0.4 * TIMEOUT, [C, D]) !== null);
});

test('R61: … and leaves it to who was heard to take it meanwhile', () => {
  const bench = parted(B, [], [C, D]);
  fallsFree(bench, C);
  assert.equal(runAnswered(bench, KNOWN_AFTER + TIMEOUT, [C, D]), null);
  const puppet = bench.puppet(D);
  puppet.information = { ...puppet.information, serving: [serves(ownOf(D)), serves(X)] };
  assert.equal(runAnswered(bench, 10 * TIMEOUT, [C, D]), null);
});

test('R61: … for as long as it takes the larger side to take all of very many, some at a time', () => {
  const many = crowd(4 * ACQUIRES_AT_ONCE);
  const bench = parted(B, [], [C, D], {}, many);
  fallsFree(bench, C);
  const { leadership } = bench.monitor;
  for (let passed = 0; leadership?.unservedSince.size !== many.length + 1; passed += 2) {
    assert.ok(passed < 2 * KNOWN_AFTER);
    assert.equal(runAnswered(bench, 2, [C, D]), null);
  }
  for (let taken = ACQUIRES_AT_ONCE; taken < many.length; taken += ACQUIRES_AT_ONCE) {
    assert.equal(runAnswered(bench, TIMEOUT, [C, D], many), null, `after ${String(taken)}`);
    const puppet = bench.puppet(D);
    const serving = [ownOf(D), ...many.slice(0, taken)].map((each) => serves(each));
    puppet.information = { ...puppet.information, serving };
  }
  assert.ok(runAnswered(bench, 10 * SIDE_WAITS, [], many) !== null);
});

test('R61: where every host is alone they go one after the other, the lowest first', () => {
  const waited = [A, B, C].map((id) => {
    const others = [A, B, C].filter((each) => each !== id);
    const bench = parted(id, [], [D, ...others]);
    bench.dies(D);
    return runAnswered(bench, 20 * TIMEOUT, others) ?? Infinity;
  });
  const [first, second, third] = waited.map((each) => each - (waited[0] ?? 0));
  assert.equal(first, 0);
  for (const [gap, turns] of [
    [second ?? NaN, 1],
    [third ?? NaN, 2],
  ] as const)
    assert.ok(Math.abs(gap - turns * SIDE_WAITS) < INTERVAL, `${String(gap)} ms after the first`);
});

test('R61: the smaller side waits also after it was held up for longer than its lease, however long that was', () => {
  for (const pause of [0.9, 2, 3.2, 20].map((each) => each * TIMEOUT)) {
    const bench = parted(C, [], [A, B]);
    bench.now = after(bench.now, pause);
    bench.step({ kind: 'tick' }, { kind: 'lease-ended' });
    assert.equal(runAnswered(bench, TIMEOUT + SIDE_WAITS, []), null, `held up for ${String(pause)} ms`);
    assert.ok(runAnswered(bench, 20 * TIMEOUT, []) !== null);
  }
});

test('R61: of sides of one size the one with the lowest host id goes first', () => {
  const first = parted(B, [], [C]);
  fallsFree(first, C);
  assert.ok(runAnswered(first, KNOWN_AFTER, [C]) !== null);
  const second = parted(D, [], [C]);
  fallsFree(second, C);
  assert.equal(runAnswered(second, KNOWN_AFTER + TIMEOUT, [C]), null);
  assert.equal(isOnSmallerSide(parted(C, [A], [B, D]).monitor), false);
  assert.equal(isOnSmallerSide(parted(C, [D], [A, B]).monitor), true);
});

test('R61: where all gave up what they served and nobody answers for anything, the smaller side waits as well', () => {
  const bench = parted(B, [], [C, D]);
  const free = runAnswered(bench, 2.5 * TIMEOUT, []);
  for (const id of [C, D]) assert.equal(bench.monitor.peers.get(id)?.state, 'silent');
  assert.equal(free, null);
  assert.ok(runAnswered(bench, 2 * TIMEOUT, []) !== null);
});

test('R61: an observer counts on no side', () => {
  const bench = parted(D, [], [C]);
  bench.join(A, { observer: true });
  bench.run(INTERVAL);
  assert.equal(isOnSmallerSide(bench.monitor), true);
});

test('R61: after a death there is no other side: nobody waits', () => {
  const bench = memberBench({ id: D, partition: 'probe' });
  for (const other of [B, C])
    bench.join(other, { preferred: [ownOf(other)], serving: [serves(ownOf(other))] });
  bench.join(A, { preferred: [X], serving: [serves(X)] });
  bench.run(2 * INTERVAL);
  // Also where they answered until then, as they do when they are doubted on a busy host.
  for (const id of [A, B, C])
    for (const each of bench.puppet(id).information.serving)
      bench.step({ kind: 'answer', address: each.address, hardwareAddress: hardwareAddressOf(id) });
  bench.dies(A, B, C);
  assert.ok(runAnswered(bench, 1.2 * TIMEOUT, []) !== null);
});
