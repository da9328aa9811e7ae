// Tells the segment where an address is now, and repeats it: switches and peers miss announcements (R50). The rate is
// bounded on both sides: so many addresses a window, and each address at most once in a short gap however often it is
// asked for. Of IPv4 addresses the first form of ARP of all of them goes before the second form of any: most clients believe either,
// and the last of many addresses is waited for half as long.

import { elapsed, after, NEVER, NO_DEADLINE, earlier, later, type Instant } from '../core/time.js';
import { familyOf } from '../core/address.js';
import type { AnnouncementForm } from './addon.js';
import { placeOf, type Placement } from './placement.js';

/** When an address is announced, in milliseconds from the start. */
export const ANNOUNCEMENT_TIMES = [0, 50, 250, 1000, 2000, 5000] as const;
/**
 * Frames sent in one window at the most; the others follow in the next ones. A kernel's queue to a virtual interface holds 1,000
 * frames, for all who listen there.
 */
export const FRAMES_PER_WINDOW = 200;
const WINDOW_MILLISECONDS = 1;
/** What found its interface's queue full follows so soon, and is tried so often before its next turn comes as usual. */
const RETRY_MILLISECONDS = 2;
const MOST_RETRIES = 10;
/** An address is not announced again before, even if its link flaps or a conflict is reported over and over. */
export const SHORTEST_GAP_MILLISECONDS = 10;

interface Entry {
  readonly placement: Placement;
  started: Instant;
  /** The position in ANNOUNCEMENT_TIMES of the next one. */
  step: number;
  due: Instant;
  sent: Instant;
  /** The first form is out. */
  owesReply: boolean;
  retries: number;
}

export interface AnnouncerPorts {
  now(): Instant;
  /** Called before a repetition: what must not be announced any more is forgotten then (R52). */
  beforeRepetition(): void;
  /** Returns those for which there was no room. */
  send(placements: readonly Placement[], form: AnnouncementForm): readonly Placement[];
  /** For a while there was no room. */
  crowdedOut(placement: Placement): void;
}

export class Announcer {
  readonly #ports: AnnouncerPorts;
  /** Bounded by the addresses that are held. */
  readonly #entries = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;
  #windowStart: Instant = NEVER;
  #sentInWindow = 0;

  constructor(ports: AnnouncerPorts) {
    this.#ports = ports;
  }

  /** Announces now, within the bounds, and again at the later times; a schedule that runs starts anew. */
  announce(placements: readonly Placement[]): void {
    const now = this.#ports.now();
    for (const placement of placements) {
      const sent = this.#entries.get(placeOf(placement))?.sent ?? NEVER;
      const due = later(now, after(sent, SHORTEST_GAP_MILLISECONDS));
      this.#entries.set(placeOf(placement), {
        placement,
        started: now,
        step: 0,
        due,
        sent,
        owesReply: false,
        retries: 0,
      });
    }
    this.#sendDue(now);
  }

  forget(placement: Placement): void {
    this.#entries.delete(placeOf(placement));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#entries.clear();
  }

  #sendDue(now: Instant): void {
    if (elapsed(this.#windowStart, now) >= WINDOW_MILLISECONDS) {
      this.#windowStart = now;
      this.#sentInWindow = 0;
    }
    const due = [...this.#entries.values()].filter((entry) => entry.due <= now);
    const fresh = due.filter(({ owesReply }) => !owesReply);
    const begun = due.filter(({ owesReply }) => owesReply);
    const isCrowd = 2 * fresh.length + begun.length > FRAMES_PER_WINDOW - this.#sentInWindow;
    this.#send(fresh, isCrowd ? 'request' : 'both', now);
    this.#send(begun, 'reply', now);
    this.#schedule(now);
  }

  /** As many of these as there is room for. */
  #send(wanted: readonly Entry[], form: AnnouncementForm, now: Instant): void {
    const framesEach = form === 'both' ? 2 : 1;
    const due = wanted.slice(0, Math.floor((FRAMES_PER_WINDOW - this.#sentInWindow) / framesEach));
    if (due.length === 0) return;
    this.#sentInWindow += framesEach * due.length;
    const placements = due.map(({ placement }) => placement);
    const unsent = new Set(this.#ports.send(placements, form));
    for (const entry of due) {
      if (!unsent.has(entry.placement)) this.#onSent(entry, form, now);
      else if (entry.retries++ < MOST_RETRIES) entry.due = after(now, RETRY_MILLISECONDS);
      else {
        this.#ports.crowdedOut(entry.placement);
        this.#advance(entry, now);
      }
    }
  }

  /** An IPv6 address has one form only. */
  #onSent(entry: Entry, form: AnnouncementForm, now: Instant): void {
    if (form === 'request' && familyOf(entry.placement.address) === 4) {
      entry.sent = now;
      entry.owesReply = true;
    } else this.#advance(entry, now);
  }

  #advance(entry: Entry, now: Instant): void {
    entry.sent = now;
    entry.owesReply = false;
    entry.retries = 0;
    entry.step++;
    const next = ANNOUNCEMENT_TIMES[entry.step];
    if (next === undefined) this.#entries.delete(placeOf(entry.placement));
    else entry.due = later(after(entry.started, next), after(now, SHORTEST_GAP_MILLISECONDS));
  }

  #schedule(now: Instant): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let next = [...this.#entries.values()].map(({ due }) => due).reduce(earlier, NO_DEADLINE);
    if (next === NO_DEADLINE) return;
    if (this.#sentInWindow >= FRAMES_PER_WINDOW - 1) {
      next = later(next, after(this.#windowStart, WINDOW_MILLISECONDS));
    }
    const onTimer = (): void => {
      this.#timer = undefined;
      this.#ports.beforeRepetition();
      this.#sendDue(this.#ports.now());
    };
    this.#timer = setTimeout(onTimer, Math.max(0, Math.ceil(elapsed(now, next))));
  }
}
