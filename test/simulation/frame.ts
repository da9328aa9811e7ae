// A frame of the control network (src/wire/frame.md) as far as the simulation needs it: the parts that the C++ side
// writes are fields, the parts that TypeScript writes are the bytes themselves.

import type { MoveMessage } from './move-messages.js';

export interface HeardEntry {
  /** Position of the host in the scenario, as everywhere here. */
  readonly host: number;
  /** Milliseconds; AGE_UNKNOWN: that or more. */
  readonly age: number;
  readonly incarnation: bigint;
  readonly sequence: number;
}

export interface Piece {
  readonly version: number;
  readonly index: number;
  readonly count: number;
  readonly age: number;
  readonly bytes: Uint8Array;
}

export type FrameType = 'information' | 'acquire' | 'release' | 'prepare' | 'request';

export interface Frame {
  readonly group: number;
  readonly host: number;
  readonly incarnation: bigint;
  readonly sequence: number;
  readonly type: FrameType;
  readonly permit: boolean;
  readonly joining: boolean;
  readonly leaving: boolean;
  readonly observer: boolean;
  readonly term: number;
  readonly infoVersion: number;
  readonly heard: readonly HeardEntry[];
  readonly piece: Piece | null;
  readonly body: Uint8Array | null;
  /** What it says of planned moves that the frames before it did not (R55). */
  readonly moves: readonly MoveMessage[];
}

export const AGE_UNKNOWN = 65_535;
/** As src/wire/limits.ts: bytes of HEARD, of which an IPv4 entry takes 20, and of one piece. */
export const HEARD_ENTRIES = 24;
export const PIECE_BYTES = 768;

/** The value of the PIECE TLV. */
export function pieceBody({ version, index, count, age, bytes }: Piece): Buffer {
  const body = Buffer.allocUnsafe(12 + bytes.length);
  body.writeUInt32BE(version, 0);
  body.writeUInt16BE(index, 4);
  body.writeUInt16BE(count, 6);
  body.writeUInt32BE(age, 8);
  body.set(bytes, 12);
  return body;
}
