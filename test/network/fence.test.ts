import './own-namespace.js';

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { after, before, beforeEach, suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { addressBytes } from '../../src/core/address.js';
import { run } from '../farm/command.js';
import { waitUntil, within } from '../farm/wait.js';
import { serviceAddress } from './addressing.js';
import { Capture } from './capture.js';
import { FenceFixture, leaseOf } from './fence-fixture.js';
import { ip, Segment } from './segment.js';

const BOUND_MS = 60_000;
const OPEN_MS = 600_000;
const WEB = leaseOf('web', 3);
const MAIL = leaseOf('mail', 4);
const [V4, V6, OTHER] = ['10.77.0.101', 'fd00:77::101', '10.77.0.102'];
const bytes = (address: string): Uint8Array => addressBytes(serviceAddress(address));

interface Answers {
  readonly arp: boolean;
  readonly ping: boolean;
  readonly ping6: boolean;
}
const ALL: Answers = { arp: true, ping: true, ping6: true };
const NONE: Answers = { arp: false, ping: false, ping6: false };

suite('the fence before an interface (R52)', () => {
  let segment: Segment;
  let fence: FenceFixture;
  let index: number;

  before(async () => {
    segment = await Segment.create();
    ip(['addr add fd00:77::1/64 dev svc0 nodad', `addr add ${OTHER}/32 dev svc0`]);
    ip([`addr add ${V4}/32 dev svc0`, `addr add ${V6}/128 dev svc0 nodad`]);
    segment.peerIp(['addr add fd00:77::2/64 dev svc0 nodad']);
    fence = new FenceFixture();
    const [link] = JSON.parse(run('ip', ['-json', 'link', 'show', 'svc0'])) as { ifindex: number }[];
    index = link!.ifindex;
    assert.equal(fence.kernel.attach(index), 0);
  });
  after(async () => {
    fence.kernel.detach(index);
    await fence.end();
    await segment.close();
  });
  beforeEach(async () => {
    segment.peerIp(['neigh flush dev svc0']);
    for (const address of [V4, V6]) assert.equal(fence.kernel.mark(index, bytes(address), WEB), 0);
    await fence.open(WEB, OPEN_MS);
  });

  const answersAtPeer = async (program: string, args: readonly string[]): Promise<boolean> => {
    const asked = spawn('nsenter', segment.peerCommand(program, args), { stdio: 'ignore' });
    const [code] = (await within(program, once(asked, 'exit'), BOUND_MS)) as [number | null];
    return code === 0;
  };
  const pings = (address: string): Promise<boolean> =>
    answersAtPeer('ping', ['-c', '2', '-i', '0.2', '-w', '1', address]);
  const answers = async (v4 = V4, v6 = V6): Promise<Answers> => {
    const arping = ['-c', '1', '-w', '1', '-f', '-I', 'svc0', v4];
    const [arp, ping, ping6] = await Promise.all([answersAtPeer('arping', arping), pings(v4), pings(v6)]);
    return { arp, ping, ping6 };
  };
  /** Asked again, with an empty cache, where a machine that stood still lost an answer. */
  const assertAllAnswered = async (message: string, v4 = V4, v6 = V6): Promise<void> => {
    let found = await answers(v4, v6);
    for (let tries = 1; tries < 10 && !isDeepStrictEqual(found, ALL); tries++) {
      segment.peerIp(['neigh flush dev svc0']);
      found = await answers(v4, v6);
    }
    assert.deepEqual(found, ALL, message);
  };

  test('R52: while the lease runs everything is answered, when it has ended nothing is: ARP, ND and IP', async () => {
    await assertAllAnswered('the lease runs');
    segment.peerIp(['neigh flush dev svc0']);
    await fence.close(WEB);
    assert.deepEqual(await answers(), NONE);
    assert.match(segment.peerRun('ip', ['-6', 'neigh', 'show', V6]), /FAILED|INCOMPLETE|^$/);
    await assertAllAnswered('the host’s own addresses', '10.77.0.1', 'fd00:77::1');
    await fence.open(WEB, OPEN_MS);
    await assertAllAnswered('the same lease, renewed');
  });

  test('R52: a client that has the neighbour in its cache is cut off as well', async () => {
    const [shown] = JSON.parse(run('ip', ['-json', 'link', 'show', 'svc0'])) as { address: string }[];
    for (const address of [V4, V6])
      segment.peerIp([`neigh replace ${address} lladdr ${shown!.address} nud permanent dev svc0`]);
    assert.deepEqual(await Promise.all([pings(V4), pings(V6)]), [true, true]);
    await fence.close(WEB);
    assert.deepEqual(await Promise.all([pings(V4), pings(V6)]), [false, false]);
    for (const address of [V4, V6]) segment.peerIp([`neigh del ${address} dev svc0`]);
  });

  test('R52: the fence closes by the passing of time, with nobody there to close it', async () => {
    await fence.open(WEB, 2000);
    const first = await answersAtPeer('arping', ['-c', '1', '-w', '1', '-f', '-I', 'svc0', V4]);
    await waitUntil(
      'the fence to close',
      async () => ((await pings(V4)) || (await pings(V6)) ? 'it answers' : null),
      BOUND_MS,
    );
    assert.ok(first);
    assert.deepEqual(await answers(), NONE);
  });

  test('R52: an address marked under a lease that ran out stays fenced, however long the next one runs', async () => {
    await fence.open({ ...WEB, lease: 2n }, OPEN_MS);
    assert.deepEqual(await answers(), NONE);
    for (const address of [V4, V6]) fence.kernel.mark(index, bytes(address), { ...WEB, lease: 2n });
    // Who asked in vain just now would not ask again within the patience of a ping.
    segment.peerIp(['neigh flush dev svc0']);
    await assertAllAnswered('the next lease');
  });

  test('R52: a slot that another group has by now opens nothing, nor does one that there is not', async () => {
    await fence.open({ ...MAIL, slot: WEB.slot }, OPEN_MS);
    assert.equal(await pings(V4), false);
    fence.kernel.mark(index, bytes(V4), { ...WEB, slot: 64 });
    await fence.open(WEB, OPEN_MS);
    assert.deepEqual([await pings(V4), await pings(V6)], [false, true]);
  });

  test('R52: groups are fenced apart, and an address marked under no lease is never live', async () => {
    fence.kernel.mark(index, bytes(OTHER), MAIL);
    fence.kernel.mark(index, bytes(V6), null);
    await fence.open(MAIL, OPEN_MS);
    await fence.close(WEB);
    assert.deepEqual(await Promise.all([V4, OTHER, V6].map(pings)), [false, true, false]);
    await fence.close(MAIL);
    await fence.open(WEB, OPEN_MS);
    segment.peerIp(['neigh flush dev svc0']);
    assert.deepEqual(await Promise.all([V4, OTHER, V6].map(pings)), [true, false, false]);
    fence.kernel.unmark(index, bytes(OTHER));
    fence.kernel.unmark(index, bytes(V6));
    // What the client has just found out to be unreachable it would not ask for at once.
    segment.peerIp(['neigh flush dev svc0']);
    assert.deepEqual(await Promise.all([V4, OTHER, V6].map(pings)), [true, true, true]);
  });

  test('R52: nothing leaves from a fenced address: no retransmission, and no question in its name', async () => {
    const server = createServer();
    const connected = once(server, 'connection') as Promise<[Socket]>;
    server.listen(5000, V4);
    await once(server, 'listening');
    const client = spawn(
      'nsenter',
      segment.peerCommand('bash', ['-c', `exec 3<>/dev/tcp/${V4}/5000; cat <&3`]),
    );
    const [socket] = await within('the connection', connected, BOUND_MS);
    socket.on('error', () => undefined);
    socket.write('before\n');
    await within('data', once(client.stdout, 'data'), BOUND_MS);
    await fence.close(WEB);
    const capture = await Capture.start(segment, `arp or ip src ${V4}`);
    ip(['neigh flush dev svc0']);
    socket.write('after\n');
    const dropped = (): number => droppedAtEgress();
    const at = dropped();
    await waitUntil(
      'retransmissions, and questions for the neighbour',
      () => (dropped() >= at + 3 ? null : `${String(dropped() - at)} frames dropped`),
      BOUND_MS,
    );
    assert.equal(await pings('10.77.0.1'), true, 'a frame that the capture can see');
    const from = (frame: Buffer): string =>
      [...frame.subarray(frame.readUInt16BE(12) === 0x0806 ? 28 : 26)].slice(0, 4).join('.');
    assert.deepEqual(
      capture.frames.filter((frame) => from(frame) === V4),
      [],
    );
    assert.ok(capture.frames.some((frame) => from(frame) === '10.77.0.1'));
    await fence.open(WEB, OPEN_MS);
    await within('the rest, once the fence is open', once(client.stdout, 'data'), BOUND_MS);
    await capture.stop();
    client.kill();
    socket.destroy();
    server.close();
  });

  test('R52: the new holder’s announcement comes in through a closed fence, into this host’s cache', async () => {
    await fence.close(WEB);
    ip([`addr del ${V4}/32 dev svc0`, `neigh replace ${V4} lladdr 02:00:00:00:00:01 nud stale dev svc0`]);
    segment.peerIp([`addr add ${V4}/32 dev svc0`]);
    await segment.peerAnnounce(V4);
    const neighbour = run('ip', ['neigh', 'show', V4]);
    assert.match(neighbour, new RegExp(segment.peerHardwareAddress()));
    segment.peerIp([`addr del ${V4}/32 dev svc0`]);
    ip([`neigh del ${V4} dev svc0`, `addr add ${V4}/32 dev svc0`]);
  });

  /** The client knows already who has the addresses. */
  function tellPeer(): void {
    const [shown] = JSON.parse(run('ip', ['-json', 'link', 'show', 'svc0'])) as { address: string }[];
    for (const address of [V4, V6])
      segment.peerIp([`neigh replace ${address} lladdr ${shown!.address} nud permanent dev svc0`]);
  }

  test('R55: a prepared address answers what is sent to this host, and nobody is told who has it', async () => {
    for (const address of [V4, V6]) fence.kernel.mark(index, bytes(address), WEB, 'prepared');
    assert.deepEqual(await answers(), NONE, 'nobody knows');
    tellPeer();
    // Its first answer to a client has it ask for that client, in the address's name.
    ip(['neigh flush dev svc0']);
    assert.deepEqual(await Promise.all([pings(V4), pings(V6)]), [true, true]);
    const capture = await Capture.start(segment, `arp src host ${V4} and arp dst host ${V4}`);
    run('arping', ['-c', '1', '-w', '1', '-U', '-I', 'svc0', '-s', V4, V4]);
    assert.equal(await pings('10.77.0.1'), true);
    assert.equal(capture.frames.length, 0, 'no announcement');
    await capture.stop();
    await fence.close(WEB);
    assert.deepEqual(await Promise.all([pings(V4), pings(V6)]), [false, false], 'the lease is over');
    for (const address of [V4, V6]) segment.peerIp([`neigh del ${address} dev svc0`]);
  });

  test('R55: what comes for an address that was handed over is sent on to the heir, unanswered, from this host', async () => {
    tellPeer();
    const heir = Uint8Array.of(2, 0, 0, 0, 0, 0x77);
    for (const address of [V4, V6]) fence.kernel.mark(index, bytes(address), WEB, heir);
    const capture = await Capture.start(segment, 'ether dst 02:00:00:00:00:77');
    assert.deepEqual(await Promise.all([pings(V4), pings(V6)]), [false, false]);
    const isFor = (text: string) => (frame: Buffer) =>
      frame.includes(Buffer.from(bytes(text))) && frame[12] === (text === V4 ? 0x08 : 0x86);
    const [shown] = JSON.parse(run('ip', ['-json', 'link', 'show', 'svc0'])) as { address: string }[];
    for (const text of [V4, V6]) {
      const [frame] = await capture.wait(`${text} to the heir`, 2, isFor(text));
      assert.equal(frame!.subarray(6, 12).toString('hex'), shown!.address.replaceAll(':', ''));
    }
    await capture.stop();
    for (const address of [V4, V6]) segment.peerIp([`neigh del ${address} dev svc0`]);
    assert.deepEqual(await answers(), NONE, 'nobody is told that it is here');
    await fence.close(WEB);
    tellPeer();
    const silent = await Capture.start(segment, 'ether dst 02:00:00:00:00:77');
    assert.deepEqual(await Promise.all([pings(V4), pings(V6)]), [false, false]);
    assert.deepEqual(silent.frames, [], 'the lease is over');
    await silent.stop();
    for (const address of [V4, V6]) segment.peerIp([`neigh del ${address} dev svc0`]);
  });

  test('R55: what was asked before the hand-over is answered after it', async () => {
    const server = createServer();
    const connected = once(server, 'connection') as Promise<[Socket]>;
    server.listen(5000, V4);
    await once(server, 'listening');
    const client = spawn(
      'nsenter',
      segment.peerCommand('bash', ['-c', `exec 3<>/dev/tcp/${V4}/5000; cat <&3`]),
    );
    const [socket] = await within('the connection', connected, BOUND_MS);
    socket.on('error', () => undefined);
    fence.kernel.mark(index, bytes(V4), WEB, Uint8Array.of(2, 0, 0, 0, 0, 0x77));
    socket.write('after\n');
    await within('the answer', once(client.stdout, 'data'), BOUND_MS);
    client.kill();
    socket.destroy();
    server.close();
  });

  test('R52: the filters of others stay, before, beside and after ours', () => {
    const shown = (): string => run('tc', ['filter', 'show', 'dev', 'svc0', 'ingress']);
    const match = ['u32', 'match', 'u32', '0', '0', 'classid', '1:7'];
    run('tc', ['filter', 'add', 'dev', 'svc0', 'ingress', 'prio', '7', 'protocol', 'ip', ...match]);
    assert.match(shown(), /raisd-fence/);
    assert.equal(fence.kernel.attach(index), 0, 'once more');
    assert.equal(shown().match(/raisd-fence/g)?.length, 1);
    assert.equal(fence.kernel.detach(index), 0);
    assert.doesNotMatch(shown(), /raisd-fence/);
    assert.match(shown(), /pref 7 u32/);
    assert.equal(fence.kernel.detach(index), 2, 'ENOENT: there was none');
    run('tc', ['filter', 'add', 'dev', 'svc0', 'ingress', 'prio', '100', 'protocol', 'all', ...match]);
    assert.notEqual(fence.kernel.attach(index), 0, 'another stands in its place');
    assert.doesNotMatch(run('tc', ['filter', 'show', 'dev', 'svc0', 'egress']), /raisd-fence/);
    run('tc', ['filter', 'del', 'dev', 'svc0', 'ingress', 'prio', '100']);
    assert.equal(fence.kernel.attach(index), 0);
  });
});

/** Frames that tc dropped on their way out; 0 where none was yet. */
function droppedAtEgress(): number {
  const [qdisc] = (
    JSON.parse(run('tc', ['-s', '-json', 'qdisc', 'show', 'dev', 'svc0'])) as {
      kind: string;
      drops: number;
    }[]
  ).filter(({ kind }) => kind === 'clsact');
  return qdisc?.drops ?? 0;
}
