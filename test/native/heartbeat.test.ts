// The heartbeat thread over real sockets: unicast on loopback, multicast over two cables, both inside a network namespace
// of this file's own.

import '../network/own-namespace.js';

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, test, type TestContext } from 'node:test';
import { NEVER } from '../../src/core/time.js';
import { encodeCommand, encodePeers, type FrameMessage } from '../../src/ipc/heartbeat-messages.js';
import { groupTag } from '../../src/wire/frame.js';
import { MAX_PIECE_BYTES, MAX_SNAPSHOT_BYTES } from '../../src/wire/limits.js';
import { Forger } from './heartbeat-forger.js';
import { GROUP, INTERVAL_MS, KEY, TAG, TestHost, address, type HostOptions } from './heartbeat-host.js';

const PERMITTED = { permit: true, joining: false, leaving: false, observer: false };

const ip = (...lines: string[]): void => {
  execFileSync('ip', ['-batch', '-'], { input: lines.map((line) => `${line}\n`).join('') });
};

before(() => {
  ip('link set lo up');
  for (const cable of ['0', '1']) {
    ip(`link add a${cable} type veth peer name b${cable}`);
    for (const [host, end] of ['a', 'b'].entries()) {
      const name = `${end}${cable}`;
      ip(
        `address add 10.77.${cable}.${String(host + 1)}/24 dev ${name}`,
        `address add fd77:${cable}::${String(host + 1)}/64 dev ${name} nodad`,
        `link set ${name} up`,
      );
      // Both ends are in this namespace: what comes in bears an address of this host.
      writeFileSync(`/proc/sys/net/ipv4/conf/${name}/accept_local`, '1');
      writeFileSync(`/proc/sys/net/ipv4/conf/${name}/rp_filter`, '0');
    }
  }
  writeFileSync('/proc/sys/net/ipv4/conf/all/rp_filter', '0');
});

let lastPort = 6000;

/** What a test opens, closed when it ends. */
class Farm {
  readonly port = lastPort++;
  private readonly context: TestContext;

  constructor(context: TestContext) {
    this.context = context;
  }

  open(options: HostOptions): TestHost {
    const host = new TestHost(options);
    this.context.after(() => {
      host.close();
    });
    return host;
  }

  /** Host `last` at 127.77.0.`last`, which knows the others by these seeds. */
  unicast(last: number, seeds: readonly number[], changes: Partial<HostOptions> = {}): TestHost {
    return this.open({
      id: loopback(last),
      interfaces: [{ name: 'lo', address: loopback(last) }],
      port: this.port,
      seeds: seedsOf(seeds),
      ...changes,
    });
  }

  /** The host at one end of the two cables. */
  multicast(end: 'a' | 'b', group: string, changes: Partial<HostOptions> = {}): TestHost {
    const host = end === 'a' ? '1' : '2';
    const addressOn = (cable: string): string =>
      group.includes(':') ? `fd77:${cable}::${host}` : `10.77.${cable}.${host}`;
    return this.open({
      id: addressOn('0'),
      interfaces: ['0', '1'].map((cable) => ({ name: `${end}${cable}`, address: addressOn(cable) })),
      port: this.port,
      multicast: group,
      ...changes,
    });
  }

  async forger(last: number): Promise<Forger> {
    const forger = await Forger.open(loopback(last), this.port);
    this.context.after(() => {
      forger.close();
    });
    return forger;
  }
}

const loopback = (last: number): string => `127.77.0.${String(last)}`;
const seedsOf = (hosts: readonly number[]): NonNullable<HostOptions['seeds']> =>
  hosts.map((host) => ({ interface: 0, address: loopback(host) }));

async function hearEachOther(...hosts: TestHost[]): Promise<void> {
  for (const host of hosts)
    for (const other of hosts)
      if (host !== other) await host.until(`hears ${other.id}`, () => host.hears(other));
}

/** The forger becomes a member that counts: it names what it heard of the host. */
async function join(forger: Forger, host: TestHost): Promise<void> {
  await forger.next();
  forger.send(forger.frame({ heard: [forger.echo(host)] }), host.id);
  await host.until(`hears ${forger.id}`, () => host.hears(forger));
}

