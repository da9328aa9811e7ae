// Virtual time: what is to happen, in order. Equal moments happen in the order in which they were asked for. Where nothing
// happens but what comes again and again, time may leap over any number of rounds of it.

import type { Process } from './process.js';

type Action = () => void;

/** Something that will happen; `cancel` it as long as it has not. */
export class Appointment {
  at: number;
  readonly order: number;
  action: Action | null;
  /** The process that it happens in; null: the world's own. */
  readonly process: Process | null;
  /** It belongs to the steady round of things, which a leap puts off; everything else stands where it is. */
  readonly recurs: boolean;

  constructor(at: number, order: number, action: Action, process: Process | null, recurs: boolean) {
    this.at = at;
    this.order = order;
    this.action = action;
    this.process = process;
    this.recurs = recurs;
  }

  cancel(): void {
    this.action = null;
  }
}

/** Moments are multiples of this part of a millisecond, so that sums of them are exact, however far a leap goes. */
const GRAIN = 1024;
export const onGrain = (moment: number): number => Math.ceil(moment * GRAIN) / GRAIN;

export class Timeline {
  /** Milliseconds since the beginning of the world. */
  now = 0;
  /** Nothing takes longer or shorter by chance: each round of heartbeats is as the one before. */
  isStill = false;
  /** What has happened so far. */
  happened = 0;
  private readonly heap: Appointment[] = [];
  private nextOrder = 0;

  /** Not before now. */
  at(moment: number, action: Action, process: Process | null = null, recurs = false): Appointment {
    const at = Math.max(onGrain(moment), this.now);
    const appointment = new Appointment(at, this.nextOrder++, action, process, recurs);
    this.push(appointment);
    return appointment;
  }

  after(delay: number, action: Action, process: Process | null = null, recurs = false): Appointment {
    return this.at(this.now + delay, action, process, recurs);
  }

  /** Lets happen all that is due up to `until`. */
  run(until: number): void {
    const moment = onGrain(until);
    for (;;) {
      const next = this.heap[0];
      if (next === undefined || next.at > moment) break;
      this.pop();
      this.happen(next);
    }
    this.now = moment;
  }

  /** When the first happens that does not recur; Infinity: nothing is in sight. */
  nextUnique(): number {
    let next = Infinity;
    for (const { action, at, recurs } of this.heap) if (action !== null && !recurs && at < next) next = at;
    return next;
  }

  /** The next happening, whenever it is due. */
  runNext(): void {
    const next = this.pop();
    if (next !== undefined) this.happen(next);
  }

  /** Puts off all that recurs, so that it goes on after the leap as it would have now. Nothing else may be due before. */
  leap(span: number): void {
    this.now += span;
    const waiting = this.heap.splice(0);
    for (const appointment of waiting) {
      if (appointment.action === null) continue;
      if (appointment.recurs) appointment.at += span;
      this.push(appointment);
    }
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

  private pop(): Appointment | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
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
    return first;
  }
}

const isBefore = (a: Appointment, b: Appointment): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);

/** A moment after a leap: what happened since `since` was the last of many times, and has happened anew. */
export const leapt = (at: number, span: number, since: number): number => (at >= since ? at + span : at);
