// What is known from the service network of hosts that are silent on the control networks (R61). Evidence is kept for
// each address: a silent host may have released one and taken another since it was last heard.

import type { ServiceAddress } from './address.js';
import { servedBy } from './host-information.js';
import type { Peer, ServiceMonitor, Turn } from './monitor.js';
import { DOUBT_SHARE, UNANSWERED_WHEN_DOUBTED, UNANSWERED_WHEN_PARTITIONED } from './settings.js';
import { after, elapsed, later, NEVER, NO_DEADLINE, type Instant } from './time.js';

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

/** A host out of reach that may hold the address, as far as this host knows, which has not asked for it of late. */
export function unaskedHolder(monitor: ServiceMonitor, address: ServiceAddress, now: Instant): Peer | null {
  if (monitor.settings.partition === 'ignore') return null;
  if (elapsed(monitor.askedAt.get(address) ?? NEVER, now) < evidenceLasts(monitor)) return null;
  return (
    monitor.peers.values().find((peer) => peer.claims.has(address) && mayHoldUnasked(monitor, peer, now)) ??
    null
  );
}

/** A silent host was asked for while it was doubted, unless this host could not ask then, or was no member yet. */
const mayHoldUnasked = (monitor: ServiceMonitor, peer: Peer, now: Instant): boolean =>
  (isOutOfReach(monitor, peer) || wouldBeDoubted(monitor, peer, now)) &&
  (peer.state !== 'silent' || later(monitor.linkSince, monitor.phaseSince) > doubtedFrom(monitor, peer));

/**
 * Until when a doubted host is not judged, because the questions that this host puts have not been put often enough yet;
 * NEVER: it asks for none of its addresses, or has asked enough. A network process that hangs delays nobody for ever.
 */
export const askingUntil = (monitor: ServiceMonitor, peer: Peer): Instant =>
  peer.askedSince === NO_DEADLINE || peer.unanswered >= UNANSWERED_WHEN_DOUBTED
    ? NEVER
    : after(peer.askedSince, monitor.settings.timeout);

/** Asks who has these addresses. The answers come as events of their own. */
export function ask(turn: Turn, addresses: readonly ServiceAddress[]): void {
  const { monitor, now } = turn;
  if (addresses.length === 0) return;
  for (const peer of suspectsOf(monitor)) {
    if (peer.askedSince === NO_DEADLINE && addresses.some((address) => peer.claims.has(address)))
      peer.askedSince = now;
  }
  for (const address of addresses) monitor.askedAt.set(address, now);
  turn.effects.push({ kind: 'probe', addresses });
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
