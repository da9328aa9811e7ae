// R3–R5, R9–R12, R19: what hosts say of themselves and of each other, and what a host makes of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEAVES } from '../../src/core/host-information.js';
import { rowsToKeep } from '../../src/core/own-host.js';
import { after } from '../../src/core/time.js';
import { Bench, memberBench, ms } from './bench.js';
import {
  A,
  address,
  B,
  C,
  command,
  commandsIn,
  D,
  effectsOf,
  hardwareAddressOf,
  hostInformation,
  INTERVAL,
  publishedIn,
  recordsIn,
  row,
  serves,
  TIMEOUT,
  X,
  Y,
} from './builders.js';

const informationOf = (bench: Bench, id: typeof A) => bench.monitor.peers.get(id)?.information;

test('R10: a host says of itself its control addresses, OK, quiesced, observer, load, capacity, preferences and states', () => {
  const bench = memberBench({ id: B, preferred: [Y], controlAddresses: [B, address('10.77.2.12')] }, (each) =>
    each.join(A, {}, { term: 1 }),
  );
  bench.command(A, command('acquire', B, [X], { reason: 'fewest-addresses' }));
  bench.step({ kind: 'load', load: 7, capacity: 90 });
  const published = publishedIn(bench.step({ kind: 'quiesce' }));
  assert.deepEqual(published?.information.host, {
    id: B,
    controlAddresses: [B, '10.77.2.12'],
    hardwareAddress: hardwareAddressOf(B),
    ok: true,
    failures: [],
    quiesced: true,
    observer: false,
    load: 7,
    capacity: 90,
    preferred: [Y],
    serving: [{ address: X, state: 'online', reason: 'fewest-addresses', attempts: 0 }],
    partitioned: [],
    dns: false,
    unheard: [],
  });
});

test('R10: the load is told with the next heartbeat, anything else at once', () => {
  const bench = memberBench();
  assert.equal(publishedIn(bench.step({ kind: 'load', load: 1, capacity: 2 }))?.urgent, false);
  assert.equal(publishedIn(bench.step({ kind: 'quiesce' }))?.urgent, true);
});

test('R9: nothing new is nothing to say', () => {
  const bench = memberBench({ preferred: [X] }, (each) => each.join(C));
  bench.step({ kind: 'load', load: 1, capacity: 2 });
  assert.equal(publishedIn(bench.step({ kind: 'load', load: 1, capacity: 2 })), undefined);
  assert.equal(publishedIn(bench.run(5 * TIMEOUT)), undefined);
});

test('R4: a host learns of the members from their messages alone', () => {
  const bench = new Bench({ id: B }).start();
  assert.equal(bench.monitor.peers.size, 0);
  bench.join(C);
  assert.deepEqual([...bench.monitor.peers.keys()], [C]);
});

test('R5: what it hears of itself from its own heartbeat process is no peer', () => {
  const bench = new Bench({ id: B }).start();
  bench.join(B);
  assert.equal(bench.monitor.peers.size, 0);
});

test('R19: information enters the host information database', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C));
  bench.says(C, { load: 11, capacity: 22 });
  assert.deepEqual(informationOf(bench, C), hostInformation(C, { load: 11, capacity: 22 }));
});

test('R19, R51: what a new run says is kept, also where it was true before the last word of the run before was read', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C, { preferred: [X], serving: [serves(X)] }));
  bench.prepareAnswers = false;
  bench.puppet(C).leaving = true;
  bench.hear();
  Object.assign(bench.puppet(C), { leaving: false, incarnation: 2n });
  bench.puppet(C).information = hostInformation(C, { preferred: [X] });
  bench.tell(C, after(bench.now, -INTERVAL));
  bench.hear();
  assert.deepEqual(informationOf(bench, C), hostInformation(C, { preferred: [X] }));
});

