// R7: sequence numbers ascend over restarts. A file holds a number that lies ahead of all that were used; the next run
// continues above it. The thread itself never waits for a disk: this keeps the file ahead of it once a second.

import { fdatasyncSync, readSync, writeSync } from 'node:fs';

/** So far the file is put ahead. */
const AHEAD = 1n << 20n;
/** The file is written again when less than this is left; no sender comes near it in a second. */
const LEAST_LEFT = 1n << 19n;
const FILE_BYTES = 8;
/** No run comes near it (native/heartbeat/limits.h): a file that says more is damaged. */
const MOST = 1n << 62n;

export class SequenceReserve {
  private readonly descriptor: number;
  private reserve: bigint;

  /** `descriptor`: the open file, which this owns. A file that is short or damaged counts as never written. */
  constructor(descriptor: number) {
    this.descriptor = descriptor;
    const bytes = Buffer.alloc(FILE_BYTES);
    const stored =
      readSync(descriptor, bytes, 0, FILE_BYTES, 0) === FILE_BYTES ? bytes.readBigUInt64BE() : 0n;
    this.reserve = stored > MOST ? 0n : stored;
  }

  /** Where this run's numbers have to begin: above the reserve and the wall clock in microseconds, whichever is later. */
  start(wallClockMilliseconds: number): bigint {
    const clock = BigInt(Math.floor(wallClockMilliseconds)) * 1000n;
    return this.reserve > clock ? this.reserve : clock;
  }

  /** Puts the file ahead of `sequence`, if it is not far enough. Throws what the disk says. */
  keepAhead(sequence: bigint): void {
    if (this.reserve - sequence >= LEAST_LEFT) return;
    this.reserve = sequence + AHEAD;
    const bytes = Buffer.alloc(FILE_BYTES);
    bytes.writeBigUInt64BE(this.reserve);
    writeSync(this.descriptor, bytes, 0, FILE_BYTES, 0);
    fdatasyncSync(this.descriptor);
  }
}
