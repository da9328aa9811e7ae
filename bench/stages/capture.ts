// What is on the cables at the switch, with the kernel's time stamps: tcpdump writes, this reads.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import { startInNamespace } from '../../test/farm/child.js';
import type { Namespace } from '../../test/farm/namespace.js';
import { waitUntil } from '../../test/farm/wait.js';

/** One packet as it passed one port of the switch. */
export interface Packet {
  /** Milliseconds since 1970, with a fraction of nanoseconds. */
  readonly atMs: number;
  readonly interfaceIndex: number;
  /** From the switch to the station. */
  readonly outgoing: boolean;
  /** EtherType. */
  readonly protocol: number;
  /** From the network header on. */
  readonly payload: Buffer;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** The link-layer header LINUX_SLL2, which names the interface. */
const LINK_HEADER_BYTES = 20;
const LINUX_SLL2 = 276;
const NANOSECOND_MAGIC = 0xa1b23c4d;
const OUTGOING = 4;

/** Parses a capture file of this machine's byte order, with stamps in nanoseconds and LINUX_SLL2. Throws on any other. */
export function parseCapture(file: Buffer): Packet[] {
  if (
    file.length < FILE_HEADER_BYTES ||
    file.readUInt32LE(0) !== NANOSECOND_MAGIC ||
    file.readUInt32LE(20) !== LINUX_SLL2
  ) {
    throw new Error('no capture in nanoseconds with LINUX_SLL2');
  }
  const packets: Packet[] = [];
  let offset = FILE_HEADER_BYTES;
  while (offset + RECORD_HEADER_BYTES <= file.length) {
    const captured = file.readUInt32LE(offset + 8);
    const link = file.subarray(offset + RECORD_HEADER_BYTES, offset + RECORD_HEADER_BYTES + captured);
    // What was being written when tcpdump ended.
    if (link.length < captured || captured < LINK_HEADER_BYTES) break;
    packets.push({
      atMs: file.readUInt32LE(offset) * 1000 + file.readUInt32LE(offset + 4) / 1e6,
      interfaceIndex: link.readUInt32BE(4),
      outgoing: link[10] === OUTGOING,
      protocol: link.readUInt16BE(0),
      payload: link.subarray(LINK_HEADER_BYTES),
    });
    offset += RECORD_HEADER_BYTES + captured;
  }
  return packets;
}

const START_BOUND_MS = 5_000;
/** The kernel hands over what it captured once a second, or when there is much of it. */
const WRITTEN_BOUND_MS = 5_000;

export class Capture {
  private readonly child: ChildProcess;
  private readonly path: string;

  private constructor(child: ChildProcess, path: string) {
    this.child = child;
    this.path = path;
  }

  /** Begins to capture what the filter lets through, on every interface of the namespace. */
  static async start(namespace: Namespace, path: string, filter: string): Promise<Capture> {
    const args = ['-i', 'any', '-y', 'LINUX_SLL2', '-n', '-U', '-s', '200', '-Z', 'root', '-B', '16384'];
    const stamps = ['--time-stamp-precision=nano', '-w', path, filter];
    const child = startInNamespace(namespace, 'tcpdump', [...args, ...stamps], ['ignore', 'ignore', 'pipe']);
    const signal = AbortSignal.timeout(START_BOUND_MS);
    let told = '';
    while (!told.includes('listening on')) {
      const [data] = (await once(child.stderr!, 'data', { signal })) as [Buffer];
      told += data.toString();
    }
    child.stderr?.resume();
    return new Capture(child, path);
  }

  /** Ends it and returns what was captured, in the order of time. Some packet has to come after this was called. */
  async stop(): Promise<Packet[]> {
    await this.written(Date.now());
    const end = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await end;
    return this.read();
  }

  /** Until all is in the file that was on the cables before that moment, in milliseconds since 1970. */
  private async written(beforeMs: number): Promise<void> {
    await waitUntil(
      'what was captured',
      () => ((this.read().at(-1)?.atMs ?? 0) > beforeMs ? null : 'tcpdump has not written it yet'),
      WRITTEN_BOUND_MS,
    );
  }

  private read(): Packet[] {
    return parseCapture(readFileSync(this.path)).toSorted((a, b) => a.atMs - b.atMs);
  }
}
