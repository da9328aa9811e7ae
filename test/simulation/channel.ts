// A socket between two processes of one host: in order, short delays, bounded.

import type { Process } from './process.js';
import type { Random } from './random.js';
import type { Timeline } from './timeline.js';

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
    const arrival = Math.max(this.lastAt, this.timeline.now + this.random.between(0.03, 0.3));
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
