// What is on the interfaces of a host, for peers that have nothing between an address and its answer.

import type { Host } from '../../test/farm/host.js';

interface Interface {
  readonly ifname: string;
  readonly operstate: string;
  readonly addr_info: readonly { local: string }[];
}

/** Whether an interface of the host that is up has the address. */
export function hasAddress(host: Host, address: string): boolean {
  const interfaces = host.namespace.ipJson(['addr', 'show', 'up', 'to', address]) as Interface[];
  return interfaces.some(
    ({ addr_info, operstate }) =>
      operstate !== 'DOWN' && (addr_info ?? []).some(({ local }) => local === address),
  );
}

/** Takes service addresses off the host's service interface. */
export function removeAddresses(host: Host): void {
  const lines = host
    .servedAddresses()
    .map((each) => `addr del ${each}/${each.includes(':') ? '128' : '32'} dev svc0`);
  if (lines.length > 0) host.namespace.ip(lines);
}
