// What the leader would do if some hosts were gone: for the operator's `plan`, and for the search for candidates (R61).

import { compareAddresses, type HostId, type ServiceAddress } from './address.js';
import { assign, type Order } from './assignment.js';
import { assignmentContext } from './control.js';
import { buildControlTable, whyNobody, type ControlTable } from './control-table.js';
import type { ServiceMonitor } from './monitor.js';
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

/** The orders of one pass by this host's tables, without `without`. Under policy `random` one possible outcome. */
export const ordersWithout = (monitor: ServiceMonitor, without: ReadonlySet<HostId>, now: Instant): Order[] =>
  assign(buildControlTable(monitor, now, without), assignmentContext(monitor, null, now, 0));

/** Each address that would move, in order, with the reason. Changes nothing. */
export function planWithout(
  monitor: ServiceMonitor,
  without: ReadonlySet<HostId>,
  now: Instant,
): PlannedMove[] {
  const present = buildControlTable(monitor, now);
  const future = buildControlTable(monitor, now, without);
  const holder = (address: ServiceAddress): HostId | null => present.entries.get(address)?.claims[0] ?? null;
  const orders = assign(future, assignmentContext(monitor, null, now, 0));
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
