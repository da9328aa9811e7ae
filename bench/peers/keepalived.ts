// keepalived (VRRP 3) as an operator would set it up who wants it as fast as it can be: an advertisement every 10 ms, real-time
// priority, locked memory, one announcement instead of five, priorities so high that the skew of the first two is 0.1 ms, advertisements on a
// control network, the service interface tracked. One VRRP instance for the addresses of each host; the other hosts stand
// behind in an order of their own.

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Host } from '../../test/farm/host.js';
import type { Ground } from '../ground.js';
import type { Peer, PeerKind } from '../peer.js';
import { servicePidFile } from '../service.js';
import type { Terms } from '../terms.js';
import { HOSTS } from '../terms.js';
import { hasAddress, removeAddresses } from './interface-addresses.js';
import { Programs } from './programs.js';
import { firstVersion, priorityOf, tooFastForVrrp } from './vrrp.js';

/** An advertisement names its addresses; what does not fit is configured beside it. */
const MOST_NAMED = 10;

export function keepalivedConfiguration(
  terms: Terms,
  number: number,
  addressesOf: (number: number) => readonly string[],
  pidFile: string,
): string {
  const track = terms.serviceTest ? '\n  track_script { service }' : '';
  const script = `vrrp_script service {
  script "/bin/sh -c 'kill -0 $(cat ${pidFile})'"
  interval 1
  rise 1
  fall 1
}
`;
  const instances = Array.from({ length: HOSTS }, (_, index) => {
    const owner = index + 1;
    const addresses = addressesOf(owner).map(
      (each) => `    ${each}/${each.includes(':') ? '128' : '32'} dev svc0`,
    );
    const named =
      terms.family === 4 ? addresses.slice(0, MOST_NAMED) : [`    10.88.201.${String(owner)}/32 dev svc0`];
    const rest = terms.family === 4 ? addresses.slice(MOST_NAMED) : addresses;
    return `vrrp_instance of_h${String(owner)} {
  state BACKUP
  interface ctl0
  virtual_router_id ${String(owner)}
  priority ${String(priorityOf(owner, number))}
  advert_int ${String(terms.setting.advertMs / 1000)}
  track_interface { svc0 }${track}
  virtual_ipaddress {
${named.join('\n')}
  }${rest.length === 0 ? '' : `\n  virtual_ipaddress_excluded {\n${rest.join('\n')}\n  }`}
}
`;
  });
  return `global_defs {
  vrrp_version 3
  vrrp_rt_priority 50
  vrrp_rlimit_rttime 1000000
  vrrp_no_swap
  vrrp_min_garp true
  script_user root
  enable_script_security
}
${terms.serviceTest ? script : ''}${instances.join('')}`;
}

class Keepalived implements Peer {
  readonly restartsWorkers = true;
  private readonly programs = new Programs();
  private readonly ground: Ground;

  constructor(ground: Ground) {
    this.ground = ground;
  }

  configure(host: Host): void {
    const addresses = (number: number): string[] => this.ground.addressesOf(this.ground.host(number));
    const text = keepalivedConfiguration(this.ground.terms, host.number, addresses, servicePidFile(host));
    writeFileSync(pathOf(host), text, { mode: 0o600 });
  }

  start(host: Host): Promise<void> {
    const file = (name: string): string => join(host.daemon.directory, name);
    // /run is empty after a power failure; and what was killed may wait there as a zombie, which keepalived takes for alive.
    for (const name of ['keepalived.pid', 'keepalived-vrrp.pid']) rmSync(file(name), { force: true });
    this.programs.start(host, 'keepalived', [
      '--dont-fork',
      '--log-console',
      '--vrrp',
      `--use-file=${pathOf(host)}`,
      `--pid=${file('keepalived.pid')}`,
      `--vrrp_pid=${file('keepalived-vrrp.pid')}`,
    ]);
    return Promise.resolve();
  }

  stop(host: Host): Promise<void> {
    this.programs.stop(host);
    return Promise.resolve();
  }

  processes(host: Host): number[] {
    return this.programs.all(host);
  }

  /** The VRRP process; its parent only watches over it. */
  worker(host: Host): number {
    return this.programs.leaf(host);
  }

  forget(host: Host): void {
    removeAddresses(host);
  }

  holds(host: Host, address: string): boolean {
    return hasAddress(host, address);
  }

  whyUnsettled(): Promise<string | null> {
    return Promise.resolve(null);
  }

  configuration(host: Host): string {
    return readFileSync(pathOf(host), 'utf8');
  }
}

const pathOf = (host: Host): string => join(host.daemon.directory, 'keepalived.conf');

export const keepalived: PeerKind = {
  name: 'keepalived',
  setUp:
    'VRRP 3, SCHED_FIFO 50, locked memory, vrrp_min_garp, priorities 254, 253 and 100, a real-time limit of 1 s (its default of 10 ms had it killed here), advertisements on ctl0, svc0 tracked',
  sharesMac: false,
  version: () => firstVersion(spawnSync('keepalived', ['--version'], { encoding: 'utf8' }).stderr),
  cannot: ({ setting }) => tooFastForVrrp(setting),
  on: (ground) => new Keepalived(ground),
};
