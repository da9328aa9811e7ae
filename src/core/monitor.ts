// The state of one service monitor: what this host knows of its group. Plain data; `step` alone changes it.

import type { HostId, ServiceAddress } from './address.js';
import type { Conflict } from './conflict.js';
import type { Effect, RecordDetails, RecordEffect } from './effect.js';
import type { AddressOrder, Command, GroupRequest } from './event.js';
import type { Decision, HostInformation } from './host-information.js';
import type { Reason } from './reason.js';
import type { MonitorSettings } from './settings.js';
import { SortedMap } from './sorted-map.js';
import { later, NEVER, NO_DEADLINE, type Instant, type Milliseconds } from './time.js';
import { newZoneState, type ZoneState } from './zone-state.js';

/** `silent`, `partitioned` (R61) and `left` hosts count for nothing in the tables. */
export type PeerState = 'live' | 'silent' | 'partitioned' | 'left';

/** Another host, as this one knows it. */
export interface Peer {
  readonly id: HostId;
  state: PeerState;
  since: Instant;
  incarnation: bigint;
  /** Newest proof of life, direct or relayed (R12), sent while its control process ran. */
  heardAt: Instant;
  /** The same, heard by this host itself. */
  directAt: Instant;
  links: readonly Instant[];
  permit: boolean;
  joining: boolean;
  leaving: boolean;
  observer: boolean;
  /** The term that its heartbeats name (R24). */
  term: number;
  /** Null until its information has arrived whole. Set by `setInformation` alone. */
  information: HostInformation | null;
  /** MAC of its service interface, also of an earlier run or a remembered one (R15, R61); null: unknown. */
  hardwareAddress: string | null;
  /** What the information says that it prefers and claims, to be looked up. */
  preferred: ReadonlySet<ServiceAddress>;
  claims: ReadonlySet<ServiceAddress>;
  /** What it is prepared to take over (R55). */
  prepared: ReadonlySet<ServiceAddress>;
  informationAt: Instant;
  /** The run that said it itself; 0: it came from a relay. */
  informationIncarnation: bigint;
  /** The information came from the host itself and not from a relay. */
  informationDirect: boolean;
  /** That it is failed was told, and its recovery is news. */
  toldFailed: boolean;
  /** Since when it has been able without a break (R57); NO_DEADLINE while it is not. */
  ableSince: Instant;
  /** When its own MAC last answered here on the service network (R61). */
  answeredAt: Instant;
  /** When another live member last said that it answers there. */
  vouchedAt: Instant;
  /** When this host first asked for its addresses since it is doubted (R61); NO_DEADLINE: it has not. */
  askedSince: Instant;
  /** Questions about its addresses that went unanswered in a row (R61). */
  unanswered: number;
  /** Newest command accepted from it; an older one is a straggler and changes nothing. */
  commandSequence: bigint;
}

/** Where an address of this host's own stands (R21, R22). The transitions are in address-state.ts. */
export type LocalPhase =
  /** R55: another host serves it yet and will hand it over; the interface is made ready for it. */
  | 'preparing'
  | 'prepared'
  | 'configuring'
  | 'acquire-script'
  | 'online'
  | 'release-script'
  | 'deconfiguring'
  /** The acquire failed and the address is being taken off again. */
  | 'undoing'
  | 'not-serving';

export interface LocalAddress {
  readonly address: ServiceAddress;
  phase: LocalPhase;
  reason: Reason;
  /** Acquires that failed in a row. */
  attempts: number;
  /** A release that came while the acquire was under way; it follows at once. */
  releaseWanted: Reason | null;
  /** Who is to hand it over (R55); null but for a prepared address. */
  readonly holder: HostId | null;
  /** The address goes off the interface first, and its release script runs afterwards. */
  scriptOwed: boolean;
  since: Instant;
}

/** A row of the service address database (R11). */
export interface AddressRecord {
  readonly address: ServiceAddress;
  preferredHost: HostId;
  /**
   * When its preferred host was last heard to prefer it: the orphan countdown runs from here (R32). Kept up while that host
   * is not live; as long as it is, its own `heardAt` is newer.
   */
  preferredHeardAt: Instant;
  decision: Decision;
  decisionVersion: number;
  /** Since when this host knows that the operator has forgotten it; null: it is not. */
  forgottenAt: Instant | null;
  /** When its countdown ended; null: it runs, or its preferred host is live. An expired row is told to nobody. */
  expiredAt: Instant | null;
  /** Somebody has claimed it, or was ordered to acquire it, since this host knows it: it is missed where nobody serves it. */
  wasServed: boolean;
}

/** A command that waits for its effect to show in the host's information. */
export interface PendingCommand {
  readonly action: Command['action'];
  readonly host: HostId;
  readonly order: AddressOrder;
  /** The host's failed attempts when the command was first sent: more of them mean that it failed anew. */
  readonly attempts: number;
  sentAt: Instant;
  tries: number;
}

export interface Postponed {
  readonly host: HostId;
  readonly reason: Reason;
}

