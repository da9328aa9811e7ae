// What is known from the service network of hosts that are silent on the control networks (R61). Evidence is kept for
// each address: a silent host may have released one and taken another since it was last heard.

import type { ServiceAddress } from './address.js';
import { servedBy } from './host-information.js';
import type { Peer, ServiceMonitor, Turn } from './monitor.js';
import {
  answerSpan,
  commandPatience,
  DOUBT_SHARE,
  UNANSWERED_WHEN_DOUBTED,
  UNANSWERED_WHEN_PARTITIONED,
} from './settings.js';
import { after, earlier, elapsed, later, NEVER, NO_DEADLINE, type Instant } from './time.js';

/** So long an answer counts by itself. */
export const evidenceLasts = (monitor: ServiceMonitor): number => monitor.settings.timeout;

/** So long it counts where further questions could not be put: a network process that hangs proves nothing. */
export const evidenceLastsUnasked = (monitor: ServiceMonitor): number => 3 * monitor.settings.timeout;

/**
 * Whether the host's own MAC answers here. What it answered before it was doubted says nothing: it may have died since. What
 * it answered afterwards stands until several questions in a row were put and not answered.
 */
export function hasEvidence(monitor: ServiceMonitor, peer: Peer, now: Instant): boolean {
  if (peer.state === 'live' && peer.answeredAt < doubtedFrom(monitor, peer)) return false;
  return isStanding(monitor, peer, peer.answeredAt, now);
}

/** Whether what the host answered at `at` stands. */
function isStanding(monitor: ServiceMonitor, peer: Peer, at: Instant, now: Instant): boolean {
  const age = elapsed(at, now);
  if (age < evidenceLasts(monitor)) return true;
  return peer.unanswered < UNANSWERED_WHEN_PARTITIONED && age < evidenceLastsUnasked(monitor);
}

/** When next something that was answered counts less by its age alone. */
export function nextEvidenceDeadline(monitor: ServiceMonitor): Instant {
  let next: Instant = NO_DEADLINE;
  const consider = (answeredAt: Instant): void => {
    for (const span of [evidenceLasts(monitor), evidenceLastsUnasked(monitor)]) {
      const due = after(answeredAt, span);
      if (due > monitor.lastStepAt) next = earlier(next, due);
    }
  };
  for (const peer of monitor.peers.values()) if (isOutOfReach(monitor, peer)) consider(peer.answeredAt);
  for (const { at } of monitor.answers.values()) consider(at);
  return next;
}

/** When a live host begins to be doubted. */
export const doubtedFrom = (monitor: ServiceMonitor, peer: Peer): Instant =>
  after(peer.heardAt, monitor.settings.timeout * DOUBT_SHARE);

export const isDoubted = (monitor: ServiceMonitor, peer: Peer): boolean =>
  peer.state === 'live' && monitor.knownAt >= doubtedFrom(monitor, peer);

/** Its time is up, but what has been heard since is not known yet. */
export const wouldBeDoubted = (monitor: ServiceMonitor, peer: Peer, now: Instant): boolean =>
  monitor.settings.partition === 'probe' &&
  peer.state === 'live' &&
  now >= doubtedFrom(monitor, peer) &&
  !isDoubted(monitor, peer);

/** Hosts that may live although they are not heard: doubted or partitioned. Sorted. */
export const suspectsOf = (monitor: ServiceMonitor): Peer[] =>
  monitor.peers.values().filter((peer) => peer.state === 'partitioned' || isDoubted(monitor, peer));

/** Whether the host answers on the service network: here, or by the word of a live member that asked. */
export function answersElsewhere(monitor: ServiceMonitor, peer: Peer, now: Instant): boolean {
  if (monitor.settings.partition === 'ignore') return false;
  return hasEvidence(monitor, peer, now) || answersByHearsay(monitor, peer);
}

export const answersByHearsay = (monitor: ServiceMonitor, peer: Peer): boolean =>
  monitor.peers
    .values()
    .some(
      (other) =>
        other.state === 'live' && other.id !== peer.id && other.information?.partitioned.includes(peer.id),
    );

/** The host out of reach that answers here for an address, if there is one: then nobody may acquire it. */
export function stillAnswering(monitor: ServiceMonitor, address: ServiceAddress, now: Instant): Peer | null {
  const answer = monitor.answers.get(address);
  if (monitor.settings.partition === 'ignore' || answer === undefined) return null;
  const peer = monitor.peers.get(answer.host);
  if (peer === undefined || !isStanding(monitor, peer, answer.at, now)) return null;
  return isOutOfReach(monitor, peer) ? peer : null;
}

