// The memory in which a control process finds what the one before it has left (R53). Two halves, written in turn, and a head
// that says which of them counts: a process that dies while it writes has written nothing.

import { fstatSync, readSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { Checkpoint } from '../core/checkpoint.js';
import { instant, type Instant } from '../core/time.js';

/** Group → its monitor. */
export type Checkpoints = Readonly<Record<string, Checkpoint>>;

/** Another number wherever something in a checkpoint changes its meaning, or its shape below the fields of a monitor, which are compared. */
const VERSION = 6;
/** No group is near it; what is larger is not kept. */
const MOST_BYTES = 32 << 20;
const HALVES = 4096;

// The head, in doubles: which version, which half was written last (0: none, 1, 2; negative: it was discarded), its bytes, and
// when the last step was taken.
const VALID = 8;
const STEPPED = 24;
const HEAD_BYTES = 32;

export interface Left {
  readonly groups: Checkpoints;
  readonly steppedAt: Instant;
  /** It can be gone on from. Otherwise only what an operator has said still holds. */
  readonly isCurrent: boolean;
}

export class CheckpointFile {
  private readonly descriptor: number;
  private readonly number = Buffer.alloc(8);
  private half = 0;
  private counts = false;

  /** `descriptor`: open for reading and writing; owned from here on. */
  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** What was left, and when the one who left it took its last step; null: nothing. */
  load(): Left | null {
    if (fstatSync(this.descriptor).size < HEAD_BYTES) return null;
    const head = this.read(0, HEAD_BYTES);
    const [version, written, bytes, steppedAt] = [0, VALID, 16, STEPPED].map((at) => head.readDoubleLE(at));
    if (written === undefined || bytes === undefined) return null;
    const half = Math.abs(written);
    if (half !== 1 && half !== 2) return null;
    this.half = half;
    const isCurrent = version === VERSION && written > 0;
    this.counts = isCurrent;
    const groups = this.groupsIn(half, bytes);
    return groups === null ? null : { groups, steppedAt: instant(steppedAt ?? 0), isCurrent };
  }

  /** Called at each step: one small write to memory. */
  noteStep(now: Instant): void {
    this.write(STEPPED, now);
  }

  /** What stands there is wrong from now on, but for what an operator has said. */
  discard(): void {
    if (!this.counts) return;
    this.counts = false;
    this.write(VALID, -this.half);
  }

  save(groups: Checkpoints): void {
    const data = serialize(groups);
    if (data.length > MOST_BYTES) {
      this.discard();
      return;
    }
    this.half = this.half === 1 ? 2 : 1;
    writeSync(this.descriptor, data, 0, data.length, offsetOf(this.half));
    const head = Buffer.alloc(STEPPED);
    for (const [position, value] of [VERSION, this.half, data.length].entries())
      head.writeDoubleLE(value, position * 8);
    // In one: either half counts, with its own length.
    writeSync(this.descriptor, head, 0, head.length, 0);
    this.counts = true;
  }

  private groupsIn(half: number, bytes: number): Checkpoints | null {
    try {
      return deserialize(this.read(offsetOf(half), bytes)) as Checkpoints;
    } catch {
      // Of another version, which arranges it in another way.
      return null;
    }
  }

  private write(at: number, value: number): void {
    this.number.writeDoubleLE(value);
    writeSync(this.descriptor, this.number, 0, this.number.length, at);
  }

  private read(at: number, length: number): Buffer {
    const data = Buffer.alloc(length);
    return data.subarray(0, readSync(this.descriptor, data, 0, length, at));
  }
}

const offsetOf = (half: number): number => HALVES + (half - 1) * MOST_BYTES;
