// What the leader would do if some hosts were gone: for the operator's `plan`, and for the search for candidates (R61).

import { compareAddresses, type HostId, type ServiceAddress } from './address.js';
import { assign, type AssignmentContext, type Order } from './assignment.js';
import { assignmentContext } from './control.js';
import { buildControlTable, servedIn, whyNobody, type ControlTable } from './control-table.js';
import type { Leadership, Postponed, ServiceMonitor } from './monitor.js';
import { refreshBusy } from './policy.js';
import { explainReason } from './reason.js';
import type { Instant } from './time.js';

export interface PlannedMove {
  readonly address: ServiceAddress;
  /** Who has it now; null: nobody. */
  readonly from: HostId | null;
  /** Null: nobody can serve it. */
  readonly to: HostId | null;
  readonly reason: string;
}

/**
 * The orders of one pass by this host's tables, without `without`. Under policy `random` one possible outcome. What only the leader
 * knows is left out: each host finds out whether it may be the one that is to ask (R61), and who asks in vain costs less than who
 * does not ask.
 */
export const ordersWithout = (monitor: ServiceMonitor, without: ReadonlySet<HostId>, now: Instant): Order[] =>
  assign(buildControlTable(monitor, now, without), assignmentContext(monitor, null, now, 0));

/**
 * What the leader knows beside its tables (R29). Where this host does not lead, whoever says that it could not acquire an address
 * is passed over for it, and the water marks are applied to what the hosts say now. Nothing waits for its turn or for an answer:
 * what was ordered already is taken for done, by the host that was told.
 */
function planContext(monitor: ServiceMonitor, table: ControlTable, now: Instant): AssignmentContext {
  const { leadership, settings } = monitor;
  const context = assignmentContext(monitor, null, now, 0);
  const busy = new Set(leadership?.busy);
  refreshBusy(busy, table.hosts, settings.waterMarks);
  if (leadership === null) return { ...context, busy, passedOver: (...of) => hasFailed(table, ...of) };
  const { passedOver, postponed } = assignmentContext(monitor, leadership, now, 0);
  const ordered = orderedOf(leadership);
  return {
    ...context,
    busy,
    passedOver,
    postponed: (address) => ordered.get(address) ?? postponed(address),
  };
}

const hasFailed = (table: ControlTable, address: ServiceAddress, host: HostId): boolean =>
  servedIn(table, host, address)?.state === 'not serving';

function orderedOf({ pending }: Leadership): Map<ServiceAddress, Postponed> {
  const ordered = new Map<ServiceAddress, Postponed>();
  for (const { action, host, order } of pending.values())
    if (action !== 'release') ordered.set(order.address, { host, reason: order.reason });
  return ordered;
}

/** Each address that would move, in order, with the reason. Changes nothing. */
export function planWithout(
  monitor: ServiceMonitor,
  without: ReadonlySet<HostId>,
  now: Instant,
): PlannedMove[] {
  const present = buildControlTable(monitor, now);
  const future = buildControlTable(monitor, now, without);
  const holder = (address: ServiceAddress): HostId | null => present.entries.get(address)?.claims[0] ?? null;
  const orders = assign(future, planContext(monitor, future, now));
  return orders
    .map((order): PlannedMove => {
      const { address } = order;
      const from = holder(address);
      if (order.kind === 'cannot-assign')
        return { address, from, to: null, reason: `nobody can: ${whyNobody(future)}` };
      const reason = explainReason(order.reason, order.host, future.entries.get(address)?.owner ?? null);
      if (order.kind !== 'release') return { address, from, to: order.host, reason };
      return { address, from: order.host, to: keeper(future, orders, address), reason };
    })
    .sort((a, b) => compareAddresses(a.address, b.address));
}

/** Who has the address when all that have to release it have done so; null: nobody, it is released for good. */
function keeper(future: ControlTable, orders: readonly Order[], address: ServiceAddress): HostId | null {
  const entry = future.entries.get(address);
  const released = new Set(orders.filter((order) => order.address === address).map(hostOf));
  return entry?.claims.find((host) => !released.has(host)) ?? entry?.preferred ?? null;
}

const hostOf = (order: Order): HostId | null => (order.kind === 'cannot-assign' ? null : order.host);
