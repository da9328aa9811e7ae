// The configuration files of the farm's daemons, as objects with the keys of the contract. Each host's is made from its number
// alone, as each host of a real farm has its own (R4).

import type { Host } from './host.js';

/** One group as it stands in the file. Keys beyond these are allowed: tests add what they are about. */
export interface GroupSection {
  address: string;
  key: string | string[];
  interface: string;
  prefer: string[];
  heartbeat: { interval: string; timeout: string };
  [key: string]: unknown;
}

export interface FarmConfiguration {
  control: string[];
  groups: Record<string, GroupSection>;
  [key: string]: unknown;
}

export interface Timing {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Changes one host's configuration from what all have. */
export type Adjust = (configuration: FarmConfiguration, host: Host) => void;

/** The group of the farm's scenarios. */
export const GROUP = 'web';
export const GROUP_ADDRESS = '239.255.77.1';
export const GROUP_PORT = 5405;
/** What the farm's daemons sign with. */
export const GROUP_KEY = 'the key of the farm, which guards nothing\n';

/** How often the service is asked by HTTP how it is, and after how many bad answers it counts as failed. */
export const HEALTH = { intervalMs: 100, fall: 2 } as const;
/** test/farm/probe/health.h */
const HEALTH_PORT = 7080;

/** R2: the service is watched by its process, and asked how it is. */
export const watchService: Adjust = (configuration, host) => {
  const often = { interval: `${String(HEALTH.intervalMs)}ms`, timeout: `${String(HEALTH.intervalMs)}ms` };
  configuration['tests'] = {
    process: { process: { pidfile: host.pidFile } },
    health: {
      http: { url: `http://127.0.0.1:${String(HEALTH_PORT)}/` },
      ...often,
      rise: 1,
      fall: HEALTH.fall,
    },
  };
  configuration.groups[GROUP]!['tests'] = ['process', 'health'];
};

/** Two control networks, one group, one preferred IPv4 address: written to the host's directory with its key. */
export function configureHost(host: Host, timing: Timing, adjust: Adjust = () => undefined): void {
  const configuration: FarmConfiguration = {
    control: ['ctl0', 'ctl1'],
    groups: { [GROUP]: groupSection(host, GROUP, timing) },
  };
  adjust(configuration, host);
  host.daemon.configure(configuration);
}

/** The section of a group that differs from the farm's own by its name and port, with a key file of its own. */
export function groupSection(
  host: Host,
  name: string,
  timing: Timing,
  port: number = GROUP_PORT,
): GroupSection {
  return {
    address: `${GROUP_ADDRESS}:${String(port)}`,
    key: host.daemon.writeKey(`${name}.key`, GROUP_KEY),
    interface: 'svc0',
    prefer: [`${host.preferred}/24`],
    heartbeat: { interval: `${String(timing.intervalMs)}ms`, timeout: `${String(timing.timeoutMs)}ms` },
    'orphan-timeout': '30d',
    'fail-back': 'now',
  };
}
