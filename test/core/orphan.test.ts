// R11, R32, R33: the service address database and its countdowns. B leads and is quiesced; it does not take part itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../src/core/effect.js';
import { rowsToKeep } from '../../src/core/own-host.js';
import { orphanTimeLeft } from '../../src/core/service-address.js';
import { instant } from '../../src/core/time.js';
import { Bench, memberBench, ms } from './bench.js';
import {
  A,
  address,
  B,
  C,
  commandsIn,
  D,
  E,
  effectsOf,
  hostInformation,
  INTERVAL,
  ORPHAN_TIMEOUT,
  publishedIn,
  recordsIn,
  row,
  serves,
  TIMEOUT,
  X,
  Y,
} from './builders.js';

const timeLeft = (bench: Bench): number | null =>
  orphanTimeLeft(bench.monitor, bench.monitor.addresses.get(X)!, bench.now);

/** C prefers X and serves it; D is a hot spare. B leads. */
function group(): Bench {
  const bench = memberBench({ id: B });
  bench.step({ kind: 'quiesce' });
  bench.join(C, { preferred: [X], serving: [serves(X)] }).join(D);
  bench.take();
  return bench;
}

/** C is dead, D serves X for it. */
function orphaned(): Bench {
  const bench = group();
  bench.dies(C);
  bench.run(TIMEOUT + 2 * INTERVAL);
  bench.says(D, { serving: [serves(X, 'online', 'hot-spare')] });
  bench.take();
  return bench;
}

test('R32: the countdown does not run while the preferred host lives', () => {
  const bench = group();
  bench.run(3 * ORPHAN_TIMEOUT);
  assert.equal(timeLeft(bench), null);
  assert.ok(bench.monitor.addresses.has(X));
});

/** Whose the address is, by the database of the host under test. */
const ownerOf = (bench: Bench): string | undefined => bench.monitor.addresses.get(X)?.preferredHost;

test('R32: where another live host prefers the address as well it is that one’s, and no countdown runs', () => {
  const bench = group();
  bench.says(D, { preferred: [X] });
  assert.equal(ownerOf(bench), C);
  bench.dies(C);
  bench.run(2 * ORPHAN_TIMEOUT);
  assert.deepEqual([ownerOf(bench), timeLeft(bench)], [D, null]);
});

test('R32: the same where the host that had it prefers it no more', () => {
  const bench = group();
  bench.prepareAnswers = false;
  bench.says(D, { preferred: [X] });
  bench.says(C, { preferred: [] });
  assert.deepEqual([ownerOf(bench), timeLeft(bench)], [D, null]);
});

test('R32, R56: the same where this host’s own configuration names the address no more', () => {
  const bench = memberBench({ id: B, preferred: [X] })
    .join(D, { preferred: [X] })
    .join(C, { preferred: [X] });
  assert.equal(ownerOf(bench), B);
  bench.prepareAnswers = false;
  bench.step({ kind: 'settings', settings: { ...bench.monitor.settings, preferred: [] } });
  assert.deepEqual([ownerOf(bench), timeLeft(bench)], [C, null]);
});

test('R11, R33: of three hosts that prefer one address the lowest that is left has it, not the one that looks', () => {
  const bench = memberBench({ id: D, preferred: [X] })
    .join(B, { preferred: [X] })
    .join(C, { preferred: [X] });
  bench.run(INTERVAL);
  assert.equal(ownerOf(bench), B);
  bench.dies(B);
  bench.run(TIMEOUT + 2 * INTERVAL);
  assert.equal(ownerOf(bench), C);
});

test('R32: the countdown starts when the preferred host was last heard', () => {
  const bench = orphaned();
  assert.equal(timeLeft(bench), ORPHAN_TIMEOUT - (bench.now - bench.puppet(C).heardAt));
});

