// R29, R58: a plan says what the leader would do, with what it knows beside its tables: who is passed over, who is busy, and what
// it has ordered. B is asked; it is quiesced and does not take part itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostId } from '../../src/core/address.js';
import type { HostInformation } from '../../src/core/host-information.js';
import { planWithout } from '../../src/core/plan.js';
import { passOverDelay, type MonitorSettings } from '../../src/core/settings.js';
import { memberBench, type Bench } from './bench.js';
import { A, B, C, D, E, INTERVAL, serves, X, Y } from './builders.js';

const [leading, following] = [true, false];

/** C serves X and is to be gone; D and E could have it. B leads, or A does. */
function farm(
  leads: boolean,
  [d, e]: readonly [Partial<HostInformation>, Partial<HostInformation>],
  changes: Partial<MonitorSettings> = {},
): Bench {
  const bench = memberBench({ id: B, ...changes });
  bench.step({ kind: 'quiesce' });
  if (!leads) bench.join(A, { quiesced: true });
  bench.join(C, { preferred: [X], serving: [serves(X)] });
  bench.join(D, d).join(E, e).run(INTERVAL);
  assert.equal(bench.monitor.leader, leads ? B : A);
  return bench;
}

const heirOf = (bench: Bench): HostId | null | undefined =>
  planWithout(bench.monitor, new Set([C]), bench.now).find(({ address }) => address === X)?.to;

for (const leads of [leading, following]) {
  const who = leads ? 'leads' : 'does not lead';

  test(`R29, R58: the plan of a host that ${who} passes over whoever could not acquire the address`, () => {
    assert.equal(heirOf(farm(leads, [{}, {}])), D);
    const failed = { serving: [serves(X, 'not serving', 'hot-spare', 1)] };
    assert.equal(heirOf(farm(leads, [failed, {}])), E);
    assert.equal(heirOf(farm(leads, [failed, failed])), null);
  });

  test(`R29, R58: the plan of a host that ${who} takes a busy host last`, () => {
    const marks = { waterMarks: { high: 80, low: 60 } };
    const [busy, calm] = [
      { load: 90, capacity: 100 },
      { load: 10, capacity: 100 },
    ];
    assert.equal(heirOf(farm(leads, [busy, calm], marks)), E);
    assert.equal(heirOf(farm(leads, [busy, busy], marks)), D);
  });
}

test('R29, R58: a host is passed over in the plan of the leader for as long as the leader passes it over', () => {
  const bench = farm(leading, [{ serving: [serves(X, 'not serving', 'hot-spare', 1)] }, {}]);
  bench.run(passOverDelay(1));
  assert.equal(heirOf(bench), D);
});

test('R29, R58: one that has come below the high water mark and not below the low one is busy to the leader still', () => {
  const marks = { waterMarks: { high: 80, low: 60 } };
  const bench = farm(leading, [{ load: 90, capacity: 100 }, { capacity: 100 }], marks);
  bench.says(D, { load: 70 });
  assert.equal(heirOf(bench), E);
});

test('R29, R58: what the leader has ordered already stands in the plan as it was ordered', () => {
  const bench = farm(leading, [{}, {}]);
  // X goes to D, which is told so; then D is a hot spare no more, and E would be chosen if it were chosen anew.
  bench.dies(C);
  bench.run(200);
  assert.deepEqual(
    [...bench.monitor.leadership!.pending.values()].map(({ host, order }) => [order.address, host]),
    [[X, D]],
  );
  bench.says(D, { preferred: [Y], serving: [serves(Y)] });
  assert.equal(heirOf(bench), D);
});

test('R29, R58: a plan changes nothing', () => {
  const bench = farm(leading, [{ load: 90, capacity: 100 }, {}], { waterMarks: { high: 80, low: 60 } });
  bench.says(D, { load: 10, serving: [] });
  const before = structuredClone([...bench.monitor.leadership!.busy]);
  heirOf(bench);
  assert.deepEqual([...bench.monitor.leadership!.busy], before);
});
