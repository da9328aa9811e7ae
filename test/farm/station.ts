// A station is whatever has a namespace and cables to the switch: hosts, clients, strangers.

import { macOf, v4Of, v6Of } from './addressing.js';
import { Namespace } from './namespace.js';
import type { Network, Port, Switch } from './switch.js';
import { waitUntil } from './wait.js';

export interface StationOptions {
  readonly name: string;
  readonly octet: number;
  readonly networks: readonly Network[];
  /** Address families on the control interfaces; the service interface has IPv4, and IPv6 where it is listed here. */
  readonly families: Readonly<Record<'control' | 'service', readonly (4 | 6)[]>>;
}

const TENTATIVE_BOUND_MS = 60_000;

/** Makes the namespace, lays the cables, gives the interfaces their addresses. */
export function attachStation(farm: string, hub: Switch, options: StationOptions): Namespace {
  const { name, octet, networks, families } = options;
  const namespace = Namespace.create([`${farm}-${name}`])[0]!;
  hub.attach(name, namespace, networks, (network) => macOf(network, octet));
  namespace.ip(
    networks.flatMap((network) => [
      `link set ${network} up`,
      ...families[network === 'svc0' ? 'service' : 'control'].map((family) =>
        family === 4
          ? `addr add ${v4Of(network, octet)}/24 dev ${network}`
          : `addr add ${v6Of(network, octet)}/64 dev ${network} nodad`,
      ),
    ]),
  );
  return namespace;
}

/**
 * Until no address of the station is tentative. The kernel examines the link-local addresses for a second or two, as on
 * any host, and sends no neighbour solicitation from them before that.
 */
export async function waitForAddresses(namespace: Namespace): Promise<void> {
  await waitUntil(
    `${namespace.name}: addresses`,
    () => {
      const interfaces = namespace.ipJson(['addr', 'show', 'tentative']) as {
        ifname?: string;
        addr_info?: unknown[];
      }[];
      const tentative = interfaces.filter(({ addr_info }) => (addr_info ?? []).length > 0);
      return tentative.length === 0
        ? null
        : `tentative on ${tentative.map(({ ifname }) => ifname).join(', ')}`;
    },
    TENTATIVE_BOUND_MS,
  );
}

export const portsOf = (name: string, networks: readonly Network[]): Port[] =>
  networks.map((network) => ({ station: name, network }));

export const hostName = (number: number): string => `h${String(number)}`;
