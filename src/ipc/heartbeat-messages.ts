// Control's end of heartbeat-messages.md: what it says to the heartbeat thread, and what it hears from it. The other
// end is native/heartbeat/link_messages.cc.

import type { Address, HostId } from '../core/address.js';
import { instant, NEVER, type Instant } from '../core/time.js';
import { Reader, Writer } from '../wire/bytes.js';
import {
  addressFromMapped,
  flagBits,
  flagsFromBits,
  mappedBytes,
  type FrameFlags,
  type FrameType,
} from '../wire/frame.js';
import { MAX_COMMAND_BYTES, MAX_CONTROL_INTERFACES, MAX_HOSTS, MAX_SNAPSHOT_BYTES } from '../wire/limits.js';

// Who speaks on this channel needs the names of its groups.
export { groupTag } from '../wire/frame.js';

const TO_HEARTBEAT = { publish: 1, command: 2, permit: 3, sync: 4, peers: 5, reopen: 6 } as const;
const TO_CONTROL = { frame: 1, report: 2, synced: 3, counters: 4, conflict: 5 } as const;
const ECHOED = 16;
const NANOSECONDS_A_MILLISECOND = 1e6;

/** Unicast destinations of one group that the thread takes; it ignores more. */
export const MAX_PEERS = MAX_HOSTS * MAX_CONTROL_INTERFACES;

/** What becomes of frames, in the order of native/heartbeat/counters.h. */
export const COUNTER_NAMES = [
  'accepted',
  /** R6: a copy that came over another interface as well. */
  'duplicate',
  'truncated',
  'oversized',
  'magic',
  'version',
  /** Of another group. */
  'group',
  /** It crossed a router. */
  'ttl',
  'mac',
  'replay',
  /** Our own, come back. */
  'own',
  /** Our host id under another incarnation. */
  'conflict',
  'unknown-type',
  'malformed',
  'too-many-hosts',
  /** R51: authentic, but perhaps a recording. */
  'not-echoed',
  /** Accepted, but control was too busy to take it: pieces come again. */
  'undelivered',
  'sent',
  // Frames that a control interface refused to send, by its position.
  'send-error-0',
  'send-error-1',
  'send-error-2',
  'send-error-3',
  'send-error-4',
  'send-error-5',
  'send-error-6',
  'send-error-7',
] as const;

export type CounterName = (typeof COUNTER_NAMES)[number];

export interface PublishMessage {
  readonly group: bigint;
  /** Tell the group at once, not with the next heartbeats. */
  readonly urgent: boolean;
  readonly flags: Omit<FrameFlags, 'permit'>;
  readonly term: number;
  /** Of the snapshot; another number than before means another snapshot. 0: there is none yet. */
  readonly version: number;
  /** At most MAX_SNAPSHOT_BYTES. */
  readonly snapshot: Uint8Array;
}

export interface CommandMessage {
  readonly group: bigint;
  readonly type: Exclude<FrameType, 1>;
  /** At most MAX_COMMAND_BYTES. */
  readonly body: Uint8Array;
}

export interface PeersMessage {
  readonly group: bigint;
  /** At most MAX_PEERS. `interface` is the position among the control interfaces. */
  readonly peers: readonly { readonly interface: number; readonly address: Address }[];
}

/** Throws a RangeError where the snapshot is too large. */
export function encodePublish(message: PublishMessage): Buffer {
  refuseMoreThan(MAX_SNAPSHOT_BYTES, 'snapshot bytes', message.snapshot.length);
  const writer = new Writer();
  writer.u8(TO_HEARTBEAT.publish);
  writer.u8(Number(message.urgent));
  writer.u16(flagBits({ ...message.flags, permit: false }));
  writer.u64(message.group);
  writer.u32(message.term);
  writer.u32(message.version);
  writer.bytes(message.snapshot);
  return writer.finish();
}

/** Throws a RangeError where the body is too large. */
export function encodeCommand({ group, type, body }: CommandMessage): Buffer {
  refuseMoreThan(MAX_COMMAND_BYTES, 'command bytes', body.length);
  const writer = new Writer();
  writer.u8(TO_HEARTBEAT.command);
  writer.u8(type);
  writer.u64(group);
  writer.bytes(body);
  return writer.finish();
}