for (const [family, group] of [
  ['IPv4', '239.255.77.1'],
  ['IPv6', 'ff05::77:1'],
] as const) {
  test(`R5, R6: ${family} multicast goes out on every control interface, and second copies are dropped`, async (t) => {
    const farm = new Farm(t);
    const [a, b] = [farm.multicast('a', group), farm.multicast('b', group)];
    a.permit();
    await hearEachOther(a, b);
    await b.until('a frame on each cable', () => b.of(a)?.links.every((at) => at > NEVER) === true);
    await b.until('copies are counted', () => b.count('duplicate') > 0 && b.count('accepted') > 0);
    await b.until('the permit is heard', () => b.of(a)?.permit === true);
    assert.equal(b.count('replay') + b.count('mac') + b.count('ttl') + b.count('malformed'), 0);
  });
}

test('R6: with one cable down the other carries on; what cannot be sent is counted and harms nothing', async (t) => {
  const farm = new Farm(t);
  const [a, b] = [farm.multicast('a', '239.255.77.1'), farm.multicast('b', '239.255.77.1')];
  await hearEachOther(a, b);
  ip('link set a0 down');
  t.after(() => {
    ip('link set a0 up');
  });
  await a.until('errors on the first', () => a.count('send-error-0') > 0);
  const [cut, alive] = b.of(a)!.links;
  await b.until('the second carries on', () => b.of(a)!.links[1]! > alive! + 5 * INTERVAL_MS);
  assert.equal(a.count('send-error-1'), 0);
  ip('link set a0 up');
  await b.until('the first is back', () => b.of(a)!.links[0]! > cut! + 5 * INTERVAL_MS);
});

test('R60: unicast peers are found by seeds, by speaking to one, and by what control has learned', async (t) => {
  const farm = new Farm(t);
  const a = farm.unicast(1, [2]);
  const b = farm.unicast(2, []);
  const c = farm.unicast(3, [2]);
  // Nobody told b of the others: it answers who speaks to it.
  await hearEachOther(a, b);
  await hearEachOther(b, c);
  // b speaks of the one to the other, and control asks for their addresses.
  for (const host of [a, b, c]) host.permit();
  await a.until('c was introduced', () => a.of(c)?.permit === true && a.of(c)!.relayedAt > NEVER);
  await c.until('a was introduced', () => c.of(a)?.permit === true && c.of(a)!.relayedAt > NEVER);
  assert.equal(a.hears(c), false);
  assert.equal(c.hears(a), false);
  const learn = (host: TestHost, others: readonly TestHost[]): void => {
    const peers = others.map(({ id }) => ({ interface: 0, address: id }));
    host.send(encodePeers({ group: TAG, peers }));
  };
  learn(a, [c]);
  await hearEachOther(a, b, c);
});

test('R60: who is silent for a second is spoken to no longer, and is answered again when it speaks', async (t) => {
  const farm = new Farm(t);
  const a = farm.unicast(1, []);
  const forger = await farm.forger(9);
  forger.send(forger.frame(), a.id);
  await forger.next();
  const reports = a.reports.length;
  await a.until('more than a second of heartbeats', () => a.reports.length > reports + 1500 / INTERVAL_MS);
  const before = a.thread.sequence();
  forger.send(forger.frame(), a.id);
  while (forger.newestOf(a)!.sequence <= before) await forger.next();
  // Each heartbeat takes a number, whether or not anybody is sent it.
  const numbers = forger.heard.map(({ sequence }) => Number(sequence - before));
  const gaps = numbers.slice(1).map((number, index) => number - numbers[index]!);
  assert.ok(
    Math.max(...gaps) > 200 / INTERVAL_MS,
    `the longest gap: ${String(Math.max(...gaps))} heartbeats`,
  );
});

