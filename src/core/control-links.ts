// Who is heard on which control network (R6): a network that is cut costs nothing while another one is whole.

import type { HostId } from './address.js';
import type { Peer, ServiceMonitor } from './monitor.js';
import { elapsed, NEVER, type Instant } from './time.js';

/** `network`: its place among the control interfaces. */
export const heardOn = (peer: Peer, network: number): Instant => peer.links[network] ?? NEVER;

export const isHeardOn = (monitor: ServiceMonitor, peer: Peer, network: number, now: Instant): boolean =>
  elapsed(heardOn(peer, network), now) < monitor.settings.timeout;

/** Who lives and is not heard there, in order; `all`: nobody is. */
export function unheardOn(
  monitor: ServiceMonitor,
  network: number,
  now: Instant,
): { readonly hosts: readonly HostId[]; readonly all: boolean } {
  const live = monitor.peers.values().filter(({ state }) => state === 'live');
  const hosts = live.filter((peer) => !isHeardOn(monitor, peer, network, now)).map(({ id }) => id);
  return { hosts, all: hosts.length > 0 && hosts.length === live.length };
}
