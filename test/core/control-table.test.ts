// R27: the three tables of the leader.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildControlTable, type ControlTable } from '../../src/core/control-table.js';
import { after } from '../../src/core/time.js';
import { memberBench, type Bench } from './bench.js';
import { A, B, C, D, E, ORPHAN_TIMEOUT, row, serves, TIMEOUT, X, Y, Z } from './builders.js';

const tableOf = (bench: Bench): ControlTable => buildControlTable(bench.monitor, bench.now);
/** A follower's tables are built as a leader's are; nothing is assigned meanwhile. */
const follower = (arrange: (bench: Bench) => void): Bench =>
  memberBench({ id: B }, (bench) => {
    bench.join(A);
    arrange(bench);
  });

test('R27: an OK, unquiesced host without a preferred address is on the spare host list', () => {
  const table = tableOf(follower((bench) => bench.join(C).join(D, { preferred: [X] })));
  assert.deepEqual(table.spares, [A, B, C]);
});

test('R27: an OK, unquiesced host with a preferred address is on the non-spare eligible list', () => {
  const table = tableOf(follower((bench) => bench.join(C).join(D, { preferred: [X] })));
  assert.deepEqual(table.eligible, [D]);
});

test('R27: a host that is not OK is on neither list and is nobody’s preferred host', () => {
  const table = tableOf(
    follower((bench) => bench.join(C, { ok: false }).join(D, { ok: false, preferred: [X] })),
  );
  assert.deepEqual(table.spares, [A, B]);
  assert.deepEqual(table.eligible, []);
  assert.equal(table.entries.get(X)?.preferred, null);
});

test('R27: a quiesced host is on neither list, but is the preferred host of its address', () => {
  const table = tableOf(
    follower((bench) => bench.join(C, { quiesced: true }).join(D, { quiesced: true, preferred: [X] })),
  );
  assert.deepEqual(table.spares, [A, B]);
  assert.deepEqual(table.eligible, []);
  assert.equal(table.entries.get(X)?.preferred, D);
  assert.equal(table.entries.get(X)?.preferredQuiesced, true);
});

test('R27: an entry has the set of states, and every host that claims the address', () => {
  const table = tableOf(
    follower((bench) =>
      bench
        .join(C, { preferred: [X], serving: [serves(X, 'online')] })
        .join(D, { serving: [serves(X, 'acquiring')] })
        .join(E, { serving: [serves(X, 'releasing')] }),
    ),
  );
  const entry = table.entries.get(X);
  assert.deepEqual(entry?.claims, [C, D, E]);
  assert.deepEqual([...entry.states].sort(), ['acquiring', 'online', 'releasing']);
  assert.equal(entry.servedByPreferred, true);
});

test('R27: the claim of a host that is not OK counts: it still holds the address', () => {
  const table = tableOf(
    follower((bench) => bench.join(C, { ok: false, preferred: [X], serving: [serves(X, 'releasing')] })),
  );
  assert.deepEqual(table.entries.get(X)?.claims, [C]);
});

test('R27: a failed acquire is no claim', () => {
  const table = tableOf(
    follower((bench) =>
      bench.join(C, { preferred: [X], serving: [serves(X, 'not serving', 'preferred', 1)] }),
    ),
  );
  assert.deepEqual(table.entries.get(X)?.claims, []);
});

test('R27: the claims of a silent host count for nothing', () => {
  const bench = follower((each) => each.join(C, { preferred: [X], serving: [serves(X)] }));
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  assert.deepEqual(tableOf(bench).entries.get(X)?.claims, []);
  assert.equal(tableOf(bench).entries.get(X)?.preferred, null);
});

test('R27: a host may have several preferred addresses', () => {
  const table = tableOf(follower((bench) => bench.join(C, { preferred: [X, Y, Z] })));
  for (const service of [X, Y, Z]) assert.equal(table.entries.get(service)?.preferred, C);
  assert.deepEqual(table.eligible, [C]);
});

test('R27: of two hosts that prefer one address the lower is its preferred host', () => {
  const bench = follower((each) => each.join(D, { preferred: [X] }).join(C, { preferred: [X] }));
  assert.equal(tableOf(bench).entries.get(X)?.preferred, C);
  assert.equal(bench.monitor.addresses.get(X)?.preferredHost, C);
});

test('R27: an address of which only the database knows has an entry', () => {
  const bench = follower((each) => each.join(C));
  bench.sendsRows(C, row(X, E, { age: 3000 }));
  assert.deepEqual(tableOf(bench).entries.get(X)?.claims, []);
});

test('R27, R32: an expired address has no entry; who serves it is to release it', () => {
  const bench = follower((each) => each.join(C, { serving: [serves(X)] }));
  bench.sendsRows(C, row(X, E, { age: ORPHAN_TIMEOUT - 10 }));
  assert.ok(tableOf(bench).entries.has(X));
  const table = buildControlTable(bench.monitor, after(bench.now, 10));
  assert.ok(!table.entries.has(X));
  assert.deepEqual(
    table.strays.map(({ address, host }) => [address, host]),
    [[X, C]],
  );
});

test('R27: entries and lists are in the order of addresses, whatever order the hosts came in', () => {
  const table = tableOf(follower((bench) => bench.join(E).join(C).join(D)));
  assert.deepEqual(table.spares, [A, B, C, D, E]);
});