test('R60, R51: who replays a frame, or does not have the key, is not spoken to', async (t) => {
  const farm = new Farm(t);
  const a = farm.unicast(1, []);
  const [member, stranger] = [await farm.forger(9), await farm.forger(8)];
  const recording = member.frame();
  member.send(recording, a.id);
  await member.next();
  stranger.send(recording, a.id);
  stranger.send(stranger.frame({}, Buffer.from('another key')), a.id);
  await a.until('both are counted', () => a.count('replay') === 1 && a.count('mac') === 1);
  // Several heartbeats later nothing has come; `member` shows that they were sent.
  const before = a.thread.sequence();
  member.send(member.frame(), a.id);
  while (member.newestOf(a)!.sequence <= before + 5n) await member.next();
  assert.deepEqual(stranger.heard, []);
});

test('R7: a host that lost its state goes on above what its peers have seen, whatever its clock says', async (t) => {
  const farm = new Farm(t);
  const a = farm.unicast(1, [2]);
  const far = 1n << 60n;
  const before = farm.unicast(2, [1], { reserve: far });
  await hearEachOther(a, before);
  before.close();
  const restarted = farm.unicast(2, [1]);
  assert.ok(restarted.thread.sequence() < far);
  await a.until('the new run is heard', () => a.of(restarted)?.incarnation === restarted.incarnation);
  assert.ok(restarted.thread.sequence() > far);
  assert.ok(a.of(restarted)!.sequence > far);
  await hearEachOther(a, restarted);
});

test('R7: the first number is not below the clock in microseconds, nor below the reserve', (t) => {
  const farm = new Farm(t);
  assert.ok(farm.unicast(1, []).thread.sequence() > BigInt(Date.now() - 60_000) * 1000n);
  assert.ok(farm.unicast(2, [], { reserve: 1n << 61n }).thread.sequence() >= 1n << 61n);
});

test('R8: an unknown type is discarded and counted', async (t) => {
  const farm = new Farm(t);
  const a = farm.unicast(1, [9]);
  const forger = await farm.forger(9);
  await join(forger, a);
  forger.send(forger.frame({ type: 7 }), a.id);
  await a.until('it is counted', () => a.count('unknown-type') === 1);
});

test('R12: a host that is heard at second hand only is known to live, and is never younger than that', async (t) => {
  const farm = new Farm(t);
  const [a, b, c] = [farm.unicast(1, [2, 3]), farm.unicast(2, [1, 3]), farm.unicast(3, [1, 2])];
  for (const host of [a, b, c]) host.permit();
  await hearEachOther(a, b, c);
  await a.until('c is permitted', () => a.of(c)!.permittedAt > NEVER);
  // From here on c speaks to b alone. In between neither answers who speaks to it (R60): a frame that was under way would have the
  // two go on for ever.
  for (const host of [a, c]) host.reconfigure({ multicast: '239.255.77.1' });
  for (const host of [a, c]) await host.sync();
  for (const host of [a, c]) host.reconfigure({ seeds: seedsOf([2]) });
  await a.until('c is relayed', () => a.of(c)!.relayedAt > a.of(c)!.permittedAt + 10 * INTERVAL_MS);
  await a.sync();
  await b.sync();
  assert.ok(a.of(c)!.relayedAt <= b.of(c)!.permittedAt);
  // Nobody hears c any more: it grows old with all of them.
  c.close();
  await b.sync();
  const last = b.of(c)!.permittedAt;
  await a.until('time passes', () => a.reports.at(-1)!.at > last + 20 * INTERVAL_MS);
  assert.ok(a.of(c)!.relayedAt <= last + INTERVAL_MS);
});

test('R13: each group keeps its own interval, and a new one is taken up at once', async (t) => {
  const farm = new Farm(t);
  // Counted from before the first heartbeat: one that waits in a socket's queue is never older than the time that is measured.
  const start = performance.now();
  const a = farm.unicast(1, [9], { intervalMs: 10, priority: 50 });
  const forger = await farm.forger(9);
  // On an address of its own: under unicast two groups cannot share one with its port.
  a.addGroup('slow', { intervalMs: 200, interfaces: [{ name: 'lo', address: loopback(3) }] });
  const framesOf = (group: bigint): number => forger.heard.filter((frame) => frame.group === group).length;
  while (framesOf(groupTag('slow')) < 3) await forger.next();
  const fast = framesOf(TAG);
  const elapsed = performance.now() - start;
  assert.ok(elapsed > 380, `3 slow heartbeats in ${String(elapsed)} ms`);
  assert.ok(fast > 20 && fast <= elapsed / 10 + 2, `${String(fast)} fast ones in ${String(elapsed)} ms`);
  a.reconfigure({ intervalMs: 3_600_000 });
  await a.sync();
  const reports = a.reports.length;
  for (let more = 0; more < 2; more++) {
    const count = framesOf(groupTag('slow'));
    while (framesOf(groupTag('slow')) === count) await forger.next();
  }
  assert.equal(a.reports.length, reports);
});

