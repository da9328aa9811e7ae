// A socket between two processes of one host: in order, short delays, bounded.

import type { Process } from './process.js';
import type { Random } from './random.js';
import type { Timeline } from './timeline.js';

/** Milliseconds. */
const DELAY = [0.03, 0.3] as const;
const STILL_DELAY = 0.15;

export class Channel {
  private readonly timeline: Timeline;
  private readonly random: Random;
  private readonly receiver: Process;
  private readonly bound: number;
  private lastAt = 0;
  private underWay = 0;
  private isOpen = true;

  /** `bound`: packets that its buffer holds. */
  constructor(timeline: Timeline, random: Random, receiver: Process, bound = Infinity) {
    this.timeline = timeline;
    this.random = random;
    this.receiver = receiver;
    this.bound = bound;
  }

  get isBusy(): boolean {
    return this.underWay >= this.bound;
  }

  /** `receive` runs in the receiving process; `arrived`: when it could have been read. False: the buffer is full. */
  send(receive: (arrived: number) => void): boolean {
    if (this.isBusy) return false;
    this.underWay += 1;
    const { isStill, now } = this.timeline;
    const arrival = Math.max(this.lastAt, now + (isStill ? STILL_DELAY : this.random.between(...DELAY)));
    this.lastAt = arrival;
    this.timeline.at(
      arrival,
      () => {
        this.underWay -= 1;
        if (this.isOpen) receive(arrival);
      },
      this.receiver,
    );
    return true;
  }

  /** What is still under way is lost. */
  close(): void {
    this.isOpen = false;
  }
}
