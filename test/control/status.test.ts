// R58: the status of a group, and what is not as it should be, read off real monitors.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupStatus, type StatusContext } from '../../src/control/status.js';
import type { AddressStatus, GroupStatus, HostStatus } from '../../src/ipc/operator-messages.js';
import { ACQUIRES_AT_ONCE } from '../../src/core/settings.js';
import { after, NEVER } from '../../src/core/time.js';
import { Bench, memberBench, type Puppet } from '../core/bench.js';
import {
  A,
  address,
  B,
  C,
  command,
  crowd,
  D,
  hardwareAddressOf,
  INTERVAL,
  row,
  serves,
  TIMEOUT,
  X,
  Y,
  ZONE,
} from '../core/builders.js';

const statusOf = (bench: Bench, changes: Partial<StatusContext> = {}): GroupStatus =>
  groupStatus(bench.monitor, {
    now: bench.now,
    interfaces: ['ctl0'],
    interfaceFaults: new Map(),
    counters: { accepted: 5 },
    warnings: [],
    fence: { kind: 'bpf', wanted: 'bpf', reason: null },
    ...changes,
  });

const hostOf = (status: GroupStatus, id: typeof A): HostStatus =>
  status.hosts.find((host) => host.id === id)!;
const addressOf = (status: GroupStatus, service: typeof X): AddressStatus =>
  status.addresses.find((each) => each.address === service)!;

/** B leads and serves nothing, C serves X, D is a hot spare. */
function group(): Bench {
  const bench = memberBench({ id: B });
  bench.join(C, { preferred: [X], serving: [serves(X)], load: 3, capacity: 100 }).join(D);
  bench.run(INTERVAL);
  return bench;
}

test('R58: all is well: state ok, no problems, each address with its host and the reason', () => {
  const status = statusOf(group());
  assert.equal(status.state, 'ok');
  assert.deepEqual(status.problems, []);
  assert.equal(status.leader, B);
  assert.equal(status.term, 1);
  assert.deepEqual(status.counters, { accepted: 5 });
  assert.equal(status.dns, null);
  assert.deepEqual(status.addresses, [
    {
      address: X,
      state: 'online',
      host: C,
      preferredHost: C,
      orphaned: false,
      orphanMsLeft: null,
      reason: `${C} is its preferred host`,
    },
  ]);
});

test('R58: hosts are sorted numerically, this one among them, each as it describes itself', () => {
  const bench = group();
  bench.join(address('10.77.1.9'));
  const status = statusOf(bench);
  assert.deepEqual(
    status.hosts.map((host) => [host.id, host.self]),
    [
      ['10.77.1.9', false],
      [B, true],
      [C, false],
      [D, false],
    ],
  );
  assert.deepEqual(hostOf(status, C), {
    id: C,
    self: false,
    state: 'live',
    ok: true,
    failures: [],
    quiesced: false,
    observer: false,
    preferred: [X],
    load: 3,
    capacity: 100,
    lastHeardMs: bench.now - bench.puppet(C).heardAt,
    links: [{ interface: 'ctl0', up: true, lastHeardMs: bench.now - bench.puppet(C).heardAt }],
    serving: [{ address: X, state: 'online' }],
  });
});

test('R58: addresses are sorted numerically', () => {
  const bench = group();
  bench.join(address('10.77.1.30'), {
    preferred: [address('10.77.0.99'), address('10.77.0.1000'.slice(0, -1)), Y],
  });
  assert.deepEqual(
    statusOf(bench).addresses.map((each) => each.address),
    ['10.77.0.99', '10.77.0.100', X, Y],
  );
});

test('R58: the state of the group is joining, observer, failed, quiesced or partitioned as this host is', () => {
  assert.equal(statusOf(new Bench({ id: B }).start()).state, 'joining');
  assert.equal(statusOf(new Bench({ id: B })).state, 'joining');
  assert.equal(statusOf(memberBench({ id: B, observer: true })).state, 'observer');
  const failed = group();
  failed.step({ kind: 'link', up: false, hardwareAddress: null });
  assert.equal(statusOf(failed).state, 'failed');
  const quiesced = group();
  quiesced.step({ kind: 'quiesce' });
  assert.equal(statusOf(quiesced).state, 'quiesced');
});

