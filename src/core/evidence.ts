// What is known from the service network of hosts that are silent on the control networks (R61). Evidence is kept for
// each address: a silent host may have released one and taken another since it was last heard.

import type { ServiceAddress } from './address.js';
import { isClaim } from './host-information.js';
import { sortedPeers, type Peer, type ServiceMonitor, type Turn } from './monitor.js';
import { DOUBT_SHARE } from './settings.js';
import { after, elapsed, NEVER, NO_DEADLINE, type Instant } from './time.js';

/** So long an answer counts: longer than the doubt lasts, shorter than a timeout. */
export const evidenceLasts = (monitor: ServiceMonitor): number => monitor.settings.timeout / 2;

/** Whether the host's own MAC answered here of late. */
export const hasEvidence = (monitor: ServiceMonitor, peer: Peer, now: Instant): boolean =>
  elapsed(peer.answeredAt, now) < evidenceLasts(monitor);

/** When a live host begins to be doubted. */
export const doubtedFrom = (monitor: ServiceMonitor, peer: Peer): Instant =>
  after(peer.heardAt, monitor.settings.timeout * DOUBT_SHARE);

export const isDoubted = (monitor: ServiceMonitor, peer: Peer, now: Instant): boolean =>
  peer.state === 'live' && now >= doubtedFrom(monitor, peer);

/** Hosts that may live although they are not heard: doubted, partitioned, or silent and answering. Sorted. */
export const suspectsOf = (monitor: ServiceMonitor, now: Instant): Peer[] =>
  sortedPeers(monitor).filter(
    (peer) =>
      peer.state === 'partitioned' ||
      isDoubted(monitor, peer, now) ||
      (peer.state === 'silent' && hasEvidence(monitor, peer, now)),
  );

/** Whether the host answers on the service network: here, or by the word of a live member that asked. */
export function answersElsewhere(monitor: ServiceMonitor, peer: Peer, now: Instant): boolean {
  if (monitor.settings.partition === 'ignore') return false;
  if (hasEvidence(monitor, peer, now)) return true;
  return [...monitor.peers.values()].some(
    (other) =>
      other.state === 'live' && other.id !== peer.id && other.information?.partitioned.includes(peer.id),
  );
}

/** The host out of reach that answers here for an address, if there is one: then nobody may acquire it. */
export function stillAnswering(monitor: ServiceMonitor, address: ServiceAddress, now: Instant): Peer | null {
  const answer = monitor.answers.get(address);
  if (monitor.settings.partition === 'ignore' || answer === undefined) return null;
  if (elapsed(answer.at, now) >= evidenceLasts(monitor)) return null;
  const peer = monitor.peers.get(answer.host);
  return peer !== undefined && isOutOfReach(monitor, peer, now) ? peer : null;
}

/** Not heard on the control networks, but perhaps alive. */
export const isOutOfReach = (monitor: ServiceMonitor, peer: Peer, now: Instant): boolean =>
  peer.state === 'silent' || peer.state === 'partitioned' || isDoubted(monitor, peer, now);

/** A host out of reach that may hold the address, as far as this host knows, which has not asked for it of late. */
export function unaskedHolder(monitor: ServiceMonitor, address: ServiceAddress, now: Instant): Peer | null {
  if (monitor.settings.partition === 'ignore') return null;
  if (elapsed(monitor.askedAt.get(address) ?? NEVER, now) < evidenceLasts(monitor)) return null;
  return (
    sortedPeers(monitor).find((peer) => claims(peer, address) && mayHoldUnasked(monitor, peer, now)) ?? null
  );
}

/** A silent host was asked for while it was doubted, unless this host could not ask then. */
const mayHoldUnasked = (monitor: ServiceMonitor, peer: Peer, now: Instant): boolean =>
  isOutOfReach(monitor, peer, now) &&
  (peer.state !== 'silent' || monitor.linkSince > doubtedFrom(monitor, peer));

/** So long an answer may take, there and back, on a busy host: nobody is judged before. */
const answerTime = (monitor: ServiceMonitor): number => Math.max(3, monitor.settings.timeout / 9);

/** From when on it means something that a host has not answered; NEVER: this host does not ask for its addresses. */
export const answerableFrom = (monitor: ServiceMonitor, peer: Peer): Instant =>
  peer.askedSince === NO_DEADLINE ? NEVER : after(peer.askedSince, answerTime(monitor));

/** Asks who has these addresses. The answers come as events of their own. */
export function ask(turn: Turn, addresses: readonly ServiceAddress[]): void {
  const { monitor, now } = turn;
  if (addresses.length === 0) return;
  for (const peer of suspectsOf(monitor, now)) {
    if (peer.askedSince === NO_DEADLINE && addresses.some((address) => claims(peer, address)))
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
    : peer.information?.serving.some((entry) => entry.address === address && entry.state === 'online') ===
      true;

export const claims = (peer: Peer, address: ServiceAddress): boolean =>
  peer.information?.serving.some((entry) => entry.address === address && isClaim(entry.state)) === true;