/** Not heard on the control networks, but perhaps alive. */
export const isOutOfReach = (monitor: ServiceMonitor, peer: Peer): boolean =>
  peer.state === 'silent' || peer.state === 'partitioned' || isDoubted(monitor, peer);

/**
 * A host out of reach that may hold the address, where no question for it has had the time to be answered. What this host
 * asked a moment ago proves nothing yet.
 */
export function unaskedHolder(monitor: ServiceMonitor, address: ServiceAddress, now: Instant): Peer | null {
  if (monitor.settings.partition === 'ignore') return null;
  const asked = monitor.askedAt.get(address);
  const isAsked = asked !== undefined && elapsed(asked.at, now) < evidenceLasts(monitor);
  if (isAsked && elapsed(asked.since, now) >= answeredWithin(monitor)) return null;
  return monitor.peers.values().find((peer) => mayHold(monitor, peer, address, { now, isAsked })) ?? null;
}

/** By the time at which the leader repeats an order, the question that it led to is answered. */
const answeredWithin = ({ settings }: ServiceMonitor): number =>
  Math.min(answerSpan(settings.timeout), commandPatience(settings) / 2);

/**
 * A partitioned host lives, and may have been given anything since this host knew what it had. Of a doubted one it is enough that it
 * answers nothing: the leader may have judged it a moment before this host does. A silent host was asked for while
 * it was doubted, unless this host could not ask then, or was no member yet: then the same holds. Or it was left to others to
 * ask, whom nobody can ask any more.
 */
function mayHold(
  monitor: ServiceMonitor,
  peer: Peer,
  address: ServiceAddress,
  { now, isAsked }: { readonly now: Instant; readonly isAsked: boolean },
): boolean {
  if (!isOutOfReach(monitor, peer) && !wouldBeDoubted(monitor, peer, now)) return false;
  if (peer.state === 'partitioned') return !peer.observer;
  if (peer.state !== 'silent') return peer.claims.has(address) && !isQuiet(peer);
  const wasUnasked = later(monitor.linkSince, monitor.phaseSince) > doubtedFrom(monitor, peer);
  if (wasUnasked) return !peer.observer;
  return peer.claims.has(address) && (isAsked || peer.askedSince === NO_DEADLINE);
}

/** A doubted host was asked, for some of its addresses, as often as it takes to judge it, and answered for none. */
const isQuiet = ({ askedSince, unanswered }: Peer): boolean =>
  askedSince !== NO_DEADLINE && unanswered >= UNANSWERED_WHEN_DOUBTED;

/**
 * Until when a doubted host is not judged, because the questions that this host puts have not been put often enough yet;
 * NEVER: it asks for none of its addresses, or has asked enough. A network process that hangs delays nobody for ever; one that
 * is only slow must not have a host judged that it has not asked.
 */
export const askingUntil = (monitor: ServiceMonitor, peer: Peer): Instant =>
  peer.askedSince === NO_DEADLINE || isQuiet(peer)
    ? NEVER
    : after(peer.askedSince, evidenceLastsUnasked(monitor));

/** Asks who has these addresses. The answers come as events of their own. */
export function ask(turn: Turn, addresses: readonly ServiceAddress[]): void {
  const { monitor, now } = turn;
  if (addresses.length === 0) return;
  for (const peer of suspectsOf(monitor)) {
    if (peer.askedSince === NO_DEADLINE && addresses.some((address) => peer.claims.has(address)))
      peer.askedSince = now;
  }
  for (const address of addresses) noteQuestion(monitor, address, now);
  monitor.openQuestions += 1;
  turn.effects.push({ kind: 'probe', addresses });
}

/** Questions that follow each other go on from the first: repetitions come in less than half a timeout. */
function noteQuestion({ askedAt, settings }: ServiceMonitor, address: ServiceAddress, now: Instant): void {
  const before = askedAt.get(address);
  const goesOn = before !== undefined && elapsed(before.at, now) < settings.timeout / 2;
  askedAt.set(address, { since: goesOn ? before.since : now, at: now });
}

/**
 * Whether a partitioned host holds the address: by its own answers where this host gets any of it, otherwise by what it
 * said last, since those who asked tell of hosts and not of addresses.
 */
export const holdsOutOfReach = (
  monitor: ServiceMonitor,
  peer: Peer,
  address: ServiceAddress,
  now: Instant,
): boolean =>
  hasEvidence(monitor, peer, now)
    ? stillAnswering(monitor, address, now) === peer
    : peer.information !== null && servedBy(peer.information, address)?.state === 'online';
