// Big-endian reading and writing with bounds. A reader never reads beyond its end: what is too short is malformed.

import { addressBytes, addressFromBytes, type Address } from '../core/address.js';

/** What a peer sent cannot be what it should be. Weather, not a bug: count it and go on. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const MOST_TEXT_BYTES = 255;

export class Writer {
  private buffer = Buffer.alloc(512);
  private length = 0;

  /** Where `bytes` more begin. May exchange the buffer: call it before the buffer is looked at. */
  private room(bytes: number): number {
    const at = this.length;
    this.length += bytes;
    if (this.length > this.buffer.length)
      this.buffer = Buffer.concat([this.buffer], Math.max(this.length, 2 * this.buffer.length));
    return at;
  }

  u8(value: number): void {
    const at = this.room(1);
    this.buffer.writeUInt8(value, at);
  }
  u16(value: number): void {
    const at = this.room(2);
    this.buffer.writeUInt16BE(value, at);
  }
  u32(value: number): void {
    const at = this.room(4);
    this.buffer.writeUInt32BE(value, at);
  }
  u48(value: number): void {
    const at = this.room(6);
    this.buffer.writeUIntBE(value, at, 6);
  }
  u64(value: bigint): void {
    const at = this.room(8);
    this.buffer.writeBigUInt64BE(value, at);
  }
  bytes(value: Uint8Array): void {
    const at = this.room(value.length);
    this.buffer.set(value, at);
  }
  /** Length in one byte, then UTF-8; longer text is cut behind the last character that fits 255 bytes. */
  text(value: string): void {
    const encoded = Buffer.from(value);
    let length = Math.min(encoded.length, MOST_TEXT_BYTES);
    while (length < encoded.length && ((encoded[length] ?? 0) & 0xc0) === 0x80) length--;
    this.u8(length);
    this.bytes(encoded.subarray(0, length));
  }
  /** Family byte (4, 6), then 4 or 16 bytes. */
  address(value: Address): void {
    const encoded = addressBytes(value);
    this.u8(encoded.length === 4 ? 4 : 6);
    this.bytes(encoded);
  }
  /** Count in two bytes, then each item. */
  list<T>(items: readonly T[], write: (item: T) => void): void {
    this.u16(items.length);
    for (const item of items) write(item);
  }
  finish(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}

export class Reader {
  private readonly buffer: Buffer;
  /** Its reads are no calls of JavaScript, of which a report of a heartbeat would take a hundred. */
  private readonly view: DataView;
  private at = 0;

  constructor(data: Uint8Array) {
    this.buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  private take(bytes: number): number {
    const at = this.at;
    if (at + bytes > this.view.byteLength) throw new WireError('truncated');
    this.at = at + bytes;
    return at;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }
  u16(): number {
    return this.view.getUint16(this.take(2));
  }
  u32(): number {
    return this.view.getUint32(this.take(4));
  }
  u48(): number {
    return this.buffer.readUIntBE(this.take(6), 6);
  }
  u64(): bigint {
    return this.view.getBigUint64(this.take(8));
  }
  bytes(length: number): Buffer {
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }
  text(): string {
    return this.bytes(this.u8()).toString('utf8');
  }
  address(): Address {
    const family = this.u8();
    if (family !== 4 && family !== 6) throw new WireError(`address family ${String(family)}`);
    return addressFromBytes(this.bytes(family === 4 ? 4 : 16));
  }
  /** Refuses more than `most` items before it reads any. */
  list<T>(most: number, read: () => T): T[] {
    const count = this.u16();
    if (count > most) throw new WireError(`${String(count)} items where at most ${String(most)} are allowed`);
    const items: T[] = [];
    while (items.length < count) items.push(read());
    return items;
  }
  /** Nothing may follow. */
  end(): void {
    if (this.at !== this.buffer.length) throw new WireError('trailing bytes');
  }
}