test('R58: an orphaned address says so, how long it has left, and why it is where it is', () => {
  const bench = group();
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  const status = statusOf(bench);
  const orphan = addressOf(status, X);
  assert.equal(orphan.state, 'online');
  assert.equal(orphan.host, B);
  assert.equal(orphan.orphaned, true);
  assert.equal(orphan.orphanMsLeft, 10_000 - (bench.now - bench.puppet(C).heardAt));
  assert.equal(orphan.reason, `its preferred host ${C} cannot serve it; ${B} is a hot spare`);
  assert.equal(status.problems[0], `${X} is orphaned: ${B} serves it for ${C}`);
  assert.match(status.problems[1] ?? '', /^10\.77\.1\.13 is silent: last heard 0\.2 s ago$/);
});

test('R58: an address whose host lives is orphaned without a countdown', () => {
  const bench = group();
  bench.says(C, { quiesced: true, serving: [] });
  bench.run(INTERVAL);
  const orphan = addressOf(statusOf(bench), X);
  assert.equal(orphan.orphaned, true);
  assert.equal(orphan.orphanMsLeft, null);
});

test('R58: an unserved address says why, before all else', () => {
  const bench = group();
  bench.step({ kind: 'quiesce' });
  bench.says(C, { ok: false, failures: ['test http: 500'], serving: [] });
  bench.says(D, { quiesced: true });
  bench.run(INTERVAL);
  const status = statusOf(bench);
  assert.equal(addressOf(status, X).state, 'unserved');
  assert.equal(addressOf(status, X).host, null);
  const why = `no host is able: ${B} is quiesced, ${C} is failed (test http: 500), ${D} is quiesced`;
  assert.equal(addressOf(status, X).reason, `unserved: ${why}`);
  assert.deepEqual(status.problems, [
    `${X} is served by nobody: ${why}`,
    `${B} is quiesced`,
    `${C} is failed: test http: 500`,
    `${D} is quiesced`,
  ]);
});

test('R58: an address that is being assigned says to whom', () => {
  const bench = group();
  bench.step({ kind: 'quiesce' });
  bench.says(C, { serving: [] });
  assert.equal(addressOf(statusOf(bench), X).reason, `unserved: it is being assigned to ${C}`);
});

/** C alone prefers X, and has failed three times to take it. */
function failedAcquire(leader: typeof A): Bench {
  const bench = memberBench({ id: B }, (each) => (leader === A ? each.join(A, {}, { term: 1 }) : each));
  bench.step({ kind: 'quiesce' });
  bench.join(C, { preferred: [X] });
  if (leader === A) bench.says(A, { quiesced: true });
  bench.says(C, { serving: [serves(X, 'not serving', 'preferred', 3)] });
  return bench;
}

test('R29, R58: of an address that a host could not acquire status says who, how often, and how long it is passed over', () => {
  const bench = failedAcquire(B);
  bench.run(1000);
  const why = `${C} could not acquire it (3 attempts in a row; its own history has the reason), and is passed over for 3.0 s more`;
  assert.equal(addressOf(statusOf(bench), X).reason, `unserved: ${why}`);
  assert.equal(statusOf(bench).problems[0], `${X} is served by nobody: ${why}`);
});

test('R29, R58: who does not lead says the same, but for the time', () => {
  const why = `${C} could not acquire it (3 attempts in a row; its own history has the reason)`;
  assert.equal(addressOf(statusOf(failedAcquire(A)), X).reason, `unserved: ${why}`);
});

test('R29, R58: a host that does not answer the orders of the leader is named as well', () => {
  const bench = memberBench({ id: B });
  bench.step({ kind: 'quiesce' });
  bench.join(C, { preferred: [X] }).run(500);
  assert.match(
    addressOf(statusOf(bench), X).reason,
    /^unserved: 10\.77\.1\.13 did not do as it was ordered, and is passed over for 0\.\d s more$/,
  );
});

