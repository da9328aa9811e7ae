// R61: where the control networks are parted each side has a leader. What nobody serves any more, as after all hosts were held up
// for longer than their leases, both would give away at one moment, and neither could hear the other in time. So the smaller side
// waits: if the larger one takes the address, its announcement is heard on the service network meanwhile.

import { compareAddresses, type HostId, type ServiceAddress } from './address.js';
import type { ControlTable } from './control-table.js';
import type { Leadership, Peer, ServiceMonitor } from './monitor.js';
import { ACQUIRES_AT_ONCE } from './settings.js';
import { after, elapsed, type Instant } from './time.js';

/** Within it a side asks, gives the order again, configures and announces, also on a busy host: as many as it orders at a time. */
const TURN_SHARE = 2;
/** So many turns are waited for at the most, however many hosts are beyond: nobody is to be unserved for long for their sake. */
const MOST_TURNS = 3;
/** Who has fallen silent beyond is reckoned with for so many timeouts: until what both sides gave up is served again. */
const SILENT_BEYOND = 20;

/** How long this side waits for `count` addresses, in milliseconds. */
function sideWaits(monitor: ServiceMonitor, count: number): number {
  const parts = Math.ceil(count / ACQUIRES_AT_ONCE);
  return TURN_SHARE * monitor.settings.timeout * parts * turnsBefore(monitor);
}

/** Those beyond may be on as many sides as there are of them: where every host is alone, they go one after the other. */
function turnsBefore(monitor: ServiceMonitor): number {
  const here = hostsHere(monitor);
  const lower = beyond(monitor).filter((peer) => here.every((id) => compareAddresses(peer.id, id) < 0));
  return Math.min(1 + lower.length, MOST_TURNS);
}

/** Whether this host is on the smaller side of a partition; at a tie, on the one without the lowest host id. */
export function isOnSmallerSide(monitor: ServiceMonitor): boolean {
  const [first, ...others] = beyond(monitor);
  if (first === undefined) return false;
  const here = hostsHere(monitor);
  if (here.length !== others.length + 1) return here.length < others.length + 1;
  return here.every((id) => compareAddresses(first.id, id) < 0);
}

const hostsHere = ({ settings, peers }: ServiceMonitor): HostId[] => [
  settings.id,
  ...peers
    .values()
    .filter(isHere)
    .map(({ id }) => id),
];

const isHere = ({ state, observer }: Peer): boolean => state === 'live' && !observer;

/**
 * The members of the other side, ascending. When all had to give up what they served none answers any more, and all are silent:
 * then those count that fell silent of late, and answered when they were not heard any more. Who died did not.
 */
function beyond(monitor: ServiceMonitor): Peer[] {
  const { settings, peers, lastStepAt } = monitor;
  if (settings.partition === 'ignore') return [];
  const members = peers.values().filter(({ observer }) => !observer);
  const partitioned = members.filter(({ state }) => state === 'partitioned');
  if (partitioned.length > 0) return partitioned;
  return members.filter(
    ({ state, answeredAt, heardAt, since }) =>
      state === 'silent' &&
      answeredAt > after(heardAt, settings.timeout) &&
      elapsed(since, lastStepAt) < SILENT_BEYOND * settings.timeout,
  );
}

/** Keeps since when nobody has served what this side waits for. Called at each pass of the leader. */
export function noteUnserved(monitor: ServiceMonitor, leadership: Leadership, table: ControlTable): void {
  const { unservedSince } = leadership;
  if (!isOnSmallerSide(monitor)) unservedSince.clear();
  else
    for (const { address, claims } of table.entries.values()) {
      if (claims.length > 0) unservedSince.delete(address);
      else if (!unservedSince.has(address)) unservedSince.set(address, monitor.lastStepAt);
    }
  for (const address of unservedSince.keys()) if (!table.entries.has(address)) unservedSince.delete(address);
  // As long as for all that there were: the other side takes some at a time, and what is left then is to come.
  leadership.sideWait =
    unservedSince.size === 0 ? 0 : Math.max(leadership.sideWait, sideWaits(monitor, unservedSince.size));
}

/** Whether the other side may be about to take the address, so that it is given to nobody here yet. */
export function isLeftToOtherSide(
  monitor: ServiceMonitor,
  leadership: Leadership,
  address: ServiceAddress,
): boolean {
  const since = leadership.unservedSince.get(address);
  return since !== undefined && elapsed(since, monitor.lastStepAt) < leadership.sideWait;
}

/** When what this side waits for may be given away. */
export const sideDeadlines = ({ unservedSince, sideWait }: Leadership): Instant[] =>
  [...unservedSince.values()].map((since) => after(since, sideWait));