export interface PassedOver {
  failures: number;
  until: Instant;
  /** The host's own count when this was noted; another figure means that it failed anew. */
  readonly attempts: number;
}

export interface Leadership {
  readonly since: Instant;
  /** Every live member has named the term, or nobody obeys the one before it any more (R24). */
  confirmed: boolean;
  /** By `address host`: of a duplicate several hosts have to release. In the order in which they were sent first. */
  readonly pending: Map<string, PendingCommand>;
  /** By `address host` for a failed acquire (R29), by host alone for an unanswered command. */
  readonly passedOver: Map<string, PassedOver>;
  /** Addresses for which *cannot assign* was told; told again only after they were served in between. */
  readonly cannotAssign: Set<ServiceAddress>;
  /** Since when nobody has served an address that the other side of a partition may take (R61). */
  readonly unservedSince: Map<ServiceAddress, Instant>;
  /** How long that is waited for; milliseconds. */
  sideWait: number;
  /** Hosts above the high water mark that have not yet come below the low one (R29). */
  readonly busy: Set<HostId>;
  /** What is assigned, and ordered as soon as its host has said that it is about what it was ordered before. */
  postponed: ReadonlyMap<ServiceAddress, Postponed>;
  /** Some of that is this host's own, and nobody else has to say anything. */
  owesItself: boolean;
}

/** What an operator asked here and the leader has to decide. */
export interface PendingRequest {
  readonly ticket: number;
  readonly request: GroupRequest;
  /** The rows that the decision will show in, with the version that each had. */
  readonly before: ReadonlyMap<ServiceAddress, number>;
  sentAt: Instant;
  tries: number;
}

export type Phase = 'starting' | 'joining' | 'member' | 'leaving' | 'left';

export interface ServiceMonitor {
  settings: MonitorSettings;
  phase: Phase;
  phaseSince: Instant;
  /** How long it listens this time while it joins. */
  joinSpan: Milliseconds;
  /** How often it was held up for longer than its permit or lease of late, when last, and how long it stays away for that. */
  lapses: number;
  lapsedAt: Instant;
  heldBackUntil: Instant;
  /** Network has told of the service interface: before, this host does not know whether it is able. */
  linkKnown: boolean;
  /** Why this host is not OK: `link`, `test http`, … → sentence. Empty: OK. */
  readonly failures: Map<string, string>;
  /** That it is failed was told, and its recovery is news. */
  toldFailed: boolean;
  /** Tests whose newest result is a failure. One that has no result yet is not among them. */
  readonly failedTests: Set<string>;
  quiesced: boolean;
  hardwareAddress: string | null;
  /** What this host prefers itself, to be looked up. */
  preferred: ReadonlySet<ServiceAddress>;
  load: number;
  capacity: number;
  readonly local: SortedMap<ServiceAddress, LocalAddress>;
  /** When this host, which leaves, handed over what (R55). */
  readonly handedOver: Map<ServiceAddress, Instant>;
  readonly losses: Map<ServiceAddress, Instant[]>;
  readonly peers: SortedMap<HostId, Peer>;
  readonly addresses: SortedMap<ServiceAddress, AddressRecord>;
  /** Those for which there was no room; as many at the most as there is room for (R35). */
  readonly refused: Map<ServiceAddress, AddressRecord>;
  /** That there are some was told, and their end is news. */
  toldRefused: boolean;
  /** Which host's MAC answered last for an address on the service network, and when (R61). */
  readonly answers: Map<ServiceAddress, { readonly host: HostId; readonly at: Instant }>;
  /** Since when its service interface is up: before, it could ask nobody (R61). */
  linkSince: Instant;
  /** Which host answers for an address that this one keeps, when it did last, and since when without a break (R61). */
  readonly defended: Map<
    ServiceAddress,
    { readonly host: HostId; readonly at: Instant; readonly since: Instant }
  >;
  /** When this host asked last who has an address, and since when it has gone on asking (R61). */
  readonly askedAt: Map<ServiceAddress, { readonly since: Instant; readonly at: Instant }>;
  /** Machines that are no members and answer for addresses of the group. */
  readonly conflicts: Map<ServiceAddress, Conflict>;
  readonly requests: Map<number, PendingRequest>;
  leader: HostId | null;
  term: number;
  leadership: Leadership | null;
  /** Since when this host has been able without a break; NO_DEADLINE while it is not. */
  ableSince: Instant;
  /** Since when this host listens without having been late itself. */
  attentiveSince: Instant;
  /** Since when its heartbeat process listens; an earlier one may have been replaced. */
  listeningSince: Instant;
  lastStepAt: Instant;
  /** When the next orphan's countdown ends, or an expired row is forgotten (R32). */
  nextExpiryAt: Instant;
  /** Until when a step in which nothing happens has nothing to decide: what there was to decide has been. */
  quietUntil: Instant;
  drainAskedAt: Instant | null;
  drainedAt: Instant;
  /**
   * Up to when this host knows what was heard. Hosts are doubted as of this moment and never as of now: where the word of
   * the heartbeat process waits in a queue, because this host is busy, the others are not late.
   */
  knownAt: Instant;
  nextProbeAt: Instant;
  /** When this host asked last on the service network (R61). */
  probedAt: Instant;
  /** Questions of this host that the network process has not yet reported as put, and answered or not. */
  openQuestions: number;
  /** Hosts that may live although they are not heard, as of the last step; sorted (R61). */
  suspects: readonly HostId[];
  /** For which addresses it has to ask because of them; null: to be found, since something may have changed. */
  toAsk: readonly ServiceAddress[] | null;
  /** When the failure `losses` ends. */
  lossPenaltyUntil: Instant;
  /** Live hosts that are heard through others only; sorted (R12). */
  unheard: readonly HostId[];
  /** Doubted and partitioned hosts that answer here on the service network; sorted (R61). */
  answering: readonly HostId[];
  /** The group's DNS zone, where this host has `dns` configured (R36–R41). */
  zone: ZoneState;
  dirty: 'no' | 'yes' | 'urgent';
  peersDirty: boolean;
}

