// R15, R61: a host that was down may come up cut off from those who went on. They are silent to it, and it would take for
// strangers the machines that answer for their addresses, and serve beside them. So it remembers who the members were.

import type { RememberedMember } from './event.js';
import { isMember } from './hardware-address.js';
import type { ServiceMonitor, Turn } from './monitor.js';
import { addPeer } from './peers.js';

/** Whoever has been heard meanwhile is known better. */
export function rememberMembers(turn: Turn, members: readonly RememberedMember[]): void {
  const { monitor } = turn;
  for (const { id, hardwareAddress } of members) {
    if (id === monitor.settings.id || isMember(monitor, hardwareAddress)) continue;
    const peer = monitor.peers.get(id) ?? addPeer(turn, id);
    if (peer !== null) peer.hardwareAddress ??= hardwareAddress;
  }
}

/** What `rememberMembers` is to be told when this host is up again. */
export const membersToKeep = (monitor: ServiceMonitor): RememberedMember[] =>
  monitor.peers
    .values()
    .flatMap(({ id, hardwareAddress }) => (hardwareAddress === null ? [] : [{ id, hardwareAddress }]));
