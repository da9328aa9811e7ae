// Who leads (R24): the live member with the lowest host id. Leadership has a term that ascends, and a new leader
// holds its tongue until everybody has named its term.

import { compareAddresses, type HostId } from './address.js';
import { markDirty, record, type Peer, type ServiceMonitor, type Turn } from './monitor.js';
import { orderLasts } from './settings.js';
import { after } from './time.js';

/** R24: a failed or quiesced member can lead; an observer, a joining host and one without control cannot. */
export const canLead = (peer: Peer): boolean =>
  peer.state === 'live' && peer.permit && !peer.joining && !peer.leaving && !peer.observer;

const selfCanLead = (monitor: ServiceMonitor): boolean =>
  (monitor.phase === 'member' || monitor.phase === 'leaving') && !monitor.settings.observer;

/** The host that leads by this host's tables; null: nobody can. */
export function lowestLeader(
  monitor: ServiceMonitor,
  without: ReadonlySet<HostId> = new Set(),
): HostId | null {
  let lowest: HostId | null =
    selfCanLead(monitor) && !without.has(monitor.settings.id) ? monitor.settings.id : null;
  for (const peer of monitor.peers.values()) {
    if (!canLead(peer) || without.has(peer.id)) continue;
    if (lowest === null || compareAddresses(peer.id, lowest) < 0) lowest = peer.id;
  }
  return lowest;
}

/** Takes note of who leads now. Called once at the end of each step that may have changed it. */
export function refreshLeader(turn: Turn): void {
  const { monitor } = turn;
  adoptTerm(turn);
  const leader = lowestLeader(monitor);
  if (leader === monitor.settings.id) {
    if (monitor.leader !== leader || deposed(monitor)) becomeLeader(turn);
    confirmLeadership(turn);
  } else if (monitor.leader !== leader) {
    becomeFollower(turn, leader);
  }
}

function highestTerm(monitor: ServiceMonitor): number {
  let term = monitor.term;
  for (const peer of monitor.peers.values()) if (peer.state === 'live') term = Math.max(term, peer.term);
  return term;
}

/** Somebody live names a higher term than ours: another host has led in the meantime. */
const deposed = (monitor: ServiceMonitor): boolean => highestTerm(monitor) > monitor.term;

function becomeLeader(turn: Turn): void {
  const { monitor, now } = turn;
  monitor.term = highestTerm(monitor) + 1;
  monitor.leader = monitor.settings.id;
  monitor.leadership = {
    since: now,
    confirmed: false,
    pending: new Map(),
    passedOver: new Map(),
    cannotAssign: new Set(),
    unservedSince: new Map(),
    sideWait: 0,
    busy: new Set(),
    postponed: new Map(),
    owesItself: false,
  };
  markDirty(monitor);
  record(
    turn,
    'leader',
    `${monitor.settings.group}: ${monitor.settings.id} leads in term ${String(monitor.term)}`,
  );
}

function becomeFollower(turn: Turn, leader: HostId | null): void {
  const { monitor } = turn;
  monitor.leader = leader;
  monitor.leadership = null;
  // It kept its own term for as long as it led.
  adoptTerm(turn);
  const who = leader === null ? 'nobody leads' : `${leader} leads`;
  record(turn, 'leader', `${monitor.settings.group}: ${who}`);
}

/** A follower names the highest term that a live member names, at once: the new leader waits for it. */
function adoptTerm(turn: Turn): void {
  const { monitor } = turn;
  if (monitor.leadership !== null) return;
  const term = highestTerm(monitor);
  if (term === monitor.term) return;
  monitor.term = term;
  markDirty(monitor);
}

/**
 * R24: the leader commands once every live member's heartbeat names its term, or nobody obeys the one before it: also one whose
 * control process does not run as far as is known. When several wake at one time each takes the others for such, and all would
 * lead at once. A live member whose information is not here yet is waited for up to a whole timeout: its addresses are unknown.
 */
function confirmLeadership(turn: Turn): void {
  const { monitor, now } = turn;
  const { leadership, settings } = monitor;
  if (leadership === null || leadership.confirmed) return;
  const live = monitor.peers.values().filter((peer) => peer.state === 'live');
  const hasWaited = (span: number): boolean => now >= after(leadership.since, span);
  const termsNamed = hasWaited(orderLasts(settings)) || live.every((peer) => peer.term >= monitor.term);
  const tablesFilled = hasWaited(settings.timeout) || live.every((peer) => peer.information !== null);
  leadership.confirmed = termsNamed && tablesFilled;
}