test('R19: information that comes before the first report of its sender is kept', () => {
  const bench = memberBench({ id: B });
  const information = { host: hostInformation(C, { preferred: [X] }), others: [], addresses: [row(X, C)] };
  bench.step({ kind: 'information', information, incarnation: 1n, at: bench.now });
  bench.join(C);
  assert.deepEqual(informationOf(bench, C)?.preferred, []);
  const fresh = memberBench({ id: B });
  fresh.prepareAnswers = false;
  fresh.step({ kind: 'information', information, incarnation: 1n, at: fresh.now });
  fresh.puppets.set(C, { ...bench.puppet(C) });
  fresh.hear();
  assert.deepEqual(informationOf(fresh, C)?.preferred, [X]);
  assert.equal(fresh.monitor.peers.get(C)?.state, 'live');
});

test('R19: a preferred address that a host brings along enters the list of addresses to be served', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C, { preferred: [X] }));
  assert.equal(bench.monitor.addresses.get(X)?.preferredHost, C);
});

test('R19: each message of a preferred host resets the timer of its addresses', () => {
  const bench = memberBench({ id: B, orphanTimeout: ms(500) }, (each) => each.join(C, { preferred: [X] }));
  bench.run(5000);
  assert.equal(bench.monitor.addresses.get(X)?.preferredHost, C);
  bench.dies(C);
  bench.run(499 - (bench.now - bench.puppet(C).heardAt));
  assert.ok(bench.monitor.addresses.has(X));
});

test('R11: the service address database says of each address how long ago its preferred host was heard', () => {
  const bench = memberBench({ id: B, preferred: [X] }, (each) => each.join(C, { preferred: [Y] }));
  bench.dies(C);
  bench.run(1000);
  const told = publishedIn(bench.step({ kind: 'resume' }, { kind: 'quiesce' }))?.information.addresses;
  assert.deepEqual(told, [row(Y, C, { age: bench.now - bench.puppet(C).heardAt })]);
});

test('R11: what a live host says of its addresses itself, no other repeats', () => {
  const bench = memberBench({ id: B, preferred: [X] }, (each) => each.join(C, { preferred: [Y] }));
  const { host, addresses } = publishedIn(bench.step({ kind: 'quiesce' }))!.information;
  assert.deepEqual(host.preferred, [X]);
  assert.deepEqual(addresses, []);
});

test('R15: what is kept over an outage holds the rows of live hosts as well', () => {
  const bench = memberBench({ id: B, preferred: [X] }, (each) => each.join(C, { preferred: [Y] }));
  assert.deepEqual(rowsToKeep(bench.monitor, bench.now), [row(X, B), row(Y, C)]);
});

test('R11, R33: what a host serves for another it says the row of, for those who do not hear that one', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A).join(C, { preferred: [Y], ok: false }));
  const told = publishedIn(bench.command(A, command('acquire', B, [Y])))?.information;
  assert.deepEqual(told?.host.serving, [serves(Y, 'online')]);
  assert.deepEqual(told?.addresses, [row(Y, C)]);
});

test('R11, R12: with the entry of a host that another does not hear go the rows of what it serves', () => {
  const bench = memberBench({ id: B }, (each) =>
    each
      .join(A, { preferred: [X] })
      .join(C, { serving: [serves(X, 'online')] })
      .join(D),
  );
  const told = publishedIn(bench.says(D, { unheard: [C] }))?.information;
  assert.deepEqual(
    told?.others.map(({ host }) => host.id),
    [C],
  );
  assert.deepEqual(told?.addresses, [row(X, A)]);
});

test('R11: an address whose host lives but prefers it no more ages in what is told of it', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C, { preferred: [X] }));
  bench.says(C, { preferred: [] });
  bench.run(700);
  const told = publishedIn(bench.step({ kind: 'quiesce' }))?.information.addresses;
  assert.ok((told?.[0]?.age ?? 0) >= 690, `age ${String(told?.[0]?.age)}`);
});

