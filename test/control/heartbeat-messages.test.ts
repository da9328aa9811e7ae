import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostId } from '../../src/core/address.js';
import { decodeFromHeartbeat } from '../../src/ipc/heartbeat-messages.js';
import { Writer } from '../../src/wire/bytes.js';
import { mappedBytes } from '../../src/wire/frame.js';

const INTERFACES = 2;

/** As native/heartbeat/link_messages.cc writes it. */
function report(hosts: readonly HostId[]): Buffer {
  const writer = new Writer();
  writer.u8(2);
  writer.u64(7n);
  writer.u64(5_000_000n);
  writer.u32(0);
  writer.u8(INTERFACES);
  writer.list(hosts, (host) => {
    writer.bytes(mappedBytes(host));
    writer.u64(11n);
    writer.u64(12n);
    writer.u16(1 | 8 | 16);
    writer.u32(3);
    writer.u32(4);
    for (const at of [1_500_000n, 0n, 2n ** 33n * 1_000_000n, 250_000n]) writer.u64(at);
  });
  return writer.finish();
}

test('R12: a report tells of each host what the thread knows of it, by ids of both families, as often as it comes', () => {
  const hosts = ['10.77.1.11', 'fd00:77::11', '::10.77.1.11', '10.77.1.12'] as HostId[];
  const known = {
    incarnation: 11n,
    sequence: 12n,
    permit: true,
    joining: false,
    leaving: false,
    observer: true,
    echoed: true,
    term: 3,
    infoVersion: 4,
    permittedAt: 1.5,
    relayedAt: -Infinity,
    links: [2 ** 33, 0.25],
  };
  for (let times = 0; times < 2; times++) {
    const message = decodeFromHeartbeat(report(hosts));
    assert.equal(message.kind, 'report');
    assert.ok(message.kind === 'report');
    assert.deepEqual([message.group, message.at, message.lapse], [7n, 5, 0]);
    assert.deepEqual(
      message.hosts.map(({ id, ...rest }) => [mappedBytes(id).toString('hex'), rest]),
      hosts.map((id) => [mappedBytes(id).toString('hex'), known]),
    );
  }
});

test('more hosts than are remembered have their own ids all the same', () => {
  const hosts = Array.from(
    { length: 600 },
    (_, index) => `10.77.${String(index >> 8)}.${String(index & 255)}`,
  );
  for (const part of [hosts.slice(0, 200), hosts.slice(200, 400), hosts.slice(400), hosts.slice(0, 200)]) {
    const message = decodeFromHeartbeat(report(part as HostId[]));
    assert.ok(message.kind === 'report');
    assert.deepEqual(
      message.hosts.map(({ id }) => id),
      part,
    );
  }
});

test('a report that is cut short, or too long, is refused', () => {
  const whole = report(['10.77.1.11' as HostId]);
  for (let length = 1; length < whole.length; length++)
    assert.throws(() => decodeFromHeartbeat(whole.subarray(0, length)), /truncated/);
  assert.throws(() => decodeFromHeartbeat(Buffer.concat([whole, Buffer.from([0])])), /trailing bytes/);
});