test('R32: when the countdown ends, whoever serves the address is told to release it, with the reason', () => {
  const bench = orphaned();
  bench.run(ORPHAN_TIMEOUT - (bench.now - bench.puppet(C).heardAt) - 1);
  assert.deepEqual(commandsIn(bench.take()), []);
  const effects = bench.run(1);
  assert.deepEqual(commandsIn(effects), [`release ${X} → ${D} (expired)`]);
  assert.ok(recordsIn(effects).includes('expired'));
});

test('R32: an address that expired is served by nobody again until a host that prefers it comes', () => {
  const bench = orphaned();
  bench.run(ORPHAN_TIMEOUT);
  bench.says(D, { serving: [] });
  bench.take();
  assert.deepEqual(commandsIn(bench.run(10 * TIMEOUT)), []);
  Object.assign(bench.puppet(C), { alive: true, incarnation: 2n });
  bench.says(C, { serving: [] });
  bench.hear();
  assert.deepEqual(commandsIn(bench.take()), [`acquire ${X} → ${C} (preferred)`]);
});

test('R32, R34: a host that comes back after its address expired is waited for, as one that was never there', () => {
  const bench = orphaned();
  bench.run(ORPHAN_TIMEOUT);
  bench.says(D, { serving: [] });
  bench.take();
  Object.assign(bench.puppet(C), { alive: true, incarnation: 2n, joining: true });
  bench.says(C, { serving: [] });
  bench.hear();
  bench.run(TIMEOUT);
  assert.deepEqual(commandsIn(bench.take()), []);
  bench.puppet(C).joining = false;
  bench.hear();
  assert.deepEqual(commandsIn(bench.take()), [`acquire ${X} → ${C} (preferred)`]);
});

test('R32: an address expires once, although others still tell of it', () => {
  const bench = orphaned();
  const row = publishedIn(bench.step({ kind: 'resume' }))?.information.addresses.find(
    (each) => each.address === X,
  );
  bench.step({ kind: 'quiesce' });
  bench.run(ORPHAN_TIMEOUT - (bench.now - bench.puppet(C).heardAt) + 5);
  bench.take();
  // D heard C ten milliseconds later than B, and says so.
  const age = ms(bench.now - bench.puppet(C).heardAt - 10);
  const effects = [...bench.sendsRows(D, { ...row!, age }), ...bench.run(3 * INTERVAL)];
  assert.ok(!recordsIn(effects).includes('expired'));
  assert.deepEqual(
    commandsIn(effects).filter((each) => each.startsWith('acquire')),
    [],
  );
});

test('R32: an expired row of another host is not taken over', () => {
  const bench = group();
  bench.sendsRows(D, row(Y, E, { age: ORPHAN_TIMEOUT }));
  assert.ok(!bench.monitor.addresses.has(Y));
});

test('R11: a row of a live host is no older for standing in a message that has not changed for long', () => {
  const bench = new Bench({ id: B }).start();
  bench.run(TIMEOUT / 2);
  const at = instant(bench.now - 2 * ORPHAN_TIMEOUT);
  const information = { host: hostInformation(C, { preferred: [X] }), others: [], addresses: [row(X, C)] };
  const effects = bench.step({ kind: 'information', information, incarnation: 1n, at });
  assert.ok(!recordsIn(effects).includes('expired'));
  assert.equal(bench.monitor.addresses.get(X)!.preferredHeardAt, bench.now);
});

test('R11, R33: of two hosts that preferred an address and fell silent together the lowest id has it, whoever was heard last', () => {
  // Found by the simulator (seed 7279): members went on to disagree.
  for (const [known, told] of [
    [C, E],
    [E, C],
  ] as const) {
    const bench = memberBench({ id: B });
    bench.join(known, { preferred: [X] }).join(D);
    bench.dies(known);
    bench.run(3 * TIMEOUT);
    const age = bench.now - bench.puppet(known).heardAt;
    for (const off of [-1, 0, 1]) {
      bench.sendsRows(D, row(X, told, { age: ms(age + off) }));
      assert.equal(bench.monitor.addresses.get(X)?.preferredHost, C);
    }
  }
});