test('R11: what this host has ceased to prefer ages in what it tells', () => {
  const bench = memberBench({ id: B, preferred: [X] }, (each) => each.join(C));
  bench.step({ kind: 'settings', settings: { ...bench.monitor.settings, preferred: [] } });
  bench.run(700);
  const told = publishedIn(bench.step({ kind: 'quiesce' }))?.information.addresses;
  assert.ok((told?.[0]?.age ?? 0) >= 690, `age ${String(told?.[0]?.age)}`);
});

test('R12: what a host says of itself stands against what others say of it', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C).join(D));
  bench.says(C, { load: 1 });
  bench.puppet(D).others = [{ host: hostInformation(C, { load: 99 }), age: ms(0) }];
  bench.tell(D);
  assert.equal(informationOf(bench, C)?.load, 1);
});

test('R12: nobody tells this host what it is itself', () => {
  const bench = memberBench({ id: B, preferred: [X] }, (each) => each.join(C));
  bench.puppet(C).others = [{ host: hostInformation(B, { ok: false }), age: ms(0) }];
  assert.deepEqual(commandsIn(bench.tell(C)), []);
  assert.equal(bench.monitor.peers.size, 1);
});

/** C is live by the word of D alone. */
function withRelayedC(): Bench {
  const bench = memberBench({ id: B }, (each) => each.join(C).join(D));
  bench.dies(C);
  for (let count = 0; count < TIMEOUT / 10; count++) {
    bench.puppet(C).relayedAt = after(bench.now, -5);
    bench.run(10);
  }
  return bench;
}

function keepRelayed(bench: Bench, span: number): ReturnType<Bench['run']> {
  const effects = [];
  for (let passed = 0; passed < span; passed += 10) {
    bench.puppet(C).relayedAt = after(bench.now, -5);
    effects.push(...bench.run(10));
  }
  return effects;
}

test('R12: a host that another member still hears is alive here as well', () => {
  const bench = withRelayedC();
  keepRelayed(bench, 3 * TIMEOUT);
  assert.equal(bench.monitor.peers.get(C)?.state, 'live');
});

test('R12: a relay makes nobody younger than when the relayer heard it: silence follows within one timeout', () => {
  const bench = withRelayedC();
  const last = bench.puppet(C).relayedAt;
  bench.run(TIMEOUT - (bench.now - last) - 1);
  assert.equal(bench.monitor.peers.get(C)?.state, 'live');
  bench.run(1);
  assert.equal(bench.monitor.peers.get(C)?.state, 'silent');
});

test('R12: a host that is heard through others only is named, so that they pass its information on', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C).join(D));
  bench.dies(C);
  const published = publishedIn(keepRelayed(bench, 2 * TIMEOUT));
  assert.deepEqual(published?.information.host.unheard, [C]);
  bench.puppet(C).alive = true;
  assert.deepEqual(publishedIn(bench.hear())?.information.host.unheard, []);
});

test('R12: relayed information of a host that is not heard itself counts where it is fresher', () => {
  const bench = withRelayedC();
  bench.puppet(D).others = [{ host: hostInformation(C, { load: 5 }), age: ms(3) }];
  bench.tell(D);
  assert.equal(informationOf(bench, C)?.load, 5);
  bench.puppet(D).others = [{ host: hostInformation(C, { load: 4 }), age: ms(30) }];
  bench.tell(D);
  assert.equal(informationOf(bench, C)?.load, 5);
});

test('R12: a host that is heard again speaks for itself again', () => {
  const bench = withRelayedC();
  bench.puppet(C).alive = true;
  bench.hear();
  bench.puppet(D).others = [{ host: hostInformation(C, { load: 5 }), age: ms(0) }];
  bench.tell(D);
  assert.equal(informationOf(bench, C)?.load, 0);
});

test('R9, R12: a member passes on what a host says that another member does not hear', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C).join(D));
  const effects = bench.says(D, { unheard: [C] });
  const others = publishedIn(effects)?.information.others;
  assert.deepEqual(
    others?.map(({ host, age }) => [host.id, age]),
    [[C, 0]],
  );
});

