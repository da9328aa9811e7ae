// raisd itself, as `npm run farm` runs it.

import { readFileSync } from 'node:fs';

import { configureHost, GROUP } from '../../test/farm/configuration.js';
import type { FarmConfiguration } from '../../test/farm/configuration.js';
import type { Host } from '../../test/farm/host.js';
import { processTree } from '../../test/farm/processes.js';
import { waitForStandIns } from '../../test/farm/role-processes.js';
import { ROOT } from '../../test/farm/probe-build.js';
import { whyDaemonsUnsettled } from '../../test/farm/settled.js';
import type { Ground } from '../ground.js';
import type { Peer, PeerKind } from '../peer.js';
import { nameOf } from '../process-cost.js';
import { servicePidFile } from '../service.js';
import { prefixOf, SERVICE_TEST_INTERVAL_MS } from '../terms.js';
import { hasAddress } from './interface-addresses.js';

class Raisd implements Peer {
  readonly restartsWorkers = true;
  private readonly ground: Ground;

  constructor(ground: Ground) {
    this.ground = ground;
  }

  configure(host: Host): void {
    configureHost(host, this.ground.terms.setting, (configuration) => {
      this.adjust(configuration, host);
    });
  }

  async start(host: Host): Promise<void> {
    host.daemon.start();
    await host.daemon.waitForSocket();
  }

  async stop(host: Host): Promise<void> {
    await host.daemon.stop();
  }

  processes(host: Host): number[] {
    return host.daemon.running ? processTree(host.daemon.pid) : [];
  }

  worker(host: Host): number {
    const control = this.processes(host).find((pid) => nameOf(pid) === 'control');
    if (control === undefined) throw new Error(`${host.name}: no control process`);
    return control;
  }

  forget(): void {
    // The farm knows what raisd leaves in a kernel.
  }

  holds(host: Host, address: string): boolean {
    return hasAddress(host, address);
  }

  whyUnsettled(): Promise<string | null> {
    return whyDaemonsUnsettled(this.ground);
  }

  /** Stand-ins are begun when all else is done, and each takes some tenths of a second of a processor. */
  rest(host: Host): Promise<void> {
    return waitForStandIns(host);
  }

  async move(address: string, to: Host): Promise<void> {
    await to.daemon.request({ command: 'move', group: GROUP, address, host: to.id });
  }

  async moveHome(address: string): Promise<void> {
    await this.ground.host(1).daemon.request({ command: 'fail-back', group: GROUP, address });
  }

  configuration(host: Host): string {
    return host.daemon.configurationText();
  }

  private adjust(configuration: FarmConfiguration, host: Host): void {
    const { terms } = this.ground;
    const group = configuration.groups[GROUP]!;
    group.prefer = this.ground.addressesOf(host).map((each) => `${each}${prefixOf(terms)}`);
    if (!terms.serviceTest) return;
    group['tests'] = ['service'];
    configuration['tests'] = {
      service: {
        process: { pidfile: servicePidFile(host) },
        interval: `${String(SERVICE_TEST_INTERVAL_MS)}ms`,
        timeout: `${String(SERVICE_TEST_INTERVAL_MS)}ms`,
        rise: 1,
        fall: 1,
      },
    };
  }
}

export const raisd: PeerKind = {
  name: 'raisd',
  setUp:
    'two control networks, a group with the fence and the partition probe, all other settings as they come',
  sharesMac: false,
  version: () => (JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { version: string }).version,
  cannot: () => null,
  on: (ground) => new Raisd(ground),
};
