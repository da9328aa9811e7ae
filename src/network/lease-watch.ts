// The leases of the groups (R52). A lease runs for a span from the moment at which the group's last heartbeat left that
// stood under control's permit; the heartbeat thread notes that moment on the lease board, and no message is needed.
// A native alarm rings when one of them has run out (native/network/lease_alarm.h), and whoever is about to do something looks
// first (`check`), so that a late alarm changes nothing.

import type { Configuration } from '../config/configuration.js';
import { leaseSpan } from '../core/settings.js';
import { after, elapsed, instant, milliseconds, type Instant, type Milliseconds } from '../core/time.js';
import { groupTag } from '../wire/frame.js';
import type { FollowedLease, LeaseAlarm, LeaseBoard, LeaseMark } from './addon.js';

export interface LeaseWatchPorts {
  now(): Instant;
  /** Groups that hold addresses, or have some waiting to be added: for whom the end of a lease means something. */
  holders(): Iterable<string>;
  ended(group: string): void;
}

/**
 * R56: so long after this process heartbeat may go on in the rhythm of the configuration before, milliseconds: it is told last, and
 * may be busy.
 */
const TOLD_WITHIN = milliseconds(500);

/** A group's timings became shorter. */
interface Shortened {
  /** What its lease ran for before. */
  readonly before: Milliseconds;
  /** A heartbeat that was sent later came in the new rhythm. */
  readonly since: Instant;
}

export class LeaseWatch {
  readonly #ports: LeaseWatchPorts;
  readonly #tags = new Map<string, bigint>();
  readonly #spans = new Map<string, Milliseconds>();
  readonly #shortened = new Map<string, Shortened>();
  #settling: NodeJS.Timeout | undefined;
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
    for (const group of [...this.#spans.keys()]) {
      if (holders.has(group)) continue;
      this.#spans.delete(group);
      this.#shortened.delete(group);
    }
    for (const [group, { heartbeat }] of Object.entries(configuration.groups))
      this.#changeSpan(group, leaseSpan(heartbeat.timeout));
    this.watch();
  }

  /**
   * A longer one at once. A shorter one not before a heartbeat has left in the new rhythm: by it the last one of the old rhythm would
   * be too old already, and the host would give up what it serves for no reason. What guards clients meanwhile is the kernel's
   * deadline (fence.h), which heartbeat sets.
   */
  #changeSpan(group: string, span: Milliseconds): void {
    const before = this.#spanOf(group);
    this.#spans.set(group, span);
    if (before <= span) this.#shortened.delete(group);
    else this.#shortened.set(group, { before, since: after(this.#ports.now(), TOLD_WITHIN) });
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
    this.#settle();
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
    clearTimeout(this.#settling);
    this.#settling = undefined;
    this.#alarm?.close();
    this.#alarm = null;
    this.#followed = [];
  }

  /** Nobody tells this process when a heartbeat was sent: it looks again until each shorter span counts. */
  #settle(): void {
    for (const [group, { since }] of this.#shortened) {
      const sentAt = this.#board?.sentAt(this.#tagOf(group)) ?? null;
      if (sentAt !== null && sentAt > since) this.#shortened.delete(group);
    }
    if (this.#shortened.size === 0 || this.#board === null) return;
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.check();
    }, TOLD_WITHIN).unref();
  }

  #endOf(group: string): Instant {
    const sentAt = this.#board?.sentAt(this.#tagOf(group)) ?? null;
    return sentAt === null ? instant(0) : after(instant(sentAt), this.#spanOf(group));
  }

  #spanOf(group: string): Milliseconds {
    return this.#shortened.get(group)?.before ?? this.#spans.get(group) ?? milliseconds(0);
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
