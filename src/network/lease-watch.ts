// The leases of the groups (R52). A lease runs for a span from the moment at which the group's last heartbeat left that
// stood under control's permit; the heartbeat thread notes that moment on the lease board, and no message is needed.
// An alarm on CLOCK_BOOTTIME rings when the next lease runs out, and whoever is about to do something looks first
// (`check`), so that a late alarm changes nothing.

import type { Configuration } from '../config/configuration.js';
import { leaseSpan } from '../core/settings.js';
import { after, elapsed, instant, NO_DEADLINE, type Instant, type Milliseconds } from '../core/time.js';
import { groupTag } from '../wire/frame.js';
import type { Alarm, LeaseBoard, LeaseMark, NetworkAddon } from './addon.js';

export interface LeaseWatchPorts {
  now(): Instant;
  /** Groups that hold addresses, or have some waiting to be added: for whom the end of a lease means something. */
  holders(): Iterable<string>;
  ended(group: string): void;
}

export class LeaseWatch {
  readonly #ports: LeaseWatchPorts;
  readonly #alarm: Alarm;
  readonly #tags = new Map<string, bigint>();
  readonly #spans = new Map<string, Milliseconds>();
  /** The lease under which each holder got what it holds. */
  readonly #begun = new Map<string, LeaseMark | null>();
  #board: LeaseBoard | null = null;
  /** When the alarm rings; no later than the next lease runs out. */
  #armed: Instant = NO_DEADLINE;

  constructor(addon: NetworkAddon, ports: LeaseWatchPorts) {
    this.#ports = ports;
    this.#alarm = new addon.Alarm(() => {
      this.#armed = NO_DEADLINE;
      this.check();
      this.watch();
    });
  }

  useBoard(board: LeaseBoard): void {
    this.#board = board;
  }

  /** A group that is configured no more keeps its span for as long as it holds addresses. */
  reconfigure(configuration: Configuration): void {
    const holders = new Set(this.#ports.holders());
    for (const group of [...this.#spans.keys()]) if (!holders.has(group)) this.#spans.delete(group);
    for (const [group, { heartbeat }] of Object.entries(configuration.groups))
      this.#spans.set(group, leaseSpan(heartbeat.timeout));
  }

  /** Tells of each holder whose lease has run out. */
  check(): void {
    for (const group of [...this.#ports.holders()].sort())
      if (!this.isRunning(group)) this.#ports.ended(group);
  }

  /**
   * The lease under which a group gets addresses now: the one of those that it holds. Asked before `isRunning` is.
   */
  begin(group: string): LeaseMark | null {
    const begun = this.#begun.get(group);
    if (begun !== undefined && [...this.#ports.holders()].includes(group)) return begun;
    const lease = this.#board?.leaseOf(this.#tagOf(group)) ?? null;
    this.#begun.set(group, lease);
    return lease;
  }

  /** Not once another lease has followed, however well that one runs. */
  isRunning(group: string): boolean {
    const begun = this.#begun.get(group);
    if (begun?.lease !== undefined && begun.lease !== this.#board?.leaseOf(this.#tagOf(group))?.lease)
      return false;
    return this.#ports.now() < this.#endOf(group);
  }

  /** Whether what was asked for at `at` may still be done: not if a lease could have begun and ended since. */
  isFresh(group: string, at: Instant): boolean {
    return elapsed(at, this.#ports.now()) < this.#spanOf(group);
  }

  /** Sets the alarm for what is held now. Set too early, it finds nothing and is set anew. */
  watch(): void {
    let end = NO_DEADLINE;
    for (const group of this.#ports.holders()) end = instant(Math.min(end, this.#endOf(group)));
    if (end >= this.#armed) return;
    this.#armed = end;
    this.#alarm.set(end);
  }

  close(): void {
    this.#alarm.close();
  }

  #endOf(group: string): Instant {
    const sentAt = this.#board?.sentAt(this.#tagOf(group)) ?? null;
    return sentAt === null ? instant(0) : after(instant(sentAt), this.#spanOf(group));
  }

  #spanOf(group: string): number {
    return this.#spans.get(group) ?? 0;
  }

  #tagOf(group: string): bigint {
    const known = this.#tags.get(group);
    if (known !== undefined) return known;
    const tag = groupTag(group);
    this.#tags.set(group, tag);
    return tag;
  }
}