test('R58, R61: what is left to the other side of a partition says so', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C, { preferred: [X] }));
  const { leadership } = bench.monitor;
  leadership!.pending.clear();
  leadership!.passedOver.clear();
  leadership!.unservedSince.set(X, bench.now);
  leadership!.sideWait = TIMEOUT;
  assert.equal(
    addressOf(statusOf(bench), X).reason,
    'unserved: the other side of the partition may be about to take it; this side waits for that',
  );
});

test('R58: of very many addresses, those that are assigned but not yet ordered say to whom', () => {
  const many = crowd(ACQUIRES_AT_ONCE + 50);
  const bench = memberBench({ id: B });
  bench.join(C, { preferred: many }).run(INTERVAL);
  const reasons = statusOf(bench).addresses.map(({ reason }) => reason);
  const count = (reason: string): number => reasons.filter((each) => each === reason).length;
  assert.equal(count(`unserved: it is being assigned to ${C}`), ACQUIRES_AT_ONCE, reasons[0]);
  assert.equal(count(`unserved: it will be assigned to ${C}, which still acquires others`), 50);
});

test('R58: a host that joins, and one without a leader, say that this is why', () => {
  const joining = new Bench({ id: B }).start().join(C, { preferred: [X] });
  assert.match(addressOf(statusOf(joining), X).reason, /still joining/);
  const observer = memberBench({ id: B, observer: true });
  observer.join(C, { preferred: [X] }, { joining: true });
  assert.match(addressOf(statusOf(observer), X).reason, /nobody leads/);
});

test('R58: the states of an address: acquiring, releasing, duplicate', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A, {}, { term: 1 }).join(C, { preferred: [X] }));
  bench.says(C, { serving: [serves(X, 'acquiring')] });
  assert.equal(addressOf(statusOf(bench), X).state, 'acquiring');
  bench.says(C, { serving: [serves(X, 'releasing')] });
  assert.equal(addressOf(statusOf(bench), X).state, 'releasing');
  bench.says(C, { serving: [serves(X, 'online')] });
  // What C has only just said would be a reason not to obey.
  bench.run(2 * INTERVAL);
  bench.command(A, command('acquire', B, [X], { reason: 'hot-spare' }));
  const status = statusOf(bench);
  assert.equal(addressOf(status, X).state, 'duplicate');
  assert.ok(status.problems.includes(`${X} is claimed by more than one host`));
});

test('R58: an expired address is not shown', () => {
  const bench = group();
  bench.dies(C);
  bench.run(20_000);
  assert.deepEqual(statusOf(bench).addresses, []);
});

test('R58: a silent host keeps its line, but what it served is history', () => {
  const bench = group();
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  const silent = hostOf(statusOf(bench), C);
  assert.equal(silent.state, 'silent');
  assert.deepEqual(silent.serving, []);
  assert.deepEqual(silent.preferred, [X]);
  assert.equal(silent.links[0]?.up, false);
});

test('R58: hosts that join or have left say so, and are no problem', () => {
  const bench = group();
  bench.join(A, {}, { joining: true });
  bench.puppet(D).leaving = true;
  bench.hear();
  const status = statusOf(bench);
  assert.equal(hostOf(status, A).state, 'joining');
  assert.equal(hostOf(status, D).state, 'left');
  assert.deepEqual(status.problems, []);
});

test('R58: a host of which nothing is known yet but that it is heard', () => {
  const bench = group();
  bench.puppets.set(A, { ...new Bench().join(A).puppet(A) });
  bench.hear();
  const unknown = hostOf(statusOf(bench), A);
  assert.equal(unknown.ok, false);
  assert.deepEqual(unknown.failures, ['its information has not arrived yet']);
});

/** Two control interfaces; of C, and only of C, nothing comes over the second. */
function halfCut(...ids: (typeof C)[]): Bench {
  const bench = group();
  for (const id of [C, D]) {
    const report = { ...bench.reportOf(id), links: [bench.now, ids.includes(id) ? NEVER : bench.now] };
    bench.step({ kind: 'heard', at: bench.now, reports: [report] });
  }
  return bench;
}