test('R32: a host that comes back in time stops the countdown', () => {
  const bench = orphaned();
  bench.run(ORPHAN_TIMEOUT / 2);
  Object.assign(bench.puppet(C), { alive: true });
  bench.run(ORPHAN_TIMEOUT);
  assert.equal(timeLeft(bench), null);
});

test('R32: the countdown goes on under a new leader, who learnt of it from the others', () => {
  const bench = memberBench({ id: B });
  bench.join(D);
  bench.sendsRows(D, row(X, C, { age: 4000 }));
  assert.equal(timeLeft(bench), ORPHAN_TIMEOUT - 4000);
  bench.run(1000);
  assert.equal(timeLeft(bench), ORPHAN_TIMEOUT - 5000);
});

test('R32: quiesce does not expire an address whose host lives', () => {
  const bench = group();
  bench.says(C, { quiesced: true, serving: [] });
  bench.run(3 * ORPHAN_TIMEOUT);
  assert.ok(bench.monitor.addresses.has(X));
});

test('R32: neither a failed host nor one that the address was moved away from lets it expire', () => {
  const bench = group();
  bench.step({ kind: 'operator', ticket: 1, request: { kind: 'move', address: X, host: D } });
  bench.says(C, { ok: false, failures: ['test http'], serving: [] });
  bench.says(D, { serving: [serves(X, 'online', 'moved')] });
  bench.run(3 * ORPHAN_TIMEOUT);
  assert.ok(bench.monitor.addresses.has(X));
});

test('R32: an address whose host lives but prefers it no more expires, though everybody goes on telling of it', () => {
  const bench = group();
  bench.says(C, { preferred: [], serving: [] });
  bench.says(D, { serving: [serves(X, 'online', 'hot-spare')] });
  const effects: Effect[] = [];
  for (let time = 0; time < ORPHAN_TIMEOUT + 100; time += 500) {
    effects.push(...bench.run(500), ...bench.says(C, { load: time }));
  }
  assert.ok(recordsIn(effects).includes('expired'));
  assert.ok(commandsIn(effects).includes(`release ${X} → ${D} (expired)`));
});

test('R32: the orphan timeout may be years', () => {
  const bench = memberBench({ id: B, orphanTimeout: ms(10 * 365 * 86_400_000) });
  bench.join(D);
  bench.sendsRows(D, row(X, C, { age: 9 * 365 * 86_400_000 }));
  bench.run(1000);
  assert.ok(bench.monitor.addresses.has(X));
});

test('R11: the number of service addresses is bounded', () => {
  const bench = memberBench({ id: B });
  const services = Array.from({ length: 1200 }, (_, index) =>
    address(`10.${String(80 + (index >> 8))}.0.${String(index & 255)}`),
  );
  bench.join(C, { preferred: services });
  bench.sendsRows(C, ...services.map((service) => row(service, C)));
  assert.equal(bench.monitor.addresses.size, 1000);
});

test('R11: what the operator decided travels with the rows, and the newest decision wins', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A).join(C));
  bench.sendsRows(A, row(X, C, { decision: { kind: 'move', host: C }, decisionVersion: 4 }));
  bench.sendsRows(C, row(X, C, { decision: { kind: 'none' }, decisionVersion: 3 }));
  assert.deepEqual(bench.monitor.addresses.get(X)?.decision, { kind: 'move', host: C });
  bench.sendsRows(C, row(X, C, { decision: { kind: 'none' }, decisionVersion: 5 }));
  assert.deepEqual(bench.monitor.addresses.get(X)?.decision, { kind: 'none' });
});

