// How --stages reads what the kernel stamped: packets of a capture, lines of a trace, and the way back from an announcement.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { parseCollected } from '../../bench/micro/native.js';
import { Capture, parseCapture } from '../../bench/stages/capture.js';
import { parseLine } from '../../bench/stages/kernel-trace.js';
import type { Call } from '../../bench/stages/kernel-trace.js';
import { innerMoments, wireMoments } from '../../bench/stages/moments.js';
import { stagesOf } from '../../bench/stages/stages.js';
import { startInNamespace } from '../farm/child.js';
import { run } from '../farm/command.js';
import { Namespace } from '../farm/namespace.js';

const CONTROL_PORT = 4;
const SERVICE_PORT = 7;
const VICTIM_PORT = 9;
const ADDRESS = [10, 77, 0, 103];
const VICTIM = [10, 77, 1, 13];
const SOUGHT = {
  controlPorts: [CONTROL_PORT],
  servicePort: SERVICE_PORT,
  victim: Buffer.from(VICTIM),
  address: Buffer.from(ADDRESS),
  groupPort: 5405,
};

/** One record: seconds 0, so many nanoseconds, a header of LINUX_SLL2, the payload. */
function record(ns: number, port: number, outgoing: boolean, protocol: number, payload: Buffer): Buffer {
  const link = Buffer.alloc(20);
  link.writeUInt16BE(protocol, 0);
  link.writeUInt32BE(port, 4);
  link[10] = outgoing ? 4 : 0;
  const head = Buffer.alloc(16);
  head.writeUInt32LE(ns, 4);
  head.writeUInt32LE(link.length + payload.length, 8);
  return Buffer.concat([head, link, payload]);
}

function file(...records: Buffer[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b23c4d, 0);
  head.writeUInt32LE(276, 20);
  return Buffer.concat([head, ...records]);
}

function heartbeat(id: readonly number[]): Buffer {
  const packet = Buffer.alloc(28 + 60);
  packet.writeUInt16BE(SOUGHT.groupPort, 22);
  Buffer.from(id).copy(packet, 28 + 16 + 12);
  return packet;
}

function arp(sender: readonly number[], target: readonly number[]): Buffer {
  const packet = Buffer.alloc(28);
  Buffer.from(sender).copy(packet, 14);
  Buffer.from(target).copy(packet, 24);
  return packet;
}

function fromAddress(): Buffer {
  const packet = Buffer.alloc(28);
  Buffer.from(ADDRESS).copy(packet, 12);
  return packet;
}

const MS = 1e6;
const ARP = 0x0806;
const IP = 0x0800;

