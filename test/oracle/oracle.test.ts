// The core's control table and assignment against the source document's pseudo-code, on random tables (R25–R31).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HostId, ServiceAddress } from '../../src/core/address.js';
import { assign, type Order } from '../../src/core/assignment.js';
import { assignmentContext } from '../../src/core/control.js';
import { buildControlTable } from '../../src/core/control-table.js';
import type { ServiceMonitor } from '../../src/core/monitor.js';
import type { AssignPolicy } from '../../src/core/settings.js';
import { Bench } from '../core/bench.js';
import { address, ORPHAN_TIMEOUT, row, serves, TIMEOUT } from '../core/builders.js';
import { buildTables, processAddress, type OracleHost, type OracleTables } from './figure-6.js';

/** The last digits differ in length: an order of ids as strings is another one. */
const OBSERVER = address('10.77.1.200');
const HOSTS = [3, 11, 20, 101, 102].map((last) => address(`10.77.1.${String(last)}`));
const ADDRESSES = [9, 10, 11, 100].map((last) => address(`10.77.0.${String(last)}`));
const STRANGE = address('10.77.0.77');

interface Member {
  readonly ok: boolean;
  readonly quiesced: boolean;
  readonly served: readonly {
    readonly address: ServiceAddress;
    readonly state: 'acquiring' | 'releasing' | 'online';
  }[];
}

interface Farm {
  readonly members: readonly Member[];
  /** By address: the position of the host that prefers it; beyond the members: one that is gone. */
  readonly owners: readonly number[];
  /** By address: its host is gone for too long. */
  readonly expired: readonly boolean[];
  readonly policy: AssignPolicy;
  readonly chance: number;
}

const member = fc.record({
  ok: fc.boolean(),
  quiesced: fc.boolean(),
  served: fc.uniqueArray(
    fc.record({
      address: fc.constantFrom(...ADDRESSES, STRANGE),
      state: fc.constantFrom(
        'acquiring' as const,
        'releasing' as const,
        'online' as const,
        'online' as const,
      ),
    }),
    { selector: (each) => each.address, maxLength: 3 },
  ),
});

const farm: fc.Arbitrary<Farm> = fc.record({
  members: fc.array(member, { minLength: 1, maxLength: HOSTS.length }),
  owners: fc.tuple(...ADDRESSES.map(() => fc.nat(HOSTS.length))),
  expired: fc.tuple(...ADDRESSES.map(() => fc.boolean())),
  policy: fc.constantFrom('random' as const, 'fewest-addresses' as const, 'least-loaded' as const),
  chance: fc.nat(),
});

const preferredBy = ({ owners }: Farm, host: number): ServiceAddress[] =>
  ADDRESSES.filter((_, index) => owners[index] === host);

/** Addresses whose preferred host is a member, or is gone and not for too long. */
const knownIn = ({ members, owners, expired }: Farm): ServiceAddress[] =>
  ADDRESSES.filter((_, index) => owners[index]! < members.length || expired[index] !== true);

/** An observer that has heard all of them: it has tables as the leader has, and no part in them. */
function monitorOf(given: Farm): ServiceMonitor {
  const bench = new Bench({ id: OBSERVER, observer: true, assign: given.policy }).start();
  for (const [index, { ok, quiesced, served }] of given.members.entries()) {
    bench.join(HOSTS[index]!, {
      ok,
      quiesced,
      preferred: preferredBy(given, index),
      serving: served.map(({ address: each, state }) => serves(each, state)),
    });
  }
  const gone = address('10.77.1.99');
  bench.sendsRows(
    HOSTS[0]!,
    ...ADDRESSES.flatMap((each, index) => {
      if (given.owners[index]! < given.members.length) return [];
      return [row(each, gone, { age: given.expired[index] === true ? ORPHAN_TIMEOUT - TIMEOUT : 10 })];
    }),
  );
  bench.run(2 * TIMEOUT);
  return bench.monitor;
}

function oracleOf(given: Farm): OracleTables {
  const hosts = given.members.map(({ ok, quiesced, served }, index): OracleHost => ({
    idAddress: HOSTS[index]!,
    isOk: ok,
    isQuiesced: quiesced,
    preferredServiceAddresses: preferredBy(given, index),
    served,
  }));
  return buildTables(hosts, knownIn(given));
}