test('R16: JavaScript that is busy for 300 ms interrupts no heartbeat', async (t) => {
  const farm = new Farm(t);
  const a = farm.unicast(1, [2], { priority: 50 });
  const b = farm.unicast(2, [1], { priority: 50 });
  await hearEachOther(a, b);
  const count = b.reports.length;
  const end = performance.now() + 300;
  while (performance.now() < end);
  await b.sync();
  const heard = [...new Set(b.reports.slice(count - 1).map((report) => report.hosts[0]!.links[0]!))];
  assert.ok(heard.length > 15, `${String(heard.length)} heartbeats while JavaScript was busy`);
  const gaps = heard.slice(1).map((at, index) => at - heard[index]!);
  // Without leave for real time a busy machine delays the thread as well.
  const most = a.thread.realtimeError === null ? 100 : 250;
  assert.ok(Math.max(...gaps) < most, `a gap of ${String(Math.max(...gaps))} ms`);
});

test('R51: foreign datagrams change nothing and are counted, each by its reason', async (t) => {
  const farm = new Farm(t);
  const a = farm.unicast(1, [9]);
  const forger = await farm.forger(9);
  await join(forger, a);
  await a.sync();
  const [before, sequence] = [a.of(forger), a.thread.sequence()];
  const otherGroup = groupTag('another');
  const ours = forger.recorded.at(-1)!;
  const seen = forger.frame();
  forger.sequence -= 1n;
  const flipped = Buffer.from(seen);
  flipped[50]! ^= 1;
  const datagrams: readonly (readonly [Parameters<TestHost['count']>[0], Buffer, number?])[] = [
    ['truncated', seen.subarray(0, 90)],
    ['truncated', seen.subarray(0, -1)],
    ['oversized', Buffer.alloc(1401)],
    ['magic', Buffer.alloc(200, 'x')],
    ['version', Buffer.concat([Buffer.from('RAIS\x02'), Buffer.alloc(100)])],
    ['group', forger.frame({ group: otherGroup })],
    ['ttl', forger.frame(), 254],
    ['mac', flipped],
    ['mac', forger.frame({}, Buffer.from('another key'))],
    ['own', ours],
    ['malformed', forger.frame({ incarnation: 0n })],
  ];
  for (const [, datagram, ttl = 255] of datagrams) await forger.sendWithTtl(ttl, datagram, a.id);
  for (const [reason] of datagrams) {
    const sent = datagrams.filter(([each]) => each === reason).length;
    await a.until(`${reason} is counted`, () => a.count(reason) === sent);
  }
  for (let count = 0; count < 100; count++) forger.send(randomBytes(1 + count * 14), a.id);
  await a.until('random bytes are counted', () => a.count('magic') + a.count('truncated') >= 103);
  await a.sync();
  assert.deepEqual(a.of(forger), before);
  assert.ok(a.thread.sequence() - sequence < 1n << 30n);
});

test('R51: a recording changes nothing, neither at once nor for a receiver that was restarted', async (t) => {
  const farm = new Farm(t);
  const a = farm.unicast(1, [9]);
  const forger = await farm.forger(9);
  await join(forger, a);
  const recording = forger.frame({ heard: [forger.echo(a)], term: 5 });
  forger.send(recording, a.id);
  await a.until('it counts the first time', () => a.of(forger)?.term === 5);
  forger.send(forger.frame({ term: 6 }), a.id);
  await a.until('it is followed by another', () => a.of(forger)?.term === 6);
  forger.send(recording, a.id);
  await a.until('the replay is counted', () => a.count('replay') === 1);
  assert.equal(a.of(forger)?.term, 6);
  a.close();
  const restarted = farm.unicast(1, [9]);
  forger.send(recording, restarted.id);
  await restarted.until('it is counted', () => restarted.count('not-echoed') === 1);
  await restarted.sync();
  assert.equal(restarted.hears(forger), false);
  assert.equal(restarted.of(forger)?.permittedAt, NEVER);
  await forger.next();
  forger.send(forger.frame({ heard: [forger.echo(restarted)] }), restarted.id);
  await restarted.until('its living sender counts', () => restarted.hears(forger));
});