/** One call of `step`: the monitor, the time, and what it asks for. */
export interface Turn {
  readonly monitor: ServiceMonitor;
  readonly now: Instant;
  readonly chance: number;
  readonly effects: Effect[];
  /** Something that the tables depend on has changed, although the heartbeats say the same. */
  stirred: boolean;
}

/** By this key a test's failure stands among the failures of a monitor. */
export const testKey = (name: string): string => `test ${name}`;

const notKnownYet = (settings: MonitorSettings): [key: string, sentence: string][] => [
  ['link', `service interface ${settings.serviceInterface} is not known yet`],
  ...settings.tests.map((name): [string, string] => [testKey(name), `test ${name}: has no result yet`]),
];

/**
 * A monitor that has not started; `listening` makes it join. It is able once its service interface is known to be up and
 * each of its tests has passed (R14): a host that does not know whether it can serve acquires nothing.
 */
export function createMonitor(settings: MonitorSettings, now: Instant): ServiceMonitor {
  return {
    settings,
    phase: 'starting',
    phaseSince: now,
    joinSpan: settings.joinSpan,
    lapses: 0,
    lapsedAt: NEVER,
    heldBackUntil: NEVER,
    linkKnown: false,
    failures: new Map(notKnownYet(settings)),
    toldFailed: false,
    failedTests: new Set(),
    quiesced: false,
    hardwareAddress: null,
    preferred: new Set(settings.preferred),
    load: 0,
    capacity: 0,
    local: new SortedMap(),
    handedOver: new Map(),
    losses: new Map(),
    peers: new SortedMap(),
    addresses: new SortedMap(),
    refused: new Map(),
    toldRefused: false,
    linkSince: now,
    answers: new Map(),
    defended: new Map(),
    askedAt: new Map(),
    conflicts: new Map(),
    requests: new Map(),
    leader: null,
    term: 0,
    leadership: null,
    ableSince: NO_DEADLINE,
    attentiveSince: now,
    listeningSince: now,
    lastStepAt: now,
    nextExpiryAt: NO_DEADLINE,
    quietUntil: NEVER,
    drainAskedAt: null,
    drainedAt: NEVER,
    knownAt: NEVER,
    nextProbeAt: NO_DEADLINE,
    probedAt: NEVER,
    openQuestions: 0,
    suspects: [],
    toAsk: null,
    lossPenaltyUntil: NEVER,
    unheard: [],
    answering: [],
    zone: newZoneState(),
    dirty: 'no',
    peersDirty: false,
  };
}

/** R41: an observer identifies itself as failed. A host that leaves is able to take nothing either. */
export const isOk = (monitor: ServiceMonitor): boolean =>
  monitor.failures.size === 0 &&
  !monitor.settings.observer &&
  monitor.phase !== 'leaving' &&
  monitor.phase !== 'left';

/** Notes what happened, for the log, the history and the traps. */
export function record(
  turn: Turn,
  event: RecordEffect['event'],
  message: string,
  options: { level?: RecordEffect['level']; address?: ServiceAddress; details?: RecordDetails } = {},
): void {
  const { level = 'info', address = null, details } = options;
  const effect = { kind: 'record', event, level, address, message } as const;
  turn.effects.push(details === undefined ? effect : { ...effect, details });
}

export function noteKnown(monitor: ServiceMonitor, at: Instant): void {
  monitor.knownAt = later(monitor.knownAt, at);
}

/**
 * Something has happened that the tables depend on, or something is due. Otherwise the last decisions stand. Asked before all
 * events and judgements of the step are through, it may be answered too early with no.
 */
export const hasToDecide = ({ monitor, now, stirred }: Turn): boolean =>
  stirred || monitor.dirty !== 'no' || now >= monitor.quietUntil;

/** What the heartbeats say has changed. Urgent: the group should know at once. */
export function markDirty(monitor: ServiceMonitor, urgent = true): void {
  if (monitor.dirty !== 'urgent') monitor.dirty = urgent ? 'urgent' : 'yes';
}
