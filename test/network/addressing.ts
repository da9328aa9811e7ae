// Addresses and placed addresses from their text.

import { parseAddress, type ServiceAddress } from '../../src/core/address.js';
import type { PlacedAddress } from '../../src/ipc/network-messages.js';

export function placed(address: string, name = 'svc0', group = 'web'): PlacedAddress {
  return { group, interface: name, address: serviceAddress(address) };
}

export function serviceAddress(text: string): ServiceAddress {
  const address = parseAddress(text);
  if (address === null) throw new Error(`not an address: ${text}`);
  return address;
}
