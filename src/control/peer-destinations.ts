// R60: where unicast peers are reached. A member's control address is sent to on the control interface whose subnet
// it is in; one that is in no such subnet would need a router, and routed frames are refused (hop limit 255).

import { sameSubnet, type Address, type HostId } from '../core/address.js';
import type { ControlInterface } from '../ipc/supervisor-messages.js';

export interface Destination {
  /** Position among the control interfaces. */
  readonly interface: number;
  readonly address: Address;
}

export const destinations = (
  peers: readonly { readonly id: HostId; readonly addresses: readonly Address[] }[],
  interfaces: readonly ControlInterface[],
): Destination[] =>
  peers.flatMap((peer) =>
    peer.addresses.flatMap((address) =>
      interfaces.flatMap((controlInterface, position) =>
        sameSubnet(address, controlInterface.address, controlInterface.prefix)
          ? [{ interface: position, address }]
          : [],
      ),
    ),
  );
