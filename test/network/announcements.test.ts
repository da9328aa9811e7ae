import './own-namespace.js';

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { waitUntil } from '../farm/wait.js';
import { addressBytes } from '../../src/core/address.js';
import { placed, serviceAddress } from './addressing.js';
import { Capture } from './capture.js';
import { KeeperFixture } from './keeper-fixture.js';
import { hardwareAddress, Segment } from './segment.js';

const BOUND_MS = 60_000;
const ARP = 0x0806;
const IPV6 = 0x86dd;
const REQUEST = 1;
const REPLY = 2;
const NEIGHBOUR_ADVERTISEMENT = 136;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (address: string): string => hex(addressBytes(serviceAddress(address)));
const etherType = (frame: Buffer): number => frame.readUInt16BE(12);

const isArp =
  (operation: number, sender: string) =>
  (frame: Buffer): boolean =>
    etherType(frame) === ARP &&
    frame.readUInt16BE(20) === operation &&
    hex(frame.subarray(28, 32)) === bytesOf(sender);

const isAdvertisement =
  (target: string) =>
  (frame: Buffer): boolean =>
    etherType(frame) === IPV6 &&
    frame[20] === 58 &&
    frame[54] === NEIGHBOUR_ADVERTISEMENT &&
    hex(frame.subarray(62, 78)) === bytesOf(target);

/** The one's complement sum over pseudo header and message, which is 0xffff for a right checksum. */
function checksumOf(frame: Buffer): number {
  const message = frame.subarray(54, 54 + frame.readUInt16BE(18));
  let sum = message.length + 58;
  for (const part of [frame.subarray(22, 54), message]) {
    for (let at = 0; at < part.length; at += 2) sum += part.readUInt16BE(at);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

suite('announcements (R50)', () => {
  let segment: Segment;
  let capture: Capture;
  let fixture: KeeperFixture;

  before(async () => {
    segment = await Segment.create();
  });
  after(() => segment.close());
  beforeEach(async () => {
    fixture = new KeeperFixture().begin();
    await fixture.wait('link');
    capture = await Capture.start(segment, 'arp or icmp6');
  });
  afterEach(async () => {
    fixture.keeper.removeAll();
    await capture.stop();
  });

  test('R50: an IPv4 address is announced by ARP, as a request and as a reply', async () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    const own = hardwareAddress().replaceAll(':', '');
    const address = bytesOf('10.77.0.11');
    const [request] = await capture.wait('a request', 1, isArp(REQUEST, '10.77.0.11'));
    const [reply] = await capture.wait('a reply', 1, isArp(REPLY, '10.77.0.11'));
    const ethernet = `ffffffffffff${own}0806`;
    assert.equal(
      hex(request!.subarray(0, 42)),
      `${ethernet}0001080006040001${own}${address}000000000000${address}`,
    );
    assert.equal(hex(reply!.subarray(0, 42)), `${ethernet}0001080006040002${own}${address}${own}${address}`);
  });

  test('R50: an IPv6 address is announced by an unsolicited advertisement with the override flag', async () => {
    fixture.say({ kind: 'add', addresses: [placed('fd00:77::11')] });
    const [frame] = await capture.wait('an advertisement', 1, isAdvertisement('fd00:77::11'));
    const own = hardwareAddress().replaceAll(':', '');
    assert.equal(hex(frame!.subarray(0, 12)), `333300000001${own}`);
    assert.equal(frame![21], 255, 'hop limit');
    assert.equal(hex(frame!.subarray(22, 38)), bytesOf('fd00:77::11'), 'source');
    assert.equal(hex(frame!.subarray(38, 54)), bytesOf('ff02::1'), 'destination');
    assert.equal(frame!.readUInt32BE(58), 0x20000000, 'override, not solicited');
    assert.equal(hex(frame!.subarray(78, 86)), `0201${own}`, 'target link-layer address');
    assert.equal(checksumOf(frame!), 0xffff);
  });

  test('R50: a neighbour that has learned another hardware address learns ours at once', async () => {
    const stale = 'lladdr 02:00:00:00:00:99 dev svc0 nud reachable';
    segment.peerIp([`neigh replace 10.77.0.11 ${stale}`, `neigh replace fd00:77::11 ${stale}`]);
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11'), placed('fd00:77::11')] });
    const learned = (): string[] =>
      (
        JSON.parse(segment.peerRun('ip', ['-json', 'neigh', 'show', 'dev', 'svc0'])) as {
          dst: string;
          lladdr: string;
        }[]
      )
        .filter(({ dst, lladdr }) => dst.endsWith('11') && lladdr === hardwareAddress())
        .map(({ dst }) => dst);
    await waitUntil('both', () => (learned().length === 2 ? null : learned().join()), BOUND_MS);
  });

  test('R50: an announcement is repeated over some seconds, and no longer than that', async () => {
    const started = performance.now();
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    await capture.wait('six requests', 6, isArp(REQUEST, '10.77.0.11'));
    assert.ok(performance.now() - started >= 4900);
    await capture.wait('six replies', 6, isArp(REPLY, '10.77.0.11'));
    assert.equal(capture.frames.filter(isArp(REPLY, '10.77.0.11')).length, 6);
  });

  test('R50: what is held is announced again when the link comes up, and when control says so', async () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    await capture.wait('six requests', 6, isArp(REQUEST, '10.77.0.11'));
    fixture.clear();
    segment.peerIp(['link set svc0 down', 'link set svc0 up']);
    await capture.wait('a seventh', 7, isArp(REQUEST, '10.77.0.11'));
    const count = capture.frames.filter(isArp(REQUEST, '10.77.0.11')).length;
    fixture.say({ kind: 'announce', addresses: [placed('10.77.0.11'), placed('10.77.0.12')] });
    await capture.wait('one more', count + 1, isArp(REQUEST, '10.77.0.11'));
    assert.equal(
      capture.frames.some(isArp(REQUEST, '10.77.0.12')),
      false,
      'what is not held is not announced',
    );
  });

  test('R52: what was removed is not announced any more', async () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    fixture.say({ kind: 'remove', addresses: [placed('10.77.0.11')] });
    const count = capture.frames.filter(isArp(REQUEST, '10.77.0.11')).length;
    assert.ok(count <= 1);
    // When the other's second announcement has come, ours would have come as well.
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.12')] });
    await capture.wait('the other', 3, isArp(REQUEST, '10.77.0.12'));
    assert.ok(capture.frames.filter(isArp(REQUEST, '10.77.0.11')).length <= 1);
  });
});