/** PERMIT stands in all frames for so many milliseconds from now; 0 ends it. Rounded down: it never lasts longer. */
export function encodePermit({ milliseconds }: { readonly milliseconds: number }): Buffer {
  const writer = new Writer();
  writer.u8(TO_HEARTBEAT.permit);
  writer.u32(Math.floor(milliseconds));
  return writer.finish();
}

/** Answered by `synced` with the token; of several unanswered ones only the last token comes back. */
export function encodeSync({ token }: { readonly token: number }): Buffer {
  const writer = new Writer();
  writer.u8(TO_HEARTBEAT.sync);
  writer.u32(token);
  return writer.finish();
}

/** R52: control has given up what lived on the lease that ended; it may run again, unless it has ended once more. */
export function encodeReopen({ group, lapse }: { readonly group: bigint; readonly lapse: number }): Buffer {
  const writer = new Writer();
  writer.u8(TO_HEARTBEAT.reopen);
  writer.u64(group);
  writer.u32(lapse);
  return writer.finish();
}

/** Throws a RangeError where there are too many. */
export function encodePeers({ group, peers }: PeersMessage): Buffer {
  refuseMoreThan(MAX_PEERS, 'peers', peers.length);
  const writer = new Writer();
  writer.u8(TO_HEARTBEAT.peers);
  writer.u64(group);
  writer.list(peers, (peer) => {
    writer.u8(peer.interface);
    writer.bytes(mappedBytes(peer.address));
  });
  return writer.finish();
}

function refuseMoreThan(most: number, what: string, count: number): void {
  if (count > most)
    throw new RangeError(`${String(count)} ${what} where at most ${String(most)} are allowed`);
}

export interface FrameMessage {
  readonly kind: 'frame';
  readonly group: bigint;
  /** Position among the control interfaces. */
  readonly interface: number;
  readonly type: FrameType;
  readonly flags: FrameFlags;
  readonly hostId: HostId;
  readonly incarnation: bigint;
  readonly sequence: bigint;
  readonly term: number;
  readonly infoVersion: number;
  readonly receivedAt: Instant;
  /** Value of the PIECE TLV of an information frame, of the COMMAND TLV of others. A view into the packet. */
  readonly body: Buffer;
}

/** What the thread knows of one host; the fields of the core's HostReport, and two more. */
export interface ReportedHost extends FrameFlags {
  readonly id: HostId;
  readonly incarnation: bigint;
  readonly sequence: bigint;
  /** R51: it has named this heartbeat process, so it is no recording. Until then all is empty that follows, but for members' word of it. */
  readonly echoed: boolean;
  readonly term: number;
  readonly infoVersion: number;
  readonly permittedAt: Instant;
  readonly relayedAt: Instant;
  /** Newest frame on each control interface, in their order. */
  readonly links: readonly Instant[];
}

export interface ReportMessage {
  readonly kind: 'report';
  readonly group: bigint;
  readonly at: Instant;
  /** R52: the group's lease has ended, for the how manieth time; no heartbeat is permitted until `reopen`. 0: it runs. */
  readonly lapse: number;
  readonly hosts: readonly ReportedHost[];
}

export interface SyncedMessage {
  readonly kind: 'synced';
  readonly token: number;
}

export interface CountersMessage {
  readonly kind: 'counters';
  readonly group: bigint;
  readonly counters: Readonly<Record<CounterName, number>>;
}

export interface ConflictMessage {
  readonly kind: 'conflict';
  readonly group: bigint;
  readonly reason: 'own-id' | 'wrong-key';
  readonly source: Address;
}

export type FromHeartbeat = FrameMessage | ReportMessage | SyncedMessage | CountersMessage | ConflictMessage;

