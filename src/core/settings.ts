// What one service monitor needs of the configuration.

import type { Address, HostId, ServiceAddress } from './address.js';
import type { Milliseconds } from './time.js';

export type AssignPolicy = 'random' | 'least-loaded' | 'fewest-addresses';

/** The DNS zone that this host can write (R36–R41). Marks are percent; the scale is 100 to 1000. */
export interface ZoneSettings {
  readonly zone: string;
  /** The name whose addresses are advertised. */
  readonly name: string;
  readonly highWater: number;
  readonly lowWater: number;
  /** Addresses that stay however loaded (R39). */
  readonly minimum: number;
  readonly scale: number;
  /** Between two passes. */
  readonly interval: Milliseconds;
}

export interface MonitorSettings {
  readonly group: string;
  readonly id: HostId;
  readonly controlAddresses: readonly Address[];
  readonly serviceInterface: string;
  /** Sorted; empty: hot spare (R43). */
  readonly preferred: readonly ServiceAddress[];
  readonly observer: boolean;
  readonly interval: Milliseconds;
  readonly timeout: Milliseconds;
  /** How long a host that starts listens before it is a member; never less than a timeout. Then its code is warm. */
  readonly joinSpan: Milliseconds;
  readonly orphanTimeout: Milliseconds;
  readonly failBack: Milliseconds | 'never';
  readonly assign: AssignPolicy;
  /** Percent; null: no water marks, every host is alike (R29). */
  readonly waterMarks: { readonly high: number; readonly low: number } | null;
  /** Null: this host writes no zone. */
  readonly dns: ZoneSettings | null;
  readonly partition: 'probe' | 'ignore';
  /** The kernel fences the addresses (R52): then planned moves lose nothing (R55). */
  readonly fenced: boolean;
  readonly acquireScript: boolean;
  readonly releaseScript: boolean;
  /** Names of the test objects that must pass (R14). */
  readonly tests: readonly string[];
}

/**
 * R52: addresses may stay for this share of the timeout after the last heartbeat that was sent under a permit: the lease
 * ends before the moment at which peers that heard that heartbeat may take over.
 */
const LEASE_SHARE = 0.8;
export const leaseSpan = (timeout: number): Milliseconds => (LEASE_SHARE * timeout) as Milliseconds;

/**
 * R52: after this long without a heartbeat under a permit the kernel answers for the addresses no more. A heartbeat that
 * comes later opens the fence again as long as the lease runs. It closes before anybody doubts this host (R61), so that who
 * asks in the doubt hears nothing from the kernel of a host whose daemon is dead; but not between two heartbeats.
 */
const FENCE_SHARE = 0.62;
const FENCE_INTERVALS = 1.5;
export const fenceSpan = (interval: number, timeout: number): Milliseconds =>
  Math.min(Math.max(FENCE_SHARE * timeout, FENCE_INTERVALS * interval), leaseSpan(timeout)) as Milliseconds;

/**
 * How long heartbeats stand under a permit that control does not renew. Longer than control is ever late on a busy host, and that
 * does not depend on the timeout: with short ones it is more of them. What hangs for longer shows in the heartbeats at once. Clients
 * wait for none of it: the addresses stay until a lease after the last permitted heartbeat, and go to others a timeout after it.
 */
const PERMIT_SHARE = 1.5;
const LONGEST_LATENESS = 100;
const MOST_PERMIT_SHARE = 3;
export const permitSpan = (timeout: number): Milliseconds =>
  Math.max(PERMIT_SHARE * timeout, Math.min(LONGEST_LATENESS, MOST_PERMIT_SHARE * timeout)) as Milliseconds;

/** R61: the share of the timeout after which a host is doubted and its addresses are asked for. */
export const DOUBT_SHARE = 2 / 3;

/** R61: so long the answer to a question on the service network may take, there and back, on a busy host. */
export const answerSpan = (timeout: number): Milliseconds => Math.max(3, timeout / 9) as Milliseconds;

/** R61: so many of the questions put in the doubt must have gone unanswered for certain before a host counts as silent … */
export const UNANSWERED_WHEN_DOUBTED = 2;
/** … and one that answered before, as dead after all. */
export const UNANSWERED_WHEN_PARTITIONED = 4;