test('R51: control is told of a wrong key and of another host with our id', async (t) => {
  const farm = new Farm(t);
  const a = farm.unicast(1, [9]);
  const forger = await farm.forger(9);
  forger.send(forger.frame({}, Buffer.from('another key')), a.id);
  forger.send(forger.frame({ hostId: a.id }), a.id);
  await a.until('both are told', () => a.conflicts.length === 2);
  const told = a.conflicts.map(({ reason, source }) => [reason, source]);
  assert.deepEqual(told, [
    ['wrong-key', forger.id],
    ['own-id', forger.id],
  ]);
  forger.send(forger.frame({}, Buffer.from('another key')), a.id);
  await a.until('the second is counted', () => a.count('mac') === 2);
  assert.equal(a.conflicts.length, 2);
});

test('R51: keys rotate without an outage', async (t) => {
  const farm = new Farm(t);
  const next = Buffer.from('the next key');
  const [a, b] = [farm.unicast(1, [2]), farm.unicast(2, [1])];
  const rotate = async (host: TestHost, keys: readonly Uint8Array[], seed: number): Promise<void> => {
    host.reconfigure({ keys, seeds: seedsOf([seed]) });
    const marks = [a.of(b)!.sequence + 5n, b.of(a)!.sequence + 5n];
    await a.until('b goes on', () => a.of(b)!.sequence > marks[0]!);
    await b.until('a goes on', () => b.of(a)!.sequence > marks[1]!);
  };
  await hearEachOther(a, b);
  for (const keys of [[KEY, next], [next, KEY], [next]]) {
    await rotate(a, keys, 2);
    await rotate(b, keys, 1);
  }
  await a.sync();
  assert.equal(a.count('mac') + b.count('mac'), 0);
});

test('R51: hosts beyond the bound are counted and take nobody’s place', async (t) => {
  const farm = new Farm(t);
  const a = farm.unicast(1, [9]);
  const forger = await farm.forger(9);
  await join(forger, a);
  for (let host = 0; host < 300; host++)
    forger.send(forger.frame({ hostId: address(`10.1.${String(host >> 8)}.${String(host & 255)}`) }), a.id);
  await a.until('the surplus is counted', () => a.count('too-many-hosts') === 46);
  await a.sync();
  assert.equal(a.reports.at(-1)!.hosts.length, 255);
  assert.ok(a.hears(forger));
});

/** The snapshot whose pieces these frames brought, or null while one is missing. */
function assemble(frames: readonly FrameMessage[], version: number): Buffer | null {
  const pieces = frames.filter(({ type, body }) => type === 1 && body.readUInt32BE(0) === version);
  const count = pieces[0]?.body.readUInt16BE(6);
  if (pieces.length !== count) return null;
  const sorted = pieces.sort((x, y) => x.body.readUInt16BE(4) - y.body.readUInt16BE(4));
  return Buffer.concat(sorted.map(({ body }) => body.subarray(12)));
}

test('R9: a snapshot of the largest size arrives whole, each piece once, and again for a new control process', async (t) => {
  const farm = new Farm(t);
  const [a, b] = [farm.unicast(1, [2]), farm.unicast(2, [1])];
  await hearEachOther(a, b);
  const snapshot = randomBytes(MAX_SNAPSHOT_BYTES);
  a.publish(1, snapshot);
  await b.until('it is whole', () => assemble(b.frames, 1) !== null);
  assert.deepEqual(assemble(b.frames, 1), snapshot);
  assert.equal(b.of(a)?.infoVersion, 1);
  const { sequence } = b.of(a)!;
  await b.until('another round', () => b.of(a)!.sequence > sequence + 64n);
  assert.equal(b.frames.length, 64);
  b.detach();
  b.attach();
  await b.until('it is whole again', () => assemble(b.frames, 1) !== null);
  assert.deepEqual(assemble(b.frames, 1), snapshot);
});