/** Throws on anything that the heartbeat thread would not send: a bug of the sibling. */
export function decodeFromHeartbeat(data: Uint8Array): FromHeartbeat {
  const reader = new Reader(data);
  const kind = reader.u8();
  switch (kind) {
    case TO_CONTROL.frame:
      return readFrame(reader, data.length);
    case TO_CONTROL.report:
      return readReport(reader);
    case TO_CONTROL.synced:
      return { kind: 'synced', token: reader.u32() };
    case TO_CONTROL.counters:
      return { kind: 'counters', group: reader.u64(), counters: readCounters(reader) };
    case TO_CONTROL.conflict:
      return readConflict(reader);
    default:
      throw new Error(`heartbeat sent a message of the unknown kind ${String(kind)}`);
  }
}

/** Nanoseconds of CLOCK_BOOTTIME; 0 stands for never. As a double: good to a nanosecond for 104 days, to two beyond. */
function readInstant(reader: Reader): Instant {
  const nanoseconds = reader.u32() * 2 ** 32 + reader.u32();
  return nanoseconds === 0 ? NEVER : instant(nanoseconds / NANOSECONDS_A_MILLISECOND);
}

const FRAME_HEAD_BYTES = 61;

function readFrame(reader: Reader, length: number): FrameMessage {
  return {
    kind: 'frame',
    group: reader.u64(),
    interface: reader.u8(),
    type: reader.u8() as FrameType,
    flags: flagsFromBits(reader.u16()),
    hostId: addressFromMapped(reader.bytes(16)),
    incarnation: reader.u64(),
    sequence: reader.u64(),
    term: reader.u32(),
    infoVersion: reader.u32(),
    receivedAt: readInstant(reader),
    body: reader.bytes(length - FRAME_HEAD_BYTES),
  };
}

function readReport(reader: Reader): ReportMessage {
  const group = reader.u64();
  const at = readInstant(reader);
  const lapse = reader.u32();
  const interfaces = reader.u8();
  const hosts = reader.list(MAX_HOSTS, () => readHost(reader, interfaces));
  reader.end();
  return { kind: 'report', group, at, lapse, hosts };
}

function readHost(reader: Reader, interfaces: number): ReportedHost {
  const id = readHostId(reader);
  const [incarnation, sequence, flags] = [reader.u64(), reader.u64(), reader.u16()];
  const { permit, joining, leaving, observer } = flagsFromBits(flags);
  const host = {
    id,
    incarnation,
    sequence,
    permit,
    joining,
    leaving,
    observer,
    echoed: (flags & ECHOED) !== 0,
    term: reader.u32(),
    infoVersion: reader.u32(),
    permittedAt: readInstant(reader),
    relayedAt: readInstant(reader),
  };
  const links: Instant[] = [];
  while (links.length < interfaces) links.push(readInstant(reader));
  return { ...host, links };
}

/** IPv4 addresses as numbers, and as texts: the same ones come with every report. */
const knownIds = new Map<number, HostId>();
const MAPPED = 0xffff;

function readHostId(reader: Reader): HostId {
  const words = [reader.u32(), reader.u32(), reader.u32(), reader.u32()] as const;
  const isMapped = words[0] === 0 && words[1] === 0 && words[2] === MAPPED;
  const known = isMapped ? knownIds.get(words[3]) : undefined;
  if (known !== undefined) return known;
  const bytes = Buffer.alloc(16);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, 4 * index);
  const id = addressFromMapped(bytes);
  if (knownIds.size >= MAX_HOSTS) knownIds.clear();
  if (isMapped) knownIds.set(words[3], id);
  return id;
}

function readCounters(reader: Reader): Record<CounterName, number> {
  const count = reader.u8();
  if (count !== COUNTER_NAMES.length) throw new Error(`heartbeat sent ${String(count)} counters`);
  return Object.fromEntries(COUNTER_NAMES.map((name) => [name, Number(reader.u64())])) as Record<
    CounterName,
    number
  >;
}

function readConflict(reader: Reader): ConflictMessage {
  const group = reader.u64();
  const reason = reader.u8() === 1 ? 'own-id' : 'wrong-key';
  return { kind: 'conflict', group, reason, source: addressFromMapped(reader.bytes(16)) };
}