/** An acquire or release that was not answered is repeated after this long … */
export const commandPatience = (settings: MonitorSettings): number => Math.max(settings.interval, 5);

/** … and then after two of that, four, and eight: frames are lost one at a time, and a host that is held up is so for longer. */
export const releaseRepeatSpan = (settings: MonitorSettings, tries: number): number =>
  commandPatience(settings) * Math.min(2 ** (tries - 1), 8);

/**
 * An acquire once more in between: who asks first who has the address is to be told again before the answer has become too old
 * (`evidenceLasts`), also where one of the frames is lost. Not each time: two hundred addresses are work to a busy host.
 */
const REPEAT_SHARE = 2 / 3;
const SOON_TRIES = 3;
export const acquireRepeatSpan = (settings: MonitorSettings, tries: number): number => {
  if (tries > SOON_TRIES) return releaseRepeatSpan(settings, tries - 1);
  const longest = Math.max(commandPatience(settings), Math.floor(REPEAT_SHARE * settings.timeout));
  return Math.min(releaseRepeatSpan(settings, tries), longest);
};

/**
 * For so long an order to acquire is obeyed; one that lay there for longer its leader may have given to somebody else. Two intervals, as
 * a busy host takes its time; but who judges a leader silent must not have the address obeyed for that leader's sake any more.
 */
export const orderLasts = (settings: MonitorSettings): number =>
  Math.max(commandPatience(settings), Math.min(2 * settings.interval, settings.timeout - settings.interval));

/** A host that does not answer an acquire for so long is passed over; in times of the patience with one. */
const ANSWERS_WITHIN = 15;

/** So often it is sent until then. */
export function acquireTries(settings: MonitorSettings): number {
  let tries = 0;
  for (let span = 0; span < ANSWERS_WITHIN * commandPatience(settings); tries += 1)
    span += acquireRepeatSpan(settings, tries + 1);
  return tries;
}

/** The first delay for which a host is passed over; it doubles with each failure in a row. */
export const PASS_OVER_FIRST = 1_000;
export const PASS_OVER_LONGEST = 300_000;

/**
 * So long after a failed acquire a host obeys no order to acquire the same address: who leads passes it over for longer once
 * he knows of the failure, so that such an order was given before, and the address may be somebody else's meanwhile.
 */
export const FAILURE_UNKNOWN = PASS_OVER_FIRST / 2;

/** The delay after `failures` failures in a row (1 or more). */
export const passOverDelay = (failures: number): number =>
  Math.min(PASS_OVER_FIRST * 2 ** Math.min(failures - 1, 20), PASS_OVER_LONGEST);

/**
 * R55: so many addresses are on their way from one host to another at the most. Nobody waits for a planned move; but what is
 * prepared has to be handed over within a timeout, or it was for nothing, and a thousand at once keep a busy farm for longer.
 */
export const movesAtOnce = (timeout: number): number => Math.max(20, Math.min(2 * timeout, 200));

/**
 * R29: so many addresses a host is told to acquire at a time; the next ones follow when it has said that it is about those. What a
 * thousand cost in one go takes a busy host longer than its permit lasts, and then all of them have to move again.
 */
export const ACQUIRES_AT_ONCE = 200;

/**
 * R55: so long a host that leaves in order waits for others to take its addresses over, which it serves meanwhile: a thousand of them
 * go in parts (`movesAtOnce`).
 */
export const handOverPatience = (timeout: number): Milliseconds =>
  Math.max(3_000, 3 * timeout) as Milliseconds;

/** R55: and so long for its heirs to say that they serve, to whom its kernel sends on what still comes. */
export const heirPatience = (timeout: number): Milliseconds => (3 * timeout) as Milliseconds;

/** The longest that leaving in order may take, beside the release scripts. */
export const leavingSpan = (timeout: number): Milliseconds =>
  (handOverPatience(timeout) + heirPatience(timeout)) as Milliseconds;

/** A silent or departed host to whom no address belongs is forgotten after this long. */
export const HOST_KEPT = 3_600_000;

/** An address removed by somebody else more often than this within the window fails the group. */
export const LOSSES_TOLERATED = 3;
export const LOSS_WINDOW = 10_000;
/** So long such a failure lasts before the host offers itself again. */
export const LOSS_PENALTY = 60_000;
