// ucarp: one process an address on each host, whose least interval is a second. It configures the address by scripts.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { hostOctet, v4Of } from '../../test/farm/addressing.js';
import type { Host } from '../../test/farm/host.js';
import { killed, powerLoss, startedAgain, terminated } from '../faults.js';
import type { Ground } from '../ground.js';
import type { Peer, PeerKind } from '../peer.js';
import { HOSTS } from '../terms.js';
import { hasAddress, removeAddresses } from './interface-addresses.js';
import { Programs } from './programs.js';
import { firstVersion } from './vrrp.js';

/** 1/256 s are added to the interval for each: the order in which hosts stand behind each other. */
const SKEW_STEP = 20;
const PLAYS = [powerLoss, terminated, startedAgain, killed];

class Ucarp implements Peer {
  readonly restartsWorkers = false;
  private readonly programs = new Programs();
  private readonly ground: Ground;

  constructor(ground: Ground) {
    this.ground = ground;
  }

  configure(host: Host): void {
    for (const [name, change] of [
      ['up', 'add'],
      ['down', 'del'],
    ] as const) {
      const text = `#!/bin/sh\nexec ip addr ${change} "$2/32" dev "$1"\n`;
      writeFileSync(join(host.daemon.directory, name), text, { mode: 0o755 });
    }
  }

  start(host: Host): Promise<void> {
    for (let owner = 1; owner <= HOSTS; owner++)
      this.programs.start(host, 'ucarp', this.argumentsOf(host, owner));
    return Promise.resolve();
  }

  stop(host: Host): Promise<void> {
    this.programs.stop(host);
    return Promise.resolve();
  }

  processes(host: Host): number[] {
    return this.programs.all(host);
  }

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
    const lines = Array.from(
      { length: HOSTS },
      (_, index) => `ucarp ${this.argumentsOf(host, index + 1).join(' ')}`,
    );
    return `${lines.join('\n')}\n`;
  }

  private argumentsOf(host: Host, owner: number): string[] {
    const file = (name: string): string => join(host.daemon.directory, name);
    const address = this.ground.addressesOf(this.ground.host(owner))[0] ?? '';
    const skew = SKEW_STEP * ((host.number - owner + HOSTS) % HOSTS);
    return [
      '--interface=svc0',
      `--srcip=${v4Of('svc0', hostOctet(host.number))}`,
      `--vhid=${String(owner)}`,
      '--pass=the-farm',
      `--addr=${address}`,
      '--advbase=1',
      `--advskew=${String(skew)}`,
      '--preempt',
      '--shutdown',
      `--upscript=${file('up')}`,
      `--downscript=${file('down')}`,
    ];
  }
}

export const ucarp: PeerKind = {
  name: 'ucarp',
  setUp: 'an advertisement a second, which is its least; one process an address; scripts that run ip',
  sharesMac: false,
  version: () => firstVersion(spawnSync('ucarp', ['--help'], { encoding: 'utf8' }).stdout),
  cannot(terms, fault) {
    if (terms.setting.name !== '10/30') return 'its least interval is 1 s, whatever the setting';
    if (terms.addresses > 1 || terms.serviceTest) return 'not measured';
    return PLAYS.includes(fault) ? null : 'not measured: it takes 3 s or more for each';
  },
  on: (ground) => new Ucarp(ground),
};
