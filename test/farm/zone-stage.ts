// A farm with a real name server on one of its hosts, and loads that a file of each host says: for what DNS shows of it.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DnsStatus } from '../../src/ipc/operator-messages.js';
import { Bind, Knot, NAME, ZONE, type NameServer } from '../scripts/dns/name-server.js';
import { hostOctet, v4Of } from './addressing.js';
import { GROUP } from './configuration.js';
import type { FarmConfiguration, Timing } from './configuration.js';
import type { Host } from './host.js';
import { BOUND_MS, Stage } from './stage.js';
import { waitUntil } from './wait.js';

/** Where the writer has said nothing of what is waited for, dig is asked all the same, so often. */
const DIG_AGAIN_MS = 1_000;

const PORTS = [5353, 5953] as const;

export interface ZoneStageOptions extends Timing {
  readonly hosts: number;
  /** `bind`: the last host observes, runs BIND and alone writes its zone file. `knot`: the first host runs Knot, and the first two update it. */
  readonly server: 'bind' | 'knot';
}

export class ZoneStage {
  readonly stage: Stage;
  readonly server: NameServer;

  private constructor(stage: Stage, server: NameServer) {
    this.stage = stage;
    this.server = server;
  }

  /** The daemons are settled and the name server runs; what it answers is waited for by `expect`. */
  static async raise(options: ZoneStageOptions): Promise<ZoneStage> {
    const { hosts } = options;
    const place: { server: NameServer | null } = { server: null };
    const serverNumber = options.server === 'bind' ? hosts : 1;
    const adjust = (configuration: FarmConfiguration, host: Host): void => {
      if (host.number === serverNumber) place.server = serverOn(host, options.server);
      if (place.server instanceof Bind && host.number === serverNumber) observe(configuration, place.server);
      if (place.server instanceof Knot && host.number <= 2) update(configuration, place.server);
      measure(configuration, host);
    };
    const addressesOf = (host: Host): readonly string[] =>
      options.server === 'bind' && host.number === serverNumber ? [] : [host.preferred];
    const stage = await Stage.raise({ ...options, adjust, addressesOf });
    if (place.server === null) throw new Error('no name server');
    await place.server.start();
    return new ZoneStage(stage, place.server);
  }

  /** The host's load, in percent of its capacity. */
  setLoad(host: Host, percent: number): void {
    setLoad(host, percent);
  }

  /** The host's test passes from now on, or fails. */
  setWell(host: Host, well: boolean): void {
    if (well) writeFileSync(wellFile(host), '');
    else rmSync(wellFile(host));
  }

  /** Until dig is answered with exactly the preferred addresses of these hosts, and no others. */
  async expect(...hosts: Host[]): Promise<void> {
    await this.expectAddresses(...hosts.map((host) => host.preferred));
  }

  async expectAddresses(...addresses: string[]): Promise<void> {
    const wanted = addresses.toSorted().join(' ');
    let digAt = 0;
    await waitUntil(
      `dig is answered with ${wanted}`,
      async () => {
        // To ask the server takes a process: without end, it would take a core from those who are to bring about the answer.
        const published = await this.published();
        if (published !== wanted && performance.now() < digAt) return `the writer has published ${published}`;
        digAt = performance.now() + DIG_AGAIN_MS;
        const answer = (await this.server.dig()).join(' ');
        return answer === wanted ? null : `it is answered with ${answer}`;
      },
      BOUND_MS,
    );
  }

  /** What the zone's writer found last, sorted as text; empty: nobody writes it, or says so. */
  private async published(): Promise<string> {
    for (const { daemon, id } of this.stage.members) {
      const dns = (await daemon.status())?.groups[GROUP]?.dns;
      if (dns?.writer === id) return dns.advertised.toSorted().join(' ');
    }
    return '';
  }

  /** The zone as that host's daemon sees it. */
  async dns(host: Host): Promise<DnsStatus> {
    const { dns } = await this.stage.group(host);
    if (dns === null) throw new Error(`${host.name} has no dns`);
    return dns;
  }

  /** Until that host's daemon knows what a host uses, in percent. */
  async waitForLoad(witness: Host, of: Host, percent: number): Promise<void> {
    await this.stage.waitForGroup(
      witness,
      `${of.name} uses ${String(percent)} %`,
      ({ dns }) => dns?.entries.find(({ host }) => host === of.id)?.utilization === percent * 10,
    );
  }

  async close(): Promise<void> {
    await this.server.remove();
    this.stage.close();
  }
}

function serverOn(host: Host, kind: 'bind' | 'knot'): NameServer {
  const place = {
    address: v4Of('ctl0', hostOctet(host.number)),
    prefix: ['ip', ...host.namespace.command('', []).slice(0, -1)],
    ports: PORTS,
  };
  const server = kind === 'bind' ? new Bind(false, place) : new Knot(place);
  void server.prepare();
  return server;
}

const ADVERTISED = { zone: ZONE, name: NAME, ttl: '5s', minimum: 1, interval: '200ms' };

/** R41: the name server's host provides no service. */
function observe(configuration: FarmConfiguration, server: Bind): void {
  Object.assign(configuration.groups[GROUP]!, {
    observe: true,
    prefer: [],
    dns: { ...ADVERTISED, file: { path: server.zoneFile, notify: [...server.notify] } },
  });
}

function update(configuration: FarmConfiguration, server: Knot): void {
  configuration.groups[GROUP]!['dns'] = {
    ...ADVERTISED,
    update: {
      server: `${server.place.address}:${String(server.port)}`,
      'key-name': 'raisd',
      'key-file': server.keyFile,
    },
  };
}

const loadFile = (host: Host): string => join(host.daemon.directory, 'load-value');
const wellFile = (host: Host): string => join(host.daemon.directory, 'well');

function setLoad(host: Host, percent: number): void {
  writeFileSync(loadFile(host), `${String(percent)} 100\n`);
}

function measure(configuration: FarmConfiguration, host: Host): void {
  const group = configuration.groups[GROUP]!;
  if (group['observe'] === true) return;
  setLoad(host, 10);
  writeFileSync(wellFile(host), '');
  configuration['loads'] = { told: { command: ['/bin/cat', loadFile(host)], interval: '200ms' } };
  configuration['tests'] = { well: { file: { path: wellFile(host) }, interval: '100ms', rise: 1, fall: 1 } };
  Object.assign(group, { loads: ['told'], tests: ['well'] });
}