test('news that is urgent goes out at once: all pieces of a new snapshot, one frame for flags and term', async (t) => {
  const farm = new Farm(t);
  const [a, b] = [farm.unicast(1, [2]), farm.unicast(2, [1])];
  await hearEachOther(a, b);
  a.reconfigure({ intervalMs: 3_600_000, seeds: seedsOf([2]) });
  const snapshot = randomBytes(3 * MAX_PIECE_BYTES);
  a.publish(7, snapshot, true, 4);
  await b.until('it is whole', () => assemble(b.frames, 7) !== null);
  await b.until('the term is told', () => b.of(a)?.term === 4);
  const sequence = a.thread.sequence();
  a.publish(7, snapshot, true, 5);
  await b.until('the term is told', () => b.of(a)?.term === 5);
  assert.equal(a.thread.sequence(), sequence + 1n);
});

test('a command goes out once, at once, and is delivered once whatever interfaces it came by', async (t) => {
  const farm = new Farm(t);
  const [a, b] = [farm.multicast('a', '239.255.77.1'), farm.multicast('b', '239.255.77.1')];
  a.permit();
  await hearEachOther(a, b);
  const body = Buffer.from('an order');
  a.send(encodeCommand({ group: TAG, type: 2, body }));
  await b.until('it is there', () => b.frames.length > 0);
  const { sequence } = b.of(a)!;
  await b.until('more frames come', () => b.of(a)!.sequence > sequence + 5n);
  assert.equal(b.frames.length, 1);
  const [frame] = b.frames;
  assert.deepEqual([frame?.type, frame?.hostId, frame?.body], [2, a.id, body]);
  // Nothing was published: such a host counts as joining.
  assert.deepEqual(frame?.flags, { ...PERMITTED, joining: true });
  assert.ok(frame.receivedAt <= b.reports.at(-1)!.at);
});

test('R52, R53: when control goes the permit ends with its time, which is told at once, and a new control process can give it again', async (t) => {
  const farm = new Farm(t);
  const [a, b] = [farm.unicast(1, [2]), farm.unicast(2, [1])];
  await hearEachOther(a, b);
  a.permit(1000);
  await b.until('permit', () => b.of(a)?.permit === true);
  a.reconfigure({ intervalMs: 3_600_000, seeds: seedsOf([2]) });
  a.detach();
  await b.until('no permit', () => b.of(a)?.permit === false);
  a.reconfigure({ seeds: seedsOf([2]) });
  a.attach();
  a.permit();
  await b.until('permit again', () => b.of(a)?.permit === true);
});

test('a link on which control talks nonsense is closed', async (t) => {
  const farm = new Farm(t);
  const a = farm.unicast(1, []);
  a.send(Buffer.from('nonsense'));
  await a.until('it is closed', () => a.linkIsClosed);
  assert.equal(a.thread.refusedLinks, 1);
  a.attach();
  await a.sync();
});

test('a group that is removed is silent, and can be added again', async (t) => {
  const farm = new Farm(t);
  const [a, b] = [farm.unicast(1, [2]), farm.unicast(2, [1])];
  await hearEachOther(a, b);
  const tag = Buffer.alloc(8);
  tag.writeBigUInt64BE(TAG);
  a.thread.removeGroup(tag);
  await b.sync();
  const heard = b.of(a)!.sequence;
  const count = b.reports.length;
  await b.until('b goes on alone', () => b.reports.length > count + 10);
  assert.equal(b.of(a)!.sequence, heard);
  assert.throws(
    () => {
      a.thread.removeGroup(tag);
    },
    { code: 'ENOENT', message: 'cannot remove a group: ENOENT' },
  );
  a.addGroup(GROUP);
  await b.until('a is back', () => b.of(a)!.sequence > heard);
});

after(() => {
  for (const cable of ['0', '1']) ip(`link delete a${cable}`);
});