test('R9, R12: each change of a host that another member does not hear is passed on', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C).join(D));
  bench.says(D, { unheard: [C] });
  const others = publishedIn(bench.says(C, { serving: [serves(X)] }))?.information.others;
  assert.deepEqual(others?.[0]?.host.serving, [serves(X)]);
});

test('R9, R12: what is no longer asked for is no longer passed on', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C).join(D));
  bench.says(D, { unheard: [C] });
  assert.deepEqual(publishedIn(bench.says(D, { unheard: [] }))?.information.others, []);
});

test('R12: only what a host was told directly is passed on, never what came by a relay', () => {
  const bench = withRelayedC();
  bench.puppet(D).others = [{ host: hostInformation(C, { load: 5 }), age: ms(0) }];
  bench.tell(D);
  bench.join(A, { unheard: [C] });
  assert.deepEqual(publishedIn(bench.step({ kind: 'quiesce' }))?.information.others, []);
});

test('R12: a relayed entry is never younger than when this host heard it', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C).join(D));
  bench.dies(C);
  bench.run(50);
  const age = bench.now - bench.puppet(C).heardAt;
  assert.ok(age >= 40);
  const others = publishedIn(bench.says(D, { unheard: [C] }))?.information.others;
  assert.equal(others?.[0]?.age, age);
});

test('R12, R24: the word of others does not bring back the control process of a host that is heard itself', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A).join(C));
  const puppet = bench.puppet(A);
  puppet.permit = false;
  puppet.relayedAt = after(bench.now, 1);
  bench.now = after(bench.now, 5);
  bench.hear();
  bench.now = after(bench.now, 5);
  const effects = bench.hear();
  assert.equal(bench.monitor.leader, B);
  assert.ok(!recordsIn(effects).includes('control-stopped'));
});

test('R12: a row of the database counts where it is fresher than what this host has', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C));
  bench.sendsRows(C, row(X, D, { age: 400 }));
  bench.sendsRows(C, row(X, A, { age: 900 }));
  assert.equal(bench.monitor.addresses.get(X)?.preferredHost, D);
  bench.sendsRows(C, row(X, A, { age: 300 }));
  assert.equal(bench.monitor.addresses.get(X)?.preferredHost, A);
});

test('R12: nobody is told by others whom an address belongs to whose host is live', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C, { preferred: [X] }).join(D));
  bench.sendsRows(D, row(X, A, { age: 0 }));
  assert.equal(bench.monitor.addresses.get(X)?.preferredHost, C);
});

test('R10: the operator sees who became failed, and who recovered', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C));
  const failed = bench.says(C, { ok: false, failures: ['svc0 has no carrier'] });
  assert.match(effectsOf(failed, 'record')[0]!.message, /10\.77\.1\.13 is failed: svc0 has no carrier/);
  assert.deepEqual(recordsIn(bench.says(C, { ok: true, failures: [] })), ['host-recovered']);
});

test('R44, R58: the operator sees on every host who is quiesced, and who is resumed', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C));
  const quiesced = bench.says(C, { quiesced: true });
  assert.match(effectsOf(quiesced, 'record')[0]!.message, /10\.77\.1\.13 is quiesced$/);
  assert.deepEqual(recordsIn(bench.says(C, { quiesced: true })), []);
  assert.deepEqual(recordsIn(bench.says(C, { quiesced: false })), ['host-resumed']);
});

test('R10, R58: neither that a host which starts knows nothing yet, nor that one leaves in order, is told as a failure', () => {
  const bench = memberBench({ id: B }, (each) =>
    each.join(C, { ok: false, failures: ['test http: has no result yet'] }),
  );
  assert.deepEqual(recordsIn(bench.says(C, { ok: true, failures: [] })), []);
  assert.deepEqual(recordsIn(bench.says(C, { ok: false, failures: [LEAVES] })), []);
});

