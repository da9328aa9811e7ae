// Snapshots arrive in pieces, in any order and more than once; a host's newest one that is whole is its information.

import type { HostId } from '../core/address.js';
import type { Information } from '../core/host-information.js';
import { after, type Instant } from '../core/time.js';
import { Reader, WireError } from '../wire/bytes.js';
import { MAX_PIECES } from '../wire/limits.js';
import { decodeSnapshot } from '../wire/snapshot.js';

interface Assembly {
  readonly incarnation: bigint;
  readonly version: number;
  readonly pieces: (Buffer | undefined)[];
  missing: number;
}

export interface ArrivedPiece {
  readonly hostId: HostId;
  readonly incarnation: bigint;
  readonly receivedAt: Instant;
  /** Value of the PIECE TLV (src/wire/frame.md). */
  readonly body: Buffer;
}

export class Assembler {
  private readonly assemblies = new Map<HostId, Assembly>();

  /** The information that this piece made whole, with the moment at which it was true; null if it is not whole yet. */
  add(arrived: ArrivedPiece): { readonly information: Information; readonly at: Instant } | null {
    const reader = new Reader(arrived.body);
    const [version, index, count, age] = [reader.u32(), reader.u16(), reader.u16(), reader.u32()];
    if (count === 0 || count > MAX_PIECES || index >= count) throw new WireError('piece out of range');
    const assembly = this.assemblyOf(arrived, version, count);
    if (assembly === null || assembly.pieces[index] !== undefined) return null;
    assembly.pieces[index] = Buffer.from(arrived.body.subarray(12));
    assembly.missing -= 1;
    if (assembly.missing > 0) return null;
    const information = decodeSnapshot(Buffer.concat(assembly.pieces.filter((piece) => piece !== undefined)));
    if (information.host.id !== arrived.hostId) throw new WireError('information of another host');
    return { information, at: after(arrived.receivedAt, -age) };
  }

  /** The assembly that a piece belongs to; null: it belongs to an older snapshot than the newest known. */
  private assemblyOf(arrived: ArrivedPiece, version: number, count: number): Assembly | null {
    const known = this.assemblies.get(arrived.hostId);
    if (known?.incarnation === arrived.incarnation) {
      if (isOlder(version, known.version)) return null;
      if (version === known.version) {
        if (known.pieces.length !== count)
          throw new WireError('pieces of one snapshot disagree on their count');
        return known;
      }
    }
    const fresh: Assembly = {
      incarnation: arrived.incarnation,
      version,
      pieces: new Array<Buffer | undefined>(count).fill(undefined),
      missing: count,
    };
    this.assemblies.set(arrived.hostId, fresh);
    return fresh;
  }
}

/** Versions wrap around: compared as serial numbers (RFC 1982). */
const isOlder = (version: number, than: number): boolean => ((version - than) | 0) < 0;
