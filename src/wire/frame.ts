// The frame of frame.md in TypeScript: what tests and tools send and read. The daemon's own frames are made and judged
// by native/heartbeat; test/wire/frame-vectors.txt keeps the two alike.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { addressBytes, addressFromBytes, familyOf } from '../core/address.js';
import type { Address, HostId } from '../core/address.js';
import { Reader, WireError, Writer } from './bytes.js';
import {
  HEADER_BYTES,
  MAC_BYTES,
  MAX_COMMAND_BYTES,
  MAX_FRAME_BYTES,
  MAX_PIECE_BYTES,
  MAX_PIECES,
} from './limits.js';

const MAGIC = Buffer.from('RAIS');
const VERSION = 1;
const LENGTH_OFFSET = 56;
const TLV = { heard: 1, piece: 2, command: 3 } as const;
const PIECE_HEADER_BYTES = 12;

/** R8: information, acquire, release, prepare, hold, operator request. */
export type FrameType = 1 | 2 | 3 | 4 | 5 | 6;
export const INFORMATION = 1;

export interface FrameFlags {
  /** The sender's control process runs. */
  readonly permit: boolean;
  readonly joining: boolean;
  readonly leaving: boolean;
  readonly observer: boolean;
}

/** The age in a HEARD entry that stands for itself and all above, and for "never". */
export const AGE_UNKNOWN = 65_535;

export interface HeardEntry {
  readonly hostId: HostId;
  /** Milliseconds since its newest frame with PERMIT, rounded up: 0 … AGE_UNKNOWN. */
  readonly age: number;
  /** The low 32 bits of its incarnation. */
  readonly incarnationLow: number;
  readonly sequence: bigint;
}

export interface Piece {
  readonly version: number;
  readonly index: number;
  readonly count: number;
  /** Of the snapshot, milliseconds. */
  readonly age: number;
  readonly data: Uint8Array;
}

export interface Frame {
  /** Any byte may be sent; what is none of FrameType is refused by whoever receives it. */
  readonly type: number;
  readonly flags: FrameFlags;
  readonly group: bigint;
  readonly hostId: HostId;
  readonly incarnation: bigint;
  readonly sequence: bigint;
  readonly term: number;
  readonly infoVersion: number;
  readonly heard: readonly HeardEntry[];
  readonly piece: Piece | null;
  /** Only in frames that are not information; null there is the same as empty. */
  readonly command: Uint8Array | null;
}

/** Why a datagram is no frame; the names of the counters. */
export type Refusal = 'oversized' | 'truncated' | 'magic' | 'version' | 'mac' | 'unknown-type' | 'malformed';

export type Decoded = { readonly frame: Frame } | { readonly refused: Refusal };

/** The first 8 bytes of SHA-256(`raisd group ` + name). */
export const groupTag = (name: string): bigint =>
  createHash('sha256').update(`raisd group ${name}`).digest().readBigUInt64BE(0);

const MAPPED_PREFIX = Buffer.from('00000000000000000000ffff', 'hex');

/** 16 bytes; IPv4 as `::ffff:a.b.c.d`. */
export const mappedBytes = (address: Address): Buffer => {
  const bytes = addressBytes(address);
  return bytes.length === 16 ? Buffer.from(bytes) : Buffer.concat([MAPPED_PREFIX, bytes]);
};

export const addressFromMapped = (bytes: Uint8Array): Address =>
  addressFromBytes(MAPPED_PREFIX.compare(bytes, 0, 12) === 0 ? bytes.subarray(12) : bytes);

/** PERMIT, JOINING, LEAVING, OBSERVER as their bits. */
export const flagBits = ({ permit, joining, leaving, observer }: FrameFlags): number =>
  Number(permit) | (Number(joining) << 1) | (Number(leaving) << 2) | (Number(observer) << 3);

export const flagsFromBits = (bits: number): FrameFlags => ({
  permit: (bits & 1) !== 0,
  joining: (bits & 2) !== 0,
  leaving: (bits & 4) !== 0,
  observer: (bits & 8) !== 0,
});

/** The datagram of a frame, signed with `key`. Bounds are the caller's: a test may want to exceed them. */
export function encodeFrame(frame: Frame, key: Uint8Array): Buffer {
  const writer = new Writer();
  writer.bytes(MAGIC);
  writer.u8(VERSION);
  writer.u8(frame.type);
  writer.u16(flagBits(frame.flags));
  writer.u64(frame.group);
  writer.bytes(mappedBytes(frame.hostId));
  writer.u64(frame.incarnation);
  writer.u64(frame.sequence);
  writer.u32(frame.term);
  writer.u32(frame.infoVersion);
  writer.u32(0);
  if (frame.heard.length > 0) writeTlv(writer, TLV.heard, encodeHeard(frame.heard));
  if (frame.piece !== null) writeTlv(writer, TLV.piece, encodePiece(frame.piece));
  if (frame.command !== null) writeTlv(writer, TLV.command, frame.command);
  return sealFrame(writer.finish(), key);
}

/** Writes the length into a frame that lacks its MAC, and appends the MAC. */
export function sealFrame(unsealed: Uint8Array, key: Uint8Array): Buffer {
  const sealed = Buffer.from(unsealed);
  sealed.writeUInt16BE(sealed.length + MAC_BYTES, LENGTH_OFFSET);
  return Buffer.concat([sealed, macOf(sealed, key)]);
}

