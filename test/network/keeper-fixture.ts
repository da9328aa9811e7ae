// An address keeper on the real kernel, with its reports collected.

import { instant, milliseconds } from '../../src/core/time.js';
import type { Instant } from '../../src/core/time.js';
import type { Configuration, GroupConfiguration } from '../../src/config/configuration.js';
import type { NetworkToControl } from '../../src/ipc/network-messages.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import { networkAddon } from '../../src/network/addon.js';
import { AddressKeeper } from '../../src/network/address-keeper.js';
import { waitUntil } from '../farm/wait.js';
import { serviceAddress } from './addressing.js';
import { stamped, TestBoard, type Said } from './leasing.js';

const BOUND_MS = 60_000;

type Kind = NetworkToControl['kind'];
export type Report<K extends Kind> = Extract<NetworkToControl, { kind: K }>;

/** How long the keeper's groups may keep addresses in the tests that are not about leases. */
const LONG_LEASE = 60_000;
const TIMEOUT = 100;

export class KeeperFixture {
  readonly reports: NetworkToControl[] = [];
  readonly lines: string[] = [];
  readonly keeper: AddressKeeper;
  /** Added to the clock: a jump forward is what a pause of the host looks like from inside. */
  pause = 0;
  readonly board = new TestBoard(TIMEOUT);

  /** `fence`: what the groups' configuration says of it. */
  constructor(interfaces: readonly string[] = ['svc0'], fence: GroupConfiguration['fence'] = 'none') {
    const log = (line: string): void => {
      this.lines.push(line);
    };
    this.keeper = new AddressKeeper(
      {
        addon: networkAddon,
        now: () => this.now(),
        report: (message) => {
          this.reports.push(message);
        },
        log: { info: log, warn: log },
      },
      configurationOf(interfaces, TIMEOUT, fence),
    );
    this.keeper.useLeaseBoard(this.board);
    this.keeper.onControlAttached();
  }

  now(): Instant {
    return instant(processAddon.bootTime() + this.pause);
  }

  say(said: Said): void {
    this.keeper.onMessage(stamped(said, this.now()));
  }

  /** The leases of these groups end in so many milliseconds. */
  lease(groups: Readonly<Record<string, number>>): void {
    this.board.lease(groups, this.now());
  }

  /** `adopt` with nothing, and a lease that outlives the test. */
  begin(): this {
    this.say({ kind: 'adopt', addresses: [] });
    this.lease({ web: LONG_LEASE });
    return this;
  }

  all<K extends Kind>(kind: K): Report<K>[] {
    return this.reports.filter((report): report is Report<K> => report.kind === kind);
  }

  /** The first report of that kind that fits, now or within the bound. */
  async wait<K extends Kind>(kind: K, fits: (report: Report<K>) => boolean = () => true): Promise<Report<K>> {
    const find = (): Report<K> | undefined => this.all(kind).find(fits);
    await waitUntil(
      `a report ${kind}`,
      () => (find() === undefined ? JSON.stringify(this.reports.slice(-10)) : null),
      BOUND_MS,
    );
    return find()!;
  }

  answers(): { readonly interface: string; readonly address: string; readonly hardwareAddress: string }[] {
    return this.all('answers').flatMap((report) =>
      report.answers.map((answer) => ({ interface: report.interface, ...answer })),
    );
  }

  /** Forgets the reports so far. */
  clear(): void {
    this.reports.length = 0;
  }
}

/** Groups `web` and `mail` on the first interface, and one named like the interface on each other. */
export function configurationOf(
  interfaces: readonly string[],
  timeout: number,
  fence: GroupConfiguration['fence'] = 'none',
): Configuration {
  const [first = '', ...others] = interfaces;
  const groups = [
    ...['web', 'mail'].map((group) => [group, groupConfiguration(first, timeout, fence)]),
    ...others.map((name) => [name, groupConfiguration(name, timeout, fence)]),
  ];
  return {
    control: ['ctl0'],
    id: null,
    groups: Object.fromEntries(groups) as Record<string, GroupConfiguration>,
    tests: {},
    loads: {},
    snmp: { sinks: [] },
    web: null,
    log: { level: 'info' },
  };
}

const groupConfiguration = (
  name: string,
  timeout: number,
  fence: GroupConfiguration['fence'],
): GroupConfiguration => ({
  address: { address: serviceAddress('239.255.77.1'), port: 5405 },
  peers: null,
  key: [],
  interface: name,
  prefer: [],
  observe: false,
  heartbeat: { interval: milliseconds(timeout / 5), timeout: milliseconds(timeout) },
  orphanTimeout: milliseconds(0),
  failBack: 'never',
  assign: 'fewest-addresses',
  fence,
  partition: 'probe',
  tests: [],
  loads: [],
  onAcquire: null,
  onRelease: null,
  dns: null,
});
