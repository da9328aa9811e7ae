// The switch of a farm: three bridges in one namespace, the service network and two control networks, with a port for
// every interface of every station. Faults are done here, at the far end of the cable, so that no host takes part in
// its own failure.

import type { Namespace } from './namespace.js';

/** The networks, called as the interfaces that stations have on them. */
export const NETWORKS = ['svc0', 'ctl0', 'ctl1'] as const;
export type Network = (typeof NETWORKS)[number];

const IP_FILTERS = ['iptables', 'ip6tables', 'arptables'] as const;

/** One end of a cable at the switch. */
export interface Port {
  readonly station: string;
  readonly network: Network;
}

export class Switch {
  readonly namespace: Namespace;
  private readonly ports: Port[] = [];

  constructor(namespace: Namespace) {
    this.namespace = namespace;
    this.namespace.ip(
      NETWORKS.flatMap((network) => [
        `link add ${network} type bridge stp_state 0 mcast_snooping 0 forward_delay 0`,
        `link set ${network} up`,
      ]),
    );
    // A switch has no IP filter, but where br_netfilter is loaded every frame goes through the host's as well. Where it
    // is not, the keys are unknown (-e).
    this.namespace.run('sysctl', [
      '-qe',
      ...IP_FILTERS.map((filter) => `net.bridge.bridge-nf-call-${filter}=0`),
    ]);
    this.namespace.nft(`table bridge farm {
      set dead { type ifname; }
      chain forward {
        type filter hook forward priority 0
        iifname @dead drop
        oifname @dead drop
      }
    }`);
  }

  /** Lays a cable to a station on each of the networks. `mac` gives its end's MAC address. */
  attach(
    station: string,
    to: Namespace,
    networks: readonly Network[],
    mac: (network: Network) => string,
  ): void {
    this.ports.push(...networks.map((network) => ({ station, network })));
    this.namespace.ip(
      networks.flatMap((network) => {
        const port = portName({ station, network });
        return [
          `link add ${port} type veth peer name ${network} address ${mac(network)} netns ${to.name}`,
          `link set ${port} master ${network}`,
          `link set ${port} up`,
        ];
      }),
    );
  }

  /** Takes a station's cables away for good. */
  detach(station: string): void {
    const gone = this.ports.filter((port) => port.station === station);
    this.namespace.ip(gone.map((port) => `link del ${portName(port)}`));
    for (const port of gone) this.ports.splice(this.ports.indexOf(port), 1);
  }

  /** Pulls cables: the stations lose their carrier. One after the other, about 1 ms each. */
  pull(ports: readonly Port[]): void {
    this.namespace.ip(ports.map((port) => `link set ${portName(port)} down`));
  }

  plug(ports: readonly Port[]): void {
    this.namespace.ip(ports.map((port) => `link set ${portName(port)} up`));
  }

  /** Drops every frame from and to these ports, all from the same instant on. The stations keep their carrier. */
  block(ports: readonly Port[]): void {
    this.changeDead('add', ports);
  }

  unblock(ports: readonly Port[]): void {
    this.changeDead('delete', ports);
  }

  /** Stops a whole network, as a switch that hangs: the stations keep their carrier. */
  stopNetwork(network: Network): void {
    this.namespace.ip([`link set ${network} down`]);
  }

  startNetwork(network: Network): void {
    this.namespace.ip([`link set ${network} up`]);
  }

  /** Every cable in, every network running, nothing dropped: whatever was done before. */
  heal(): void {
    this.namespace.nft('flush set bridge farm dead\n');
    this.namespace.ip([...NETWORKS, ...this.ports.map(portName)].map((name) => `link set ${name} up`));
  }

  private changeDead(change: 'add' | 'delete', ports: readonly Port[]): void {
    const names = ports.map((port) => `"${portName(port)}"`).join(', ');
    this.namespace.nft(`${change} element bridge farm dead { ${names} }\n`);
  }
}

/** The interface's name at the switch. */
export const portName = ({ station, network }: Port): string => `${station}-${network}`;
