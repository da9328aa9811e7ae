// Emulated members: what each says in its next frame. One daemon is real; what is heard of it is the same for all of them.

import { createHmac } from 'node:crypto';

import { parseAddress } from '../../src/core/address.js';
import type { Address } from '../../src/core/address.js';
import { groupTag, INFORMATION, mappedBytes } from '../../src/wire/frame.js';
import { encodeSnapshot } from '../../src/wire/snapshot.js';

export interface EmulatorSettings {
  readonly members: number;
  /** The group's name, address and port; its key as text. */
  readonly name: string;
  readonly group: string;
  readonly port: number;
  readonly key: string;
  /** Own addresses on the control networks. */
  readonly own: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** What the last member serves. */
  readonly address: string;
}

const PERMIT = 1;
const HEARD = 1;
const PIECE = 2;
/** As a daemon does (src/wire/limits.ts): entries of IPv4 hosts in a frame, and bytes of each. */
const HEARD_ENTRIES = 24;
const ENTRY_BYTES = 20;
const HEADER_BYTES = 60;
const TLV_BYTES = 4;
const PIECE_BYTES = 12;
const MAC_BYTES = 32;

interface Member {
  readonly id: Address;
  readonly header: Buffer;
  readonly piece: Buffer;
  readonly entry: Buffer;
  sequence: bigint;
  sentMs: number;
}

/** Ids above those of the farm's hosts, so that the daemon leads. */
export const idOf = (index: number): Address =>
  addressOf(`10.78.${String(index >> 7)}.${String(1 + (index & 127))}`);

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === null) throw new Error(`not an address: ${text}`);
  return address;
}

export class Members {
  readonly count: number;
  private readonly members: Member[];
  private readonly key: Buffer;
  /** HEARD entry of the daemon; null: nothing came yet. */
  private daemon: Buffer | null = null;
  private term = 0;
  private next = 0;

  constructor(settings: EmulatorSettings) {
    this.count = settings.members;
    this.key = Buffer.from(settings.key);
    this.members = Array.from({ length: settings.members }, (_, index) => memberOf(index, settings));
  }

  /** Takes in a frame of the daemon. Its MAC is not looked at: nobody else is on these networks. */
  hears(datagram: Buffer): void {
    const entry = Buffer.alloc(ENTRY_BYTES);
    entry[0] = 4;
    datagram.copy(entry, 4, 36, 40);
    datagram.copy(entry, 8, 40, 48);
    datagram.copy(entry, 16, 28, 32);
    this.daemon = entry;
    this.term = datagram.readUInt32BE(48);
  }

  /** When a member spoke last, in the milliseconds of `frame`. */
  lastSentMs(index: number): number {
    return this.members[index]?.sentMs ?? 0;
  }

  /** The next frame of a member, signed. */
  frame(index: number, nowMs: number): Buffer {
    const member = this.members[index]!;
    member.sequence += 1n;
    member.sentMs = nowMs;
    member.entry.writeBigUInt64BE(member.sequence, 8);
    const { header } = member;
    header.writeBigUInt64BE(member.sequence, 40);
    header.writeUInt32BE(this.term, 48);
    const heard = this.heard(nowMs);
    const parts = [header, tlv(HEARD, heard), heard, member.piece];
    const length = parts.reduce((sum, part) => sum + part.length, MAC_BYTES);
    header.writeUInt16BE(length, 56);
    const mac = createHmac('sha256', this.key);
    for (const part of parts) mac.update(part);
    return Buffer.concat([...parts, mac.digest()], length);
  }

  /** The daemon, and as many of the others as fit, in turn. */
  private heard(nowMs: number): Buffer {
    const entries = this.daemon === null ? [] : [this.daemon];
    while (entries.length < Math.min(HEARD_ENTRIES, this.count)) {
      const other = this.members[this.next++ % this.count]!;
      other.entry.writeUInt16BE(Math.min(65_535, Math.ceil(nowMs - other.sentMs) + 1), 2);
      entries.push(other.entry);
    }
    return Buffer.concat(entries);
  }
}

const tlv = (type: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(TLV_BYTES);
  head[0] = type;
  head.writeUInt16BE(value.length, 2);
  return head;
};

function memberOf(index: number, settings: EmulatorSettings): Member {
  const id = idOf(index);
  const incarnation = 0x5241_4953_0000_0001n + BigInt(index);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RAIS', 0, 'latin1');
  header[4] = 1;
  header[5] = INFORMATION;
  header.writeUInt16BE(PERMIT, 6);
  header.writeBigUInt64BE(groupTag(settings.name), 8);
  mappedBytes(id).copy(header, 16);
  header.writeBigUInt64BE(incarnation, 32);
  header.writeUInt32BE(1, 52);
  const entry = Buffer.alloc(ENTRY_BYTES);
  entry[0] = 4;
  entry.writeUInt32BE(Number(incarnation & 0xffff_ffffn), 4);
  mappedBytes(id).copy(entry, 16, 12);
  const serves = index === settings.members - 1 ? settings.address : null;
  return { id, header, piece: pieceOf(id, serves), entry, sequence: 0n, sentMs: 0 };
}

/** The PIECE TLV with the whole of its information: a hot spare, or the one that serves an address. */
function pieceOf(id: Address, serves: string | null): Buffer {
  const addresses = serves === null ? [] : [addressOf(serves)];
  const snapshot = encodeSnapshot({
    host: {
      id,
      controlAddresses: [id],
      hardwareAddress: '02:52:41:01:00:01',
      ok: true,
      failures: [],
      quiesced: false,
      observer: false,
      dns: false,
      load: 0,
      capacity: 0,
      preferred: addresses,
      serving: addresses.map((address) => ({ address, state: 'online', reason: 'preferred', attempts: 0 })),
      partitioned: [],
      unheard: [],
    },
    others: [],
    addresses: [],
  });
  const head = Buffer.alloc(PIECE_BYTES);
  head.writeUInt32BE(1, 0);
  head.writeUInt16BE(1, 6);
  const value = Buffer.concat([head, snapshot]);
  return Buffer.concat([tlv(PIECE, value), value]);
}