const sorted = (list: Iterable<string>): string[] => [...list].sort();

function compareTables(monitor: ServiceMonitor, tables: OracleTables): void {
  const table = buildControlTable(monitor, monitor.lastStepAt);
  assert.deepEqual(table.spares, tables.spareHostList);
  assert.deepEqual(table.eligible, tables.nonSpareEligibleList);
  assert.deepEqual(sorted(table.entries.keys()), sorted(tables.entries.keys()));
  for (const [each, entry] of table.entries) {
    const expected = tables.entries.get(each)!;
    assert.deepEqual(entry.claims, expected.idAddresses, each);
    assert.deepEqual(sorted(entry.states), sorted(expected.states), each);
    assert.equal(entry.preferred, expected.preferredIdAddress, each);
    assert.equal(
      entry.servedByPreferred,
      expected.preferredIdAddress !== null && expected.idAddresses.includes(expected.preferredIdAddress),
    );
  }
}

function ordersOf(monitor: ServiceMonitor, chance: number): Order[] {
  const now = monitor.lastStepAt;
  return assign(buildControlTable(monitor, now), assignmentContext(monitor, null, now, chance));
}

function compareAddress(each: ServiceAddress, orders: readonly Order[], tables: OracleTables): void {
  const expected = processAddress(tables.entries.get(each)!, tables);
  const kinds = orders.map(({ kind }) => kind);
  switch (expected?.kind) {
    case undefined:
      assert.deepEqual(orders, []);
      return;
    case 'cannot assign':
      assert.deepEqual(kinds, ['cannot-assign']);
      return;
    case 'acquire':
      assert.deepEqual(kinds, ['acquire']);
      assert.ok(expected.choices.includes(hostOf(orders[0]!)));
      return;
    case 'release': {
      // R55 goes beyond: before its one holder is told to release, the host that is to have it is prepared.
      if (kinds[0] === 'prepare') {
        assert.deepEqual([orders.map(hostOf), expected.claims.length], [expected.keepers, 1]);
        return;
      }
      assert.ok(kinds.every((kind) => kind === 'release'));
      const released = sorted(orders.map(hostOf));
      // R31: all but one that may keep it; the injected host is among those that keep, and not among the claims.
      const possible = expected.keepers.map((keeper) =>
        sorted(expected.claims.filter((host) => host !== keeper)),
      );
      assert.ok(
        possible.some((each) => each.join() === released.join()),
        `${released.join()} instead of ${possible.map((each) => each.join()).join(' or ')}`,
      );
    }
  }
}

const hostOf = (order: Order): HostId => (order.kind === 'cannot-assign' ? assert.fail() : order.host);

test('R27: the control table is the one that the source document’s loops build', () => {
  fc.assert(
    fc.property(farm, (given) => {
      compareTables(monitorOf(given), oracleOf(given));
    }),
    { numRuns: 300 },
  );
});

test('R28–R31: of each address becomes what the source document’s pseudo-code says', () => {
  fc.assert(
    fc.property(farm, (given) => {
      const orders = ordersOf(monitorOf(given), given.chance);
      const tables = oracleOf(given);
      for (const each of tables.entries.keys() as Iterable<ServiceAddress>)
        compareAddress(
          each,
          orders.filter((order) => order.address === each),
          tables,
        );
    }),
    { numRuns: 300 },
  );
});

test('R32, R33: what is expired or unknown is released, once it is served', () => {
  fc.assert(
    fc.property(farm, (given) => {
      const known = new Set(knownIn(given));
      const released = ordersOf(monitorOf(given), given.chance).filter((order) => !known.has(order.address));
      // R28: what is on its way is left alone until it has arrived.
      const expected = oracleOf(given).releasesOfExpired.filter(({ host, address: each }) =>
        given.members[HOSTS.indexOf(host as HostId)]!.served.some(
          (served) => served.address === each && served.state === 'online',
        ),
      );
      assert.deepEqual(
        sorted(released.map((order) => `${order.kind} ${hostOf(order)} ${order.address}`)),
        sorted(expected.map(({ host, address: each }) => `release ${host} ${each}`)),
      );
    }),
    { numRuns: 300 },
  );
});