test('R11: a decision that another host tells is passed on', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A).join(C));
  const effects = bench.sendsRows(A, row(X, C, { decision: { kind: 'move', host: C }, decisionVersion: 4 }));
  assert.deepEqual(publishedIn(effects)?.information.addresses, [
    row(X, C, { decision: { kind: 'move', host: C }, decisionVersion: 4, age: 0 }),
  ]);
});

test('R26: an address that somebody serves although it expired long ago is released', () => {
  const bench = group();
  const effects = bench.says(D, { serving: [serves(Y)] });
  assert.deepEqual(commandsIn(effects), [`release ${Y} → ${D} (unknown)`]);
  assert.equal(effectsOf(effects, 'command').length, 1);
});

/** This host comes up in a farm whose C stays away, and remembers what it knew. */
function remembering(...rows: Parameters<typeof row>[]): Bench {
  const bench = new Bench({ id: B });
  bench.step({ kind: 'remembered', addresses: rows.map((each) => row(...each)), members: [] });
  bench.start();
  bench.run(5 * TIMEOUT);
  return bench;
}

test('R15: a farm that comes back after an outage serves the address of a host that does not', () => {
  const bench = remembering([X, C, { age: 4000 }]);
  assert.equal(bench.phaseOf(X), 'online');
  const left = timeLeft(bench) ?? NaN;
  assert.ok(left <= ORPHAN_TIMEOUT - 4000 - 5 * TIMEOUT, String(left));
  assert.equal(publishedIn(bench.take())?.information.addresses[0]?.preferredHost, C);
  bench.run(ORPHAN_TIMEOUT);
  assert.equal(bench.phaseOf(X), null);
});

test('R15: what is remembered beyond the orphan timeout is not remembered', () => {
  assert.equal(remembering([X, C, { age: ORPHAN_TIMEOUT }]).monitor.addresses.size, 0);
});

test('R15, R32: a countdown does not end before this host has listened, and perhaps heard who prefers the address', () => {
  const bench = new Bench({ id: B });
  bench.step({ kind: 'remembered', addresses: [row(X, C, { age: ORPHAN_TIMEOUT - 5 })], members: [] });
  bench.start();
  const listening = bench.run(TIMEOUT / 2);
  bench.join(C, { preferred: [X], serving: [serves(X)] });
  const effects = [...listening, ...bench.run(5 * TIMEOUT)];
  assert.ok(!recordsIn(effects).includes('expired'));
  assert.equal(bench.monitor.addresses.get(X)?.expiredAt, null);
});

test('R15, R32: a host that is heard and has not said what it prefers is no proof of life to the others', () => {
  const bench = new Bench({ id: B });
  bench.step({ kind: 'remembered', addresses: [row(X, C, { age: 50 })], members: [] });
  bench.start().join(C);
  const peer = bench.monitor.peers.get(C);
  assert.ok(peer !== undefined);
  peer.information = null;
  assert.ok((rowsToKeep(bench.monitor, bench.now)[0]?.age ?? 0) >= 50);
});

test('R15, R32: where it has heard nobody the countdown ends', () => {
  const bench = remembering([X, C, { age: ORPHAN_TIMEOUT - 5 }]);
  assert.ok(recordsIn(bench.take()).includes('expired'));
  assert.equal(bench.phaseOf(X), null);
});

test('R15: what lives knows better than what is remembered, and what the operator decided last stands', () => {
  const bench = new Bench({ id: B });
  bench.step({
    kind: 'remembered',
    addresses: [row(X, C, { age: 50 }), row(Y, C, { age: 50, decisionVersion: 1 })],
    members: [],
  });
  bench
    .start()
    .join(D, { preferred: [X] })
    .join(E);
  bench.sendsRows(E, row(Y, C, { age: 4000, decision: { kind: 'forget' }, decisionVersion: 2 }));
  assert.equal(bench.monitor.addresses.get(X)?.preferredHost, D);
  bench.run(5 * TIMEOUT);
  assert.equal(bench.phaseOf(Y), null);
});