describe('the stages of a takeover', () => {
  it('moments on the cables: what another host sends, and what came before the last heartbeat, do not count', () => {
    const capture = file(
      record(1 * MS, SERVICE_PORT, false, ARP, arp(ADDRESS, ADDRESS)),
      record(5 * MS, CONTROL_PORT, true, IP, heartbeat(VICTIM)),
      record(6 * MS, VICTIM_PORT, false, IP, fromAddress()),
      record(9 * MS, CONTROL_PORT, false, IP, heartbeat(VICTIM)),
      record(10 * MS, CONTROL_PORT, true, IP, heartbeat([10, 77, 1, 12])),
      record(28 * MS, SERVICE_PORT, false, ARP, arp([0, 0, 0, 0], ADDRESS)),
      record(36 * MS, SERVICE_PORT, true, ARP, arp(ADDRESS, ADDRESS)),
      record(37 * MS, SERVICE_PORT, false, ARP, arp(ADDRESS, ADDRESS)),
      record(38 * MS, SERVICE_PORT, false, IP, fromAddress()),
    );
    const wire = wireMoments(parseCapture(capture), SOUGHT);
    assert.deepEqual(wire, { heartbeat: 5, lastAnswer: 6, probe: 28, announcement: 37, answer: 38 });
    assert.equal(stagesOf(wire, null)['of that, beyond the timeout (the reaction)'], 2);
    assert.equal(stagesOf(wire, null)['last heartbeat → last answer of the lost host'], 1);
  });

  it('a capture that was cut off ends with its last whole packet, and another format is refused', () => {
    const whole = file(record(1 * MS, SERVICE_PORT, false, ARP, arp(ADDRESS, ADDRESS)));
    assert.equal(parseCapture(Buffer.concat([whole, Buffer.alloc(7)])).length, 1);
    assert.equal(wireMoments(parseCapture(whole), SOUGHT), null);
    assert.throws(() => parseCapture(Buffer.alloc(24)), /no capture/);
  });

  it('lines of the kernel’s trace', () => {
    const enter = '  node-412     [001] .....  9876.500000: sys_sendmsg(fd: 15, msg: 7ffc, flags: 4040)';
    const exit = '  node-412     [001] .....  9876.500100: sys_sendmsg -> 0x1f';
    const failed = ' <...>-7       [000] d.h1.     1.000001: sys_recvmsg -> 0xfffffffffffffff5';
    assert.deepEqual(parseLine(enter), {
      thread: 412,
      atMs: 9_876_500,
      name: 'sendmsg',
      kind: 'enter',
      result: null,
    });
    assert.deepEqual([parseLine(exit)?.kind, parseLine(exit)?.result], ['exit', 31]);
    assert.equal(parseLine(failed)?.result, -11);
    assert.equal(parseLine('# tracer: nop'), null);
  });

  it('the way back from the announcement: empty reads and other roles are passed over', () => {
    const call = (atMs: number, thread: number, name: string, kind: Call['kind'], result = 1): Call => ({
      atMs,
      thread,
      name,
      kind,
      result: kind === 'exit' ? result : null,
    });
    const calls = [
      call(10, 1, 'epoll_wait', 'exit', 0),
      call(11, 1, 'sendmsg', 'enter'),
      call(12, 2, 'recvmsg', 'exit', 99),
      call(12.1, 2, 'recvmsg', 'exit', -11),
      call(12.2, 1, 'sendmsg', 'enter'),
      call(13, 2, 'sendmsg', 'enter'),
      call(13.5, 2, 'sendmmsg', 'enter'),
      call(20, 2, 'sendmmsg', 'enter'),
    ];
    const roleOf = (thread: number) => (thread === 1 ? 'control' : 'network');
    assert.deepEqual(innerMoments(calls, roleOf, 13.6), {
      controlWoke: 3.5,
      controlTold: 2.5,
      networkRead: 1.5,
      addressSent: 0.5,
    });
    assert.equal(innerMoments(calls, roleOf, 5), null);
  });

  it('what callgrind counted', () => {
    assert.equal(parseCollected('==9== Collected : 12345\n'), 12345);
    assert.equal(parseCollected('valgrind: not found'), null);
  });
});

describe('a capture', () => {
  it('has what was on the cable when it was ended, although the kernel hands it over once a second', async () => {
    const name = `raisd-capture-${String(process.pid)}`;
    const directory = mkdtempSync(join(tmpdir(), 'raisd-capture-'));
    const [namespace] = Namespace.create([name]);
    const talk = 'while echo beat > /dev/udp/127.0.0.1/5405; do sleep 0.05; done';
    const talker = startInNamespace(namespace!, 'bash', ['-c', talk], ['ignore', 'ignore', 'ignore']);
    try {
      const capture = await Capture.start(namespace!, join(directory, 'pcap'), 'udp port 5405');
      const ended = Date.now();
      const packets = await capture.stop();
      assert.ok(packets.some(({ atMs, protocol }) => atMs > ended && protocol === IP));
    } finally {
      talker.kill('SIGKILL');
      run('ip', ['netns', 'del', name]);
      rmSync(directory, { recursive: true });
    }
  });
});
