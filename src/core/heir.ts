// Who is to have an address of this host's next (R55).

import type { ServiceAddress } from './address.js';
import type { HostInformation } from './host-information.js';
import type { ServiceMonitor } from './monitor.js';

export interface Heir {
  readonly hardwareAddress: string;
}

/** The one live host that is prepared to take the address over; null: nobody is, or without a fence it takes an acquire. */
export function heirOf({ peers, settings }: ServiceMonitor, address: ServiceAddress): Heir | null {
  if (!settings.fenced) return null;
  const prepared = peers.values().filter((peer) => peer.state === 'live' && peer.prepared.has(address));
  const hardwareAddress = prepared[0]?.information?.hardwareAddress ?? null;
  return prepared.length === 1 && hardwareAddress !== null ? { hardwareAddress } : null;
}

/** Whether a host could take addresses over now. */
export const couldInherit = ({ ok, quiesced, observer }: HostInformation): boolean =>
  ok && !quiesced && !observer;
