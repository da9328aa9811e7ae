// How long each group's addresses may stay (R52). A lease is a moment of CLOCK_BOOTTIME; it is over when that moment
// has passed, whether or not a timer noticed. One that has ended is opened again by a renewal only, never by itself:
// what was asked for before a pause of this host must not come true after it.

import { after, earlier, NO_DEADLINE, type Instant, type Milliseconds } from '../core/time.js';

export class Leases {
  readonly #ends = new Map<string, Instant>();
  readonly #ended = new Set<string>();

  /** Runs `span` from `from` on. A renewal that is over already (it was long on its way) changes nothing. */
  renew(group: string, from: Instant, span: Milliseconds, now: Instant): void {
    const end = after(from, span);
    if (end <= now) return;
    this.#ends.set(group, end);
    this.#ended.delete(group);
  }

  /** A first lease, for a group that has none running. */
  grant(group: string, span: Milliseconds, now: Instant): void {
    if (!this.isRunning(group, now)) this.renew(group, now, span, now);
  }

  isRunning(group: string, now: Instant): boolean {
    return (this.#ends.get(group) ?? now) > now;
  }

  /** It ran out and was not renewed since. */
  hasEnded(group: string): boolean {
    return this.#ended.has(group);
  }

  /** The groups whose lease has run out since the last call, sorted. */
  takeEnded(now: Instant): string[] {
    const groups = [...this.#ends].filter(([, end]) => end <= now).map(([group]) => group);
    for (const group of groups) {
      this.#ends.delete(group);
      this.#ended.add(group);
    }
    return groups.sort();
  }

  /** When the next one runs out. */
  nextEnd(): Instant {
    return [...this.#ends.values()].reduce(earlier, NO_DEADLINE);
  }

  /** Forgets all but these groups: the others are no longer configured. */
  keep(groups: ReadonlySet<string>): void {
    for (const group of this.#ends.keys()) if (!groups.has(group)) this.#ends.delete(group);
    for (const group of this.#ended) if (!groups.has(group)) this.#ended.delete(group);
  }
}
