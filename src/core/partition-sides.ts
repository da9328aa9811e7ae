// R61: where the control networks are parted each side has a leader. What nobody serves any more, as after all hosts were held up
// for longer than their leases, both would give away at one moment, and neither could hear the other in time. So the smaller side
// waits: if the larger one takes the address, its announcement is heard on the service network meanwhile.

import { compareAddresses, type ServiceAddress } from './address.js';
import type { ControlTable } from './control-table.js';
import { evidenceLastsUnasked } from './evidence.js';
import type { Leadership, Peer, ServiceMonitor } from './monitor.js';
import { ACQUIRES_AT_ONCE } from './settings.js';
import { after, elapsed, type Instant } from './time.js';

/** Within it the larger side asks, gives the order again, configures and announces, also on a busy host: as many as it orders at a time. */
const sideWaits = ({ settings }: ServiceMonitor, { unservedSince }: Leadership): number =>
  2 * settings.timeout * Math.ceil(unservedSince.size / ACQUIRES_AT_ONCE);

/** Whether this host is on the smaller side of a partition; at a tie, on the one without the lowest host id. */
export function isOnSmallerSide(monitor: ServiceMonitor): boolean {
  const [first, ...others] = beyond(monitor);
  if (first === undefined) return false;
  const here = [
    monitor.settings.id,
    ...monitor.peers
      .values()
      .filter(isHere)
      .map(({ id }) => id),
  ];
  if (here.length !== others.length + 1) return here.length < others.length + 1;
  return here.every((id) => compareAddresses(first.id, id) < 0);
}

const isHere = ({ state, observer }: Peer): boolean => state === 'live' && !observer;

/**
 * The members of the other side, ascending. When all had to give up what they served none answers any more, and all are silent:
 * then those count that did a moment ago.
 */
function beyond(monitor: ServiceMonitor): Peer[] {
  if (monitor.settings.partition === 'ignore') return [];
  const members = monitor.peers.values().filter(({ observer }) => !observer);
  const partitioned = members.filter(({ state }) => state === 'partitioned');
  if (partitioned.length > 0) return partitioned;
  return members.filter(
    ({ state, answeredAt }) =>
      state === 'silent' && elapsed(answeredAt, monitor.lastStepAt) < evidenceLastsUnasked(monitor),
  );
}

/** Keeps since when nobody has served what this side waits for. Called at each pass of the leader. */
export function noteUnserved(monitor: ServiceMonitor, leadership: Leadership, table: ControlTable): void {
  const { unservedSince } = leadership;
  if (!isOnSmallerSide(monitor)) {
    unservedSince.clear();
    return;
  }
  for (const { address, claims } of table.entries.values()) {
    if (claims.length > 0) unservedSince.delete(address);
    else if (!unservedSince.has(address)) unservedSince.set(address, monitor.lastStepAt);
  }
}

/** Whether the other side may be about to take the address, so that it is given to nobody here yet. */
export function isLeftToOtherSide(
  monitor: ServiceMonitor,
  leadership: Leadership,
  address: ServiceAddress,
): boolean {
  const since = leadership.unservedSince.get(address);
  return since !== undefined && elapsed(since, monitor.lastStepAt) < sideWaits(monitor, leadership);
}

/** When what this side waits for may be given away. */
export const sideDeadlines = (monitor: ServiceMonitor, leadership: Leadership): Instant[] =>
  [...leadership.unservedSince.values()].map((since) => after(since, sideWaits(monitor, leadership)));
