// Virtual time: what is to happen, in order. Equal moments happen in the order in which they were asked for.

import type { Process } from './process.js';

type Action = () => void;

/** Something that will happen; `cancel` it as long as it has not. */
export class Appointment {
  readonly at: number;
  readonly order: number;
  action: Action | null;
  /** The process that it happens in; null: the world's own. */
  readonly process: Process | null;

  constructor(at: number, order: number, action: Action, process: Process | null) {
    this.at = at;
    this.order = order;
    this.action = action;
    this.process = process;
  }

  cancel(): void {
    this.action = null;
  }
}

export class Timeline {
  /** Milliseconds since the beginning of the world. */
  now = 0;
  /** What has happened so far. */
  happened = 0;
  private readonly heap: Appointment[] = [];
  private nextOrder = 0;

  /** Not before now. */
  at(moment: number, action: Action, process: Process | null = null): Appointment {
    const appointment = new Appointment(Math.max(moment, this.now), this.nextOrder++, action, process);
    this.push(appointment);
    return appointment;
  }

  after(delay: number, action: Action, process: Process | null = null): Appointment {
    return this.at(this.now + delay, action, process);
  }

  /** Lets happen all that is due up to `moment`. */
  run(moment: number): void {
    for (;;) {
      const next = this.heap[0];
      if (next === undefined || next.at > moment) break;
      this.pop();
      this.happen(next);
    }
    this.now = moment;
  }

  private happen(next: Appointment): void {
    const { action, process } = next;
    if (action === null) return;
    this.now = next.at;
    next.action = null;
    this.happened += 1;
    if (process === null) action();
    else process.run(action);
  }

  private push(appointment: Appointment): void {
    const { heap } = this;
    let index = heap.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Appointment;
      if (!isBefore(appointment, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = appointment;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      let least = left;
      if (right !== undefined && isBefore(right, left)) {
        least = right;
        child += 1;
      }
      if (!isBefore(least, last)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
  }
}

const isBefore = (a: Appointment, b: Appointment): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);
