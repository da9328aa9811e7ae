// R29: very many addresses are told to their host in parts (`ACQUIRES_AT_ONCE`).

import type { HostId, ServiceAddress } from './address.js';
import type { Order } from './assignment.js';
import type { Leadership, Postponed, ServiceMonitor } from './monitor.js';
import { ACQUIRES_AT_ONCE } from './settings.js';

/**
 * Returns what is ordered now: not that which a host is to acquire while it was told to acquire many others already. Nobody waits for
 * the end of the others who is to be rid of something, nor where this host leads no longer than to this pass.
 */
export function postponeSome(
  { phase, settings }: ServiceMonitor,
  leadership: Leadership,
  wanted: readonly Order[],
): Order[] {
  const most = phase === 'leaving' ? Infinity : ACQUIRES_AT_ONCE;
  const told = new Map<HostId, number>();
  const tell = (host: HostId): number => {
    const count = (told.get(host) ?? 0) + 1;
    told.set(host, count);
    return count;
  };
  for (const { action, host } of leadership.pending.values()) if (action === 'acquire') tell(host);
  const orders: Order[] = [];
  const postponed = new Map<ServiceAddress, Postponed>();
  let own = 0;
  for (const order of wanted) {
    if (order.kind === 'acquire' && tell(order.host) > most)
      postponed.set(order.address, { host: order.host, reason: order.reason });
    else {
      orders.push(order);
      if (order.kind === 'acquire' && order.host === settings.id) own += 1;
    }
  }
  leadership.postponed = postponed;
  // Where it was about none, because it asks who has it, it waits for the answer.
  leadership.owesItself = own > 0 && [...postponed.values()].some(({ host }) => host === settings.id);
  return orders;
}