const macOf = (data: Uint8Array, key: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest();

function writeTlv(writer: Writer, type: number, value: Uint8Array): void {
  writer.u8(type);
  writer.u8(0);
  writer.u16(value.length);
  writer.bytes(value);
}

function encodeHeard(entries: readonly HeardEntry[]): Buffer {
  const writer = new Writer();
  for (const { hostId, age, incarnationLow, sequence } of entries) {
    writer.u8(familyOf(hostId));
    writer.u8(0);
    writer.u16(age);
    writer.u32(incarnationLow);
    writer.u64(sequence);
    writer.bytes(addressBytes(hostId));
  }
  return writer.finish();
}

function encodePiece({ version, index, count, age, data }: Piece): Buffer {
  const writer = new Writer();
  writer.u32(version);
  writer.u16(index);
  writer.u16(count);
  writer.u32(age);
  writer.bytes(data);
  return writer.finish();
}

/** Reads a datagram as a host of the group does that has these keys, without the checks that need memory or the network. */
export function decodeFrame(datagram: Uint8Array, keys: readonly Uint8Array[]): Decoded {
  const data = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const refused = refusalOf(data, keys);
  if (refused !== null) return { refused };
  try {
    return { frame: readFrame(data) };
  } catch (error) {
    if (error instanceof WireError) return { refused: 'malformed' };
    throw error;
  }
}

function refusalOf(data: Buffer, keys: readonly Uint8Array[]): Refusal | null {
  if (data.length > MAX_FRAME_BYTES) return 'oversized';
  if (data.length < HEADER_BYTES + MAC_BYTES) return 'truncated';
  if (MAGIC.compare(data, 0, MAGIC.length) !== 0) return 'magic';
  if (data[4] !== VERSION) return 'version';
  const length = data.readUInt16BE(LENGTH_OFFSET);
  if (length > data.length) return 'truncated';
  if (length < data.length) return 'malformed';
  const sealed = data.subarray(0, -MAC_BYTES);
  const mac = data.subarray(-MAC_BYTES);
  if (!keys.some((key) => timingSafeEqual(macOf(sealed, key), mac))) return 'mac';
  const type = data.readUInt8(5);
  return type >= 1 && type <= 6 ? null : 'unknown-type';
}

function readFrame(data: Buffer): Frame {
  const reader = new Reader(data.subarray(5, HEADER_BYTES));
  const type = reader.u8();
  const header = {
    type,
    flags: flagsFromBits(reader.u16()),
    group: reader.u64(),
    hostId: addressFromMapped(reader.bytes(16)),
    incarnation: reader.u64(),
    sequence: reader.u64(),
    term: reader.u32(),
    infoVersion: reader.u32(),
  };
  if (header.incarnation === 0n || header.sequence === 0n)
    throw new WireError('zero incarnation or sequence');
  const tlvs = readTlvs(data.subarray(HEADER_BYTES, -MAC_BYTES));
  const piece = tlvs.get(TLV.piece);
  const command = tlvs.get(TLV.command) ?? null;
  if (type === INFORMATION ? command !== null : piece !== undefined)
    throw new WireError('a TLV of another type of frame');
  if (command !== null && command.length > MAX_COMMAND_BYTES)
    throw new WireError('a command that is too long');
  return {
    ...header,
    heard: readHeard(tlvs.get(TLV.heard) ?? Buffer.alloc(0)),
    piece: piece === undefined ? null : readPiece(piece),
    command,
  };
}

/** Known ones by type, each at most once; unknown ones are skipped. */
function readTlvs(data: Buffer): Map<number, Buffer> {
  const known: readonly number[] = Object.values(TLV);
  const found = new Map<number, Buffer>();
  for (let at = 0; at < data.length;) {
    const head = new Reader(data.subarray(at));
    const type = head.u8();
    head.u8();
    const value = head.bytes(head.u16());
    at += 4 + value.length;
    if (!known.includes(type)) continue;
    if (found.has(type)) throw new WireError('a TLV twice');
    found.set(type, value);
  }
  return found;
}

function readHeard(value: Buffer): HeardEntry[] {
  const entries: HeardEntry[] = [];
  for (let at = 0; at < value.length;) {
    const reader = new Reader(value.subarray(at));
    const family = reader.u8();
    if (family !== 4 && family !== 6) throw new WireError(`address family ${String(family)}`);
    reader.u8();
    const [age, incarnationLow, sequence] = [reader.u16(), reader.u32(), reader.u64()];
    const bytes = reader.bytes(family === 4 ? 4 : 16);
    const hostId = family === 4 ? addressFromBytes(bytes) : addressFromMapped(bytes);
    entries.push({ hostId, age, incarnationLow, sequence });
    at += 16 + bytes.length;
  }
  return entries;
}

function readPiece(value: Buffer): Piece {
  if (value.length > PIECE_HEADER_BYTES + MAX_PIECE_BYTES) throw new WireError('a piece that is too long');
  const reader = new Reader(value);
  const [version, index, count, age] = [reader.u32(), reader.u16(), reader.u16(), reader.u32()];
  if (count > MAX_PIECES || index >= count) throw new WireError('piece out of range');
  return { version, index, count, age, data: reader.bytes(value.length - PIECE_HEADER_BYTES) };
}