test('R19: a host that was silent and comes back in a new run is not taken for what the old run served', () => {
  const bench = memberBench({ id: B, preferred: [], failBack: 'never' }, (each) =>
    each.join(C, { preferred: [X], serving: [serves(X)] }),
  );
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  assert.equal(bench.phaseOf(X), 'online');
  Object.assign(bench.puppet(C), { alive: true, incarnation: 2n, joining: true });
  bench.run(INTERVAL);
  assert.equal(bench.phaseOf(X), 'online');
  bench.says(C, { serving: [] });
  bench.run(INTERVAL);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R19: nor for what another host relayed of it, which heard the old run a moment longer than this one', () => {
  const bench = memberBench({ id: B, preferred: [], failBack: 'never' }, (each) => each.join(D));
  const before = { preferred: [X], serving: [serves(X)] };
  bench.join(C, before);
  bench.dies(C);
  keepRelayed(bench, TIMEOUT);
  bench.puppet(D).others = [{ host: hostInformation(C, before), age: ms(0) }];
  bench.tell(D);
  assert.equal(bench.monitor.peers.get(C)?.informationDirect, false);
  bench.run(2 * TIMEOUT);
  assert.equal(bench.monitor.peers.get(C)?.state, 'silent');
  assert.equal(bench.phaseOf(X), 'online');
  Object.assign(bench.puppet(C), { alive: true, incarnation: 2n, joining: true });
  bench.run(INTERVAL);
  assert.equal(bench.monitor.peers.get(C)?.state, 'live');
  assert.equal(bench.monitor.peers.get(C)?.information, null);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R19: a host that was silent and comes back in the same run serves what it said last', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C, { preferred: [X], serving: [serves(X)] }));
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  bench.puppet(C).alive = true;
  bench.run(INTERVAL);
  assert.equal(bench.phaseOf(X), null);
});

test('R53: a live host whose heartbeat process was replaced keeps what it serves in the tables', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C, { preferred: [X], serving: [serves(X)] }));
  bench.puppet(C).incarnation = 2n;
  const effects = bench.run(TIMEOUT);
  assert.deepEqual(commandsIn(effects), []);
  assert.equal(bench.phaseOf(X), null);
});

test('R60: unicast peers are told as soon as their control addresses are known', () => {
  const bench = memberBench({ id: B });
  const second = address('10.77.2.13');
  bench.join(C, { controlAddresses: [C, second] });
  const peers = effectsOf(bench.take(), 'peers').at(-1)?.peers;
  assert.deepEqual(peers, [{ id: C, addresses: [C, second] }]);
  const changed = effectsOf(bench.says(C, { controlAddresses: [C] }), 'peers').at(-1)?.peers;
  assert.deepEqual(changed, [{ id: C, addresses: [C] }]);
});

test('R60: a heartbeat process that was replaced is told of the peers again', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C));
  const effects = bench.step({ kind: 'listening' });
  assert.deepEqual(effectsOf(effects, 'peers').at(-1)?.peers, [{ id: C, addresses: [C] }]);
});

test('R45: a host that had left before this one listened is no news', () => {
  const bench = memberBench({ id: B });
  bench.puppets.set(C, { ...new Bench().join(C).puppet(C), leaving: true, alive: false });
  assert.ok(!recordsIn(bench.run(INTERVAL)).includes('host-left'));
  bench.puppet(C).incarnation = 2n;
  Object.assign(bench.puppet(C), { leaving: false, alive: true });
  assert.ok(recordsIn(bench.run(INTERVAL)).includes('host-appeared'));
});

test('R12: that the frames of a host that only others hear came without its control process is told once', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A).join(C));
  const puppet = bench.puppet(A);
  puppet.alive = false;
  puppet.permit = false;
  const told: string[] = [];
  for (let part = 0; part < 4 * TIMEOUT; part += INTERVAL / 2) {
    puppet.relayedAt = bench.now;
    told.push(...recordsIn(bench.run(INTERVAL / 2)));
  }
  assert.equal(bench.monitor.peers.get(A)?.state, 'live');
  assert.ok(told.filter((event) => event === 'control-stopped').length <= 1);
});