test('R61: a member that is not heard on one control network is told, with the interface', () => {
  const status = statusOf(halfCut(C), { interfaces: ['ctl0', 'ctl1'] });
  assert.deepEqual(status.problems, [`control interface ctl1: ${C} is not heard on it`]);
  assert.deepEqual(
    hostOf(status, C).links.map((link) => [link.interface, link.up, link.lastHeardMs]),
    [
      ['ctl0', true, 0],
      ['ctl1', false, null],
    ],
  );
});

test('R61: a control network on which nobody is heard is told once', () => {
  const status = statusOf(halfCut(C, D), { interfaces: ['ctl0', 'ctl1'] });
  assert.deepEqual(status.problems, ['control interface ctl1: no member is heard on it']);
});

/** What this host says of its own control interfaces. */
const ownLinks = (status: GroupStatus): boolean[] => hostOf(status, B).links.map(({ up }) => up);

test('R6, R58: who has been alone from the start takes its control interfaces for whole', () => {
  const status = statusOf(memberBench({ id: B }));
  assert.deepEqual([ownLinks(status), status.problems], [[true], []]);
});

test('R6, R58: where hosts are known and none is heard, no control network is up, and that is told', () => {
  const bench = group();
  bench.dies(C, D);
  bench.run(2 * TIMEOUT);
  const status = statusOf(bench, { interfaces: ['ctl0', 'ctl1'] });
  assert.deepEqual(ownLinks(status), [false, false]);
  const told = `nobody is heard on any control interface (ctl0, ctl1), though ${C}, ${D} are known: either they are all down, or this host is cut off; check cables, switches and firewalls`;
  assert.ok(status.problems.includes(told), status.problems.join('\n'));
});

test('R6, R58: hosts that have left in order are missed on no control network', () => {
  const bench = group();
  for (const id of [C, D]) bench.puppet(id).leaving = true;
  bench.hear();
  assert.deepEqual(ownLinks(statusOf(bench)), [true]);
});

test('R6, R58: an interface that is missing or has no carrier is down, also where nobody else is known', () => {
  const interfaceFaults = new Map([['ctl1', 'does not exist']]);
  for (const bench of [memberBench({ id: B }), group()]) {
    const status = statusOf(bench, { interfaces: ['ctl0', 'ctl1'], interfaceFaults });
    assert.deepEqual(ownLinks(status), [true, false]);
    assert.deepEqual(status.problems, ['control interface ctl1 does not exist']);
  }
});

test('R58: two hosts that prefer one address are told, with what to do', () => {
  const bench = group();
  bench.says(D, { preferred: [X] });
  const problem = `${X} is preferred by both ${C} and ${D}; take it out of one configuration`;
  assert.ok(statusOf(bench).problems.includes(problem));
});

test('R61: a machine that is no member and answers for an address is told', () => {
  const bench = memberBench({ id: B, partition: 'probe' }, (each) => each.join(C, { preferred: [X] }));
  bench.step({ kind: 'answer', address: X, hardwareAddress: '02:00:00:00:00:ff' });
  const told = `${X}: 02:00:00:00:00:ff, no member of the group, answers for it as well`;
  assert.ok(statusOf(bench).problems.includes(told));
});

test('R61: a conflict that is over is a problem no more', () => {
  const bench = memberBench({ id: B, partition: 'probe' }, (each) =>
    each.join(C, { preferred: [X], serving: [serves(X)] }),
  );
  bench.step({ kind: 'answer', address: X, hardwareAddress: '02:00:00:00:00:ff' });
  bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  assert.deepEqual(statusOf(bench).problems, []);
});

