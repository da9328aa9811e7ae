// The leases of the groups (R52). A lease runs for a span from the moment at which the group's last heartbeat left that
// stood under control's permit; the heartbeat thread notes that moment on the lease board, and no message is needed.
// A native alarm rings when one of them has run out (native/network/lease_alarm.h), and whoever is about to do something looks
// first (`check`), so that a late alarm changes nothing.

import type { Configuration } from '../config/configuration.js';
import { leaseSpan } from '../core/settings.js';
import { after, elapsed, instant, type Instant, type Milliseconds } from '../core/time.js';
import { groupTag } from '../wire/frame.js';
import type { FollowedLease, LeaseAlarm, LeaseBoard, LeaseMark } from './addon.js';

export interface LeaseWatchPorts {
  now(): Instant;
  /** Groups that hold addresses, or have some waiting to be added: for whom the end of a lease means something. */
  holders(): Iterable<string>;
  ended(group: string): void;
}

export class LeaseWatch {
  readonly #ports: LeaseWatchPorts;
  readonly #tags = new Map<string, bigint>();
  readonly #spans = new Map<string, Milliseconds>();
  /** The lease under which each holder got what it holds. */
  readonly #begun = new Map<string, LeaseMark | null>();
  #board: LeaseBoard | null = null;
  #alarm: LeaseAlarm | null = null;
  /** What the alarm waits for. */
  #followed: readonly FollowedLease[] = [];

  constructor(ports: LeaseWatchPorts) {
    this.#ports = ports;
  }

  useBoard(board: LeaseBoard): void {
    this.close();
    this.#board = board;
    this.#alarm = board.alarm(() => {
      this.#followed = [];
      this.check();
    });
    this.watch();
  }

  /** A group that is configured no more keeps its span for as long as it holds addresses. */
  reconfigure(configuration: Configuration): void {
    const holders = new Set(this.#ports.holders());
    for (const group of [...this.#spans.keys()]) if (!holders.has(group)) this.#spans.delete(group);
    for (const [group, { heartbeat }] of Object.entries(configuration.groups))
      this.#spans.set(group, leaseSpan(heartbeat.timeout));
  }

  /** Tells of each holder whose lease has run out, and waits for the end of the others'. */
  check(): void {
    for (const group of [...this.#ports.holders()].sort())
      if (!this.isRunning(group)) this.#ports.ended(group);
    this.watch();
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

  /** For what is held now. */
  watch(): void {
    const leases = [...this.#ports.holders()].map((group) => ({
      groupTag: this.#tagOf(group),
      span: this.#spanOf(group),
      lease: this.#begun.get(group)?.lease ?? null,
    }));
    if (isSame(leases, this.#followed)) return;
    this.#followed = leases;
    this.#alarm?.follow(leases);
  }

  close(): void {
    this.#alarm?.close();
    this.#alarm = null;
    this.#followed = [];
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

const isSame = (some: readonly FollowedLease[], others: readonly FollowedLease[]): boolean =>
  some.length === others.length &&
  some.every(({ groupTag, span, lease }, index) => {
    const other = others[index];
    return groupTag === other?.groupTag && span === other.span && lease === other.lease;
  });
