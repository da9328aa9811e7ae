// R60: where the peers that control has learned are sent to: each of their control addresses, on each control interface that
// may reach it (src/ipc/peer-interfaces.ts).

import type { Address, HostId } from '../core/address.js';
import { MAX_PEERS } from '../ipc/heartbeat-messages.js';
import { reachOn } from '../ipc/peer-interfaces.js';
import type { ControlInterface } from '../ipc/supervisor-messages.js';

export interface Destination {
  /** Position among the control interfaces. */
  readonly interface: number;
  readonly address: Address;
}

/** At most MAX_PEERS. Those that are surely reached come first: what there is no room for are guesses. */
export function destinations(
  peers: readonly { readonly id: HostId; readonly addresses: readonly Address[] }[],
  interfaces: readonly ControlInterface[],
): Destination[] {
  const addresses = peers.flatMap((peer) => peer.addresses);
  const having = (reach: 'yes' | 'perhaps'): Destination[] =>
    addresses.flatMap((address) =>
      interfaces.flatMap((each, position) =>
        reachOn(each, address) === reach ? [{ interface: position, address }] : [],
      ),
    );
  return [...having('yes'), ...having('perhaps')].slice(0, MAX_PEERS);
}