test('R61: a partitioned host is told, and that it still answers for its address', () => {
  const bench = memberBench({ id: B, partition: 'probe' }, (each) =>
    each.join(C, { preferred: [X], serving: [serves(X)] }),
  );
  bench.dies(C);
  for (let passed = 0; passed < 2 * TIMEOUT; passed += 5) {
    bench.run(5);
    bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  }
  const status = statusOf(bench);
  assert.equal(status.state, 'partitioned');
  assert.equal(hostOf(status, C).state, 'partitioned');
  assert.match(
    addressOf(status, X).reason,
    /is partitioned but still answers for it on the service network$/,
  );
  assert.ok(status.problems.some((problem) => problem.startsWith(`${C} is partitioned: `)));
});

test('R51: warnings about refused messages stand among the problems', () => {
  const warnings = ['web: messages from 10.77.1.66 do not verify: its key is another one than this host’s'];
  assert.deepEqual(statusOf(group(), { warnings }).problems, warnings);
});

test('R36, R38, R58: a host with dns configured shows the zone, who writes it, and why each address is in it or not', () => {
  const dns = { ...ZONE, minimum: 1 };
  const bench = memberBench({ id: B, preferred: [X], dns }, (each) =>
    each.join(C, { preferred: [Y], load: 91, capacity: 100 }),
  );
  assert.deepEqual(statusOf(bench).dns?.advertised, []);
  bench.step({ kind: 'zone-told', published: [X], error: null });
  const shown = statusOf(bench).dns;
  assert.deepEqual(shown, {
    zone: 'web.example.org',
    name: 'www.web.example.org',
    advertised: [X],
    writer: B,
    error: null,
    scale: 1000,
    entries: [
      {
        address: X,
        host: B,
        utilization: null,
        weighted: 0,
        advertised: true,
        reason: `${B} is not measured`,
      },
      {
        address: Y,
        host: C,
        utilization: 910,
        weighted: 1110,
        advertised: false,
        reason: `${C} uses 91 %, above the high water mark of 80 %`,
      },
    ],
  });
});

test('R40: a zone that cannot be kept is a problem, with its cause', () => {
  const bench = memberBench({ id: B, preferred: [X], dns: ZONE });
  bench.step({ kind: 'zone-told', published: null, error: 'the name server does not answer' });
  assert.deepEqual(statusOf(bench).problems, [
    'DNS zone web.example.org is not kept: the name server does not answer',
  ]);
});

test('R12: a host that is heard through others only counts its age from there', () => {
  const bench = group();
  const changes: Partial<Puppet> = { alive: false, relayedAt: after(bench.now, 75) };
  Object.assign(bench.puppet(C), changes);
  bench.run(80);
  assert.equal(hostOf(statusOf(bench), C).lastHeardMs, 5);
  assert.equal(hostOf(statusOf(bench), C).state, 'live');
});

test('R11: an address of which only the database knows shows its preferred host', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A, {}, { term: 1 }));
  bench.sendsRows(A, row(X, D, { age: 500 }));
  const shown = addressOf(statusOf(bench), X);
  assert.equal(shown.preferredHost, D);
  assert.equal(shown.reason, `unserved: the leader ${A} has not assigned it yet`);
});

test('R58: whoever asks for the status of very many addresses does not keep control busy: each is looked at some times, not once for every other', () => {
  const [own, others] = [crowd(300), crowd(600).slice(300)];
  const bench = memberBench({ id: B, preferred: own });
  bench.join(C, { preferred: others, serving: others.map((each) => serves(each)) });
  bench.run(INTERVAL);
  let looks = 0;
  const counting = <T extends object>(list: T): T =>
    new Proxy(list, {
      get: (target, key) => {
        looks += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
  const { local, peers } = bench.monitor;
  const values = local.values.bind(local);
  local.values = () => counting(values());
  const peer = peers.get(C)!;
  peer.information = { ...peer.information!, serving: counting(peer.information!.serving) };
  const { addresses } = statusOf(bench);
  assert.deepEqual(
    addresses.map(({ state }) => state),
    new Array(600).fill('online'),
  );
  assert.ok(
    looks < 20 * addresses.length,
    `${String(looks)} looks for ${String(addresses.length)} addresses`,
  );
});
