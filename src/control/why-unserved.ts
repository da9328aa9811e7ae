// Why nobody serves an address, for an operator who waits for it (R58): what the leader waits for, and who was tried and could
// not. Another member than the leader knows of the failures by what their hosts say, and not how long they are passed over.

import type { HostId, ServiceAddress } from '../core/address.js';
import { whyNobody, servedIn, type ControlTable } from '../core/control-table.js';
import type { Leadership, ServiceMonitor } from '../core/monitor.js';
import { isLeftToOtherSide } from '../core/partition-sides.js';
import { elapsed, NEVER, type Instant } from '../core/time.js';

export interface View {
  readonly monitor: ServiceMonitor;
  readonly table: ControlTable;
  readonly now: Instant;
}

/** Only the leader knows: where it has assigned what nobody may have acquired yet, in words. */
export function assignedHere(monitor: ServiceMonitor): ReadonlyMap<ServiceAddress, string> {
  const assigned = new Map<ServiceAddress, string>();
  if (monitor.leadership === null) return assigned;
  const { pending, postponed } = monitor.leadership;
  for (const [address, { host }] of postponed)
    assigned.set(address, `it will be assigned to ${host}, which still acquires others`);
  for (const { action, host, order } of pending.values())
    if (action === 'acquire') assigned.set(order.address, `it is being assigned to ${host}`);
  return assigned;
}

/** `assigned`: what `assignedHere` says of the address. */
export function whyUnserved(view: View, address: ServiceAddress, assigned: string | undefined): string {
  const { monitor, table } = view;
  if (monitor.phase === 'joining') return 'this host is still joining and listens for other members';
  if (monitor.leader === null) return 'nobody leads the group';
  if (assigned !== undefined) return assigned;
  if (table.spares.length + table.eligible.length === 0) return `no host is able: ${whyNobody(table)}`;
  const failures = failuresOf(view, address);
  if (failures.length > 0) return failures.join('; ');
  if (monitor.leadership !== null && isLeftToOtherSide(monitor, monitor.leadership, address))
    return 'the other side of the partition may be about to take it; this side waits for that';
  return `the leader ${monitor.leader} has not assigned it yet`;
}

/** R29: of each host that could have it if it had not failed to take it, that it did, and for how long it is passed over. */
const failuresOf = (view: View, address: ServiceAddress): string[] =>
  [...view.table.spares, ...view.table.eligible].flatMap((host) => failureOf(view, address, host) ?? []);

function failureOf({ monitor, table, now }: View, address: ServiceAddress, host: HostId): string | null {
  const { leadership } = monitor;
  const served = servedIn(table, host, address);
  const left = Math.max(timeLeft(leadership, `${address} ${host}`, now), timeLeft(leadership, host, now));
  const span = left > 0 ? `, and is passed over for ${(left / 1000).toFixed(1)} s more` : '';
  if (served?.state === 'not serving') {
    const tries = served.attempts === 1 ? 'one attempt' : `${String(served.attempts)} attempts in a row`;
    return `${host} could not acquire it (${tries}; its own history has the reason)${span}`;
  }
  return span === '' ? null : `${host} did not do as it was ordered${span}`;
}

const timeLeft = (leadership: Leadership | null, key: string, now: Instant): number =>
  elapsed(now, leadership?.passedOver.get(key)?.until ?? NEVER);
