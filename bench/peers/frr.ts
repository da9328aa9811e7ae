// FRR's vrrpd: VRRP 3 over macvlan interfaces, which have the virtual MAC, one for the addresses of each host. Started as the
// packaged daemons, but without watchfrr: zebra, which it needs, and vrrpd itself at real-time priority.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Host } from '../../test/farm/host.js';
import { waitUntil } from '../../test/farm/wait.js';
import type { Ground } from '../ground.js';
import type { Peer, PeerKind } from '../peer.js';
import type { Terms } from '../terms.js';
import { HOSTS } from '../terms.js';
import { hasAddress } from './interface-addresses.js';
import { Programs } from './programs.js';
import { firstVersion, priorityOf, tooFastForVrrp } from './vrrp.js';

const DIRECTORY = '/usr/lib/frr';
const START_BOUND_MS = 10_000;

export function frrConfiguration(
  terms: Terms,
  number: number,
  addressesOf: (number: number) => readonly string[],
): string {
  const routers = Array.from({ length: HOSTS }, (_, index) => {
    const owner = index + 1;
    const id = String(owner);
    return [
      ` vrrp ${id} version 3`,
      ` vrrp ${id} priority ${String(priorityOf(owner, number))}`,
      ` vrrp ${id} advertisement-interval ${String(terms.setting.advertMs)}`,
      ...addressesOf(owner).map((each) => ` vrrp ${id} ip ${each}`),
    ];
  });
  return ['interface svc0', ...routers.flat(), 'exit', ''].join('\n');
}

const macvlan = (owner: number): string => `vrrp4-${String(owner)}`;

class Frr implements Peer {
  readonly restartsWorkers = false;
  private readonly programs = new Programs();
  private readonly ground: Ground;

  constructor(ground: Ground) {
    this.ground = ground;
  }

  configure(host: Host): void {
    const text = frrConfiguration(this.ground.terms, host.number, (number) => this.addressesOf(number));
    mkdirSync(directoryOf(host));
    host.namespace.run('chown', ['frr:frr', directoryOf(host)]);
    writeFileSync(pathOf(host), text);
    // Otherwise the service interface itself would answer for what is on the macvlan interfaces, as FRR's manual says.
    host.namespace.run('sysctl', ['-q', 'net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.rp_filter=0']);
    host.namespace.run('sysctl', [
      '-q',
      'net.ipv4.conf.svc0.rp_filter=0',
      'net.ipv4.conf.default.rp_filter=0',
    ]);
    for (let owner = 1; owner <= HOSTS; owner++) this.addMacvlan(host, owner);
  }

  async start(host: Host): Promise<void> {
    const directory = directoryOf(host);
    const file = (name: string): string => join(directory, name);
    const common = ['--log', 'stdout', '--vty_socket', directory];
    const sockets = ['-z', file('zserv.sock'), '-P', '0'];
    rmSync(file('zserv.sock'), { force: true });
    this.programs.start(host, `${DIRECTORY}/zebra`, [
      ...common,
      ...sockets,
      '-i',
      file('zebra.pid'),
      '-f',
      '/dev/null',
    ]);
    await waitUntil(
      `${host.name}: zebra listens`,
      () => (existsSync(file('zserv.sock')) ? null : 'no socket'),
      START_BOUND_MS,
    );
    const vrrpd = [`${DIRECTORY}/vrrpd`, ...common, ...sockets, '-i', file('vrrpd.pid'), '-f', pathOf(host)];
    this.programs.start(host, 'chrt', ['--fifo', '50', ...vrrpd]);
  }

  stop(host: Host): Promise<void> {
    this.programs.stop(host);
    return Promise.resolve();
  }

  processes(host: Host): number[] {
    return this.programs.all(host);
  }

  /** vrrpd. */
  worker(host: Host): number {
    const pid = this.programs.roots(host).at(-1);
    if (pid === undefined) throw new Error(`${host.name}: nothing runs`);
    return pid;
  }

  forget(host: Host): void {
    // What an operator's boot scripts would do: vrrpd finds the interfaces as they were before it ran.
    for (let owner = 1; owner <= HOSTS; owner++) {
      host.namespace.ip([`link del ${macvlan(owner)}`]);
      this.addMacvlan(host, owner);
    }
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

  private addressesOf(number: number): string[] {
    return this.ground.addressesOf(this.ground.host(number));
  }

  private addMacvlan(host: Host, owner: number): void {
    const name = macvlan(owner);
    host.namespace.ip([
      `link add ${name} link svc0 type macvlan mode bridge`,
      `link set dev ${name} address 00:00:5e:00:01:${owner.toString(16).padStart(2, '0')}`,
      ...this.addressesOf(owner).map((each) => `addr add ${each}/32 dev ${name}`),
      `link set dev ${name} up`,
    ]);
  }
}

/**
 * FRR's daemons run as their own user, who may not enter the farm's directory. One beside it, whose name has the farm's prefix,
 * is removed with it.
 */
const directoryOf = (host: Host): string => join(tmpdir(), `${host.namespace.name}-frr`);
const pathOf = (host: Host): string => join(directoryOf(host), 'vrrpd.conf');

export const frr: PeerKind = {
  name: 'frr',
  setUp:
    'VRRP 3 over macvlan, vrrpd SCHED_FIFO 50, priorities 254, 253 and 100, advertisements on svc0, arp_ignore 1',
  sharesMac: true,
  version: () => firstVersion(spawnSync(`${DIRECTORY}/vrrpd`, ['--version'], { encoding: 'utf8' }).stdout),
  cannot(terms) {
    const tooFast = tooFastForVrrp(terms.setting);
    if (tooFast !== null) return tooFast;
    if (terms.serviceTest) return 'it does not test services';
    // Each address would need a configuration of its own beside the macvlan interface's.
    return terms.addresses > 1 ? 'not measured: an advertisement of VRRP has no room for so many' : null;
  },
  on: (ground) => new Frr(ground),
};
