// R61: the machines of the members, known by the MACs of their service interfaces.

import type { Peer, ServiceMonitor } from './monitor.js';

/** The other member that has it, as far as is known. */
export const memberWith = (monitor: ServiceMonitor, hardwareAddress: string): Peer | undefined =>
  monitor.peers.values().find((peer) => peer.hardwareAddress === hardwareAddress);

/** Whether a member has it, this host or another. */
export const isMember = (monitor: ServiceMonitor, hardwareAddress: string): boolean =>
  hardwareAddress === monitor.hardwareAddress || memberWith(monitor, hardwareAddress) !== undefined;

/** A machine has one host id: who had the MAC of `owner` before was the same one under another id. */
export function disownHardwareAddress(monitor: ServiceMonitor, owner: Peer): void {
  if (owner.hardwareAddress === null) return;
  for (const peer of monitor.peers.values())
    if (peer !== owner && peer.state !== 'live' && peer.hardwareAddress === owner.hardwareAddress)
      peer.hardwareAddress = null;
}
