// The host id is the address of the first control interface that is there when the daemon starts, unless the configuration says it.
// Where that interface is late, this host joins with another id than yesterday: to the others it is a new host, and what
// they know of the old one is an orphan's.

import type { Address, HostId } from '../core/address.js';

/** What is wrong with the id that this host goes by, and what to do; null: it will be the same at the next start. */
export function idWarning(
  configured: HostId | null,
  hostId: HostId,
  first: { readonly name: string; readonly addresses: readonly { readonly address: Address }[] } | undefined,
): string | null {
  if (configured !== null || first === undefined) return null;
  if (first.addresses.some(({ address }) => address === hostId)) return null;
  const why =
    first.addresses.length === 0
      ? 'which is missing or has no address'
      : `which has ${first.addresses.map(({ address }) => address).join(' and ')} now`;
  return `the id of this host is ${hostId}, no address of its first control interface ${first.name}, ${why}: at another start it may be another one, and the others take it for another host; write the id that it is to have into the configuration (id: …), and start the daemon anew`;
}
