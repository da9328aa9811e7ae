// A process of a host: it acts only while it lives and is not stopped. What falls due while it is stopped waits, and
// happens in order when it goes on; what falls due after its end never happens.

import type { Appointment, Timeline } from './timeline.js';

export class Process {
  protected readonly timeline: Timeline;
  private alive = true;
  private stops = 0;
  private waiting: (() => void)[] = [];

  constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  get isAlive(): boolean {
    return this.alive;
  }

  get isRunning(): boolean {
    return this.alive && this.stops === 0;
  }

  get now(): number {
    return this.timeline.now;
  }

  /** Later, in this process. `recurs`: see Appointment. */
  after(delay: number, action: () => void, recurs = false): Appointment {
    return this.timeline.after(delay, action, this, recurs);
  }

  at(moment: number, action: () => void, recurs = false): Appointment {
    return this.timeline.at(moment, action, this, recurs);
  }

  /** Now, or when it goes on. */
  run(action: () => void): void {
    if (!this.alive) return;
    if (this.stops > 0) this.waiting.push(action);
    else action();
  }

  /** Stops nest: it goes on when each has been ended. */
  stop(): void {
    this.stops += 1;
  }

  goOn(): void {
    this.stops -= 1;
    const due = this.waiting;
    this.waiting = [];
    for (const action of due) this.run(action);
  }

  kill(): void {
    this.alive = false;
    this.waiting = [];
  }
}
