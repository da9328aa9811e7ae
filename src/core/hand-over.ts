// A planned move (R55), as the host that is to have the address sees it: it is prepared while the holder still serves, and
// takes the address at the holder's own word that it is gone, without waiting for the leader. What goes wrong in between
// costs nothing: a prepared address that is not handed over in time is forgotten, and the leader assigns it as any other.

import { acquire, forgetPrepared, prepare } from './address-state.js';
import type { HostId } from './address.js';
import type { AddressOrder } from './event.js';
import { stillAnswering } from './evidence.js';
import { isOk, type LocalAddress, type ServiceMonitor, type Turn } from './monitor.js';
import { after, earlier, NO_DEADLINE, type Instant } from './time.js';

/** The leader's *prepare*: it was checked like an acquire. */
export function onPrepare(turn: Turn, order: AddressOrder): void {
  prepare(turn, order.address, order.reason, holderOf(turn.monitor, order));
}

/** The one live host that serves the address, as far as this host knows. Without one only the leader's word opens it. */
function holderOf(monitor: ServiceMonitor, { address }: AddressOrder): HostId | null {
  const holders = monitor.peers.values().filter((peer) => peer.state === 'live' && peer.claims.has(address));
  return holders.length === 1 ? (holders[0]?.id ?? null) : null;
}

/** Takes what its holder has given up, and forgets what was not handed over within a timeout. */
export function settlePrepared(turn: Turn): void {
  const { monitor, now } = turn;
  for (const local of monitor.local.values()) {
    const { address } = local;
    if (!isAwaited(local)) continue;
    if (!mayTake(monitor) || now >= after(local.since, monitor.settings.timeout))
      forgetPrepared(turn, address);
    else if (isHandedOver(monitor, local, now)) acquire(turn, address, local.reason);
  }
}

const isAwaited = ({ phase }: LocalAddress): boolean => phase === 'preparing' || phase === 'prepared';

const mayTake = (monitor: ServiceMonitor): boolean =>
  isOk(monitor) && !monitor.quiesced && monitor.phase === 'member';

/** The holder lives, or has left in order, and says itself that it has the address no more. */
function isHandedOver(monitor: ServiceMonitor, local: LocalAddress, now: Instant): boolean {
  const holder = local.holder === null ? undefined : monitor.peers.get(local.holder);
  if (holder === undefined || (holder.state !== 'live' && holder.state !== 'left')) return false;
  if (holder.information === null || holder.claims.has(local.address)) return false;
  const others = monitor.peers
    .values()
    .some((peer) => peer.state === 'live' && peer.claims.has(local.address));
  return !others && stillAnswering(monitor, local.address, now) === null;
}

/** When the first prepared address has to be forgotten. */
export function nextPreparedDeadline(monitor: ServiceMonitor): Instant {
  let next: Instant = NO_DEADLINE;
  for (const local of monitor.local.values()) {
    if (isAwaited(local)) next = earlier(next, after(local.since, monitor.settings.timeout));
  }
  return next;
}
