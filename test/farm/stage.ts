// A farm whose daemons run and are settled, with a client that asks every service address: where scenarios are played.

import type { AddressStatus, GroupStatus, HistoryEntry } from '../../src/ipc/operator-messages.js';
import { Asker } from './asker.js';
import { GROUP, configureHost } from './configuration.js';
import type { Adjust, Timing } from './configuration.js';
import { Farm } from './farm.js';
import type { FarmOptions } from './farm.js';
import type { Host } from './host.js';
import { Prober } from './prober.js';
import { whyUnsettled } from './settled.js';
import { waitUntil } from './wait.js';
import { Witness } from './witness.js';

/** For what takes a few heartbeats, or the start of a daemon, on a machine that may be busy. */
export const BOUND_MS = 60_000;

export interface StageOptions extends FarmOptions, Timing {
  readonly adjust?: Adjust;
  /** How long the scenario `flood` lasts. Default: 5. */
  readonly floodSeconds?: number;
  /** The addresses that are asked and settled. Default: each host's preferred IPv4 address. */
  readonly addressesOf?: (host: Host) => readonly string[];
  /** Somebody watches whether the machine itself is slow: for figures, which tests do not judge. */
  readonly watchesMachine?: boolean;
}

/** For tests, whose machine may be busy with anything. The figures of the README are those of `npm run farm`, at 10 / 30 ms. */
export const TIMING: Timing = { intervalMs: 50, timeoutMs: 300 };

export class Stage {
  readonly farm: Farm;
  readonly options: StageOptions;
  /** The hosts that ought to be taking part. */
  readonly members = new Set<Host>();
  private probing: Prober | null = null;
  private asking: Asker | null = null;
  private watching: Witness | null = null;

  private constructor(farm: Farm, options: StageOptions) {
    this.farm = farm;
    this.options = options;
  }

  /** Raises a farm, starts its daemons, waits until they are settled, and starts asking. */
  static async raise(options: StageOptions): Promise<Stage> {
    const farm = await Farm.create(options);
    try {
      const stage = new Stage(farm, options);
      await stage.join(...farm.hosts);
      stage.probing = await Prober.start(farm.client, stage.addresses);
      stage.asking = await Asker.start(farm.secondClient, stage.addresses);
      if (options.watchesMachine === true) stage.watching = await Witness.start(farm.client);
      await stage.settle();
      return stage;
    } catch (error) {
      const told = withLogs(farm, error);
      farm.close();
      throw told;
    }
  }

  /** Raises a stage for one test and removes it, whatever the test does. What fails is told with the daemons' logs. */
  static async with(options: StageOptions, test: (stage: Stage) => Promise<void>): Promise<void> {
    const stage = await Stage.raise(options);
    try {
      await test(stage);
    } catch (error) {
      throw withLogs(stage.farm, error);
    } finally {
      stage.close();
    }
  }

  get prober(): Prober {
    if (this.probing === null) throw new Error('nobody asks yet');
    return this.probing;
  }

  get asker(): Asker {
    if (this.asking === null) throw new Error('nobody asks yet');
    return this.asking;
  }

  /** Null: nobody watches the machine. */
  get witness(): Witness | null {
    return this.watching;
  }

  /** Every service address of the hosts that there are. */
  get addresses(): string[] {
    return this.farm.hosts.flatMap((host) => this.addressesOf(host));
  }

  addressesOf(host: Host): readonly string[] {
    return this.options.addressesOf?.(host) ?? [host.preferred];
  }

  host(number: number): Host {
    return this.farm.host(number);
  }

  /** Configures these hosts' daemons and starts them. */
  async join(...hosts: Host[]): Promise<void> {
    for (const host of hosts) {
      configureHost(host, this.options, this.options.adjust);
      host.daemon.start();
      this.members.add(host);
    }
    for (const host of hosts) await host.daemon.waitForSocket();
  }

  /** Starts these hosts' daemons again, as they were configured. */
  async start(...hosts: Host[]): Promise<void> {
    for (const host of hosts) {
      host.daemon.start();
      this.members.add(host);
    }
    for (const host of hosts) await host.daemon.waitForSocket();
  }

  /** The power of these hosts fails. */
  lose(...hosts: Host[]): void {
    for (const host of hosts) this.members.delete(host);
    this.farm.failPower(...hosts);
  }

  /** Their power is back and their daemons are started. */
  async bringBack(...hosts: Host[]): Promise<void> {
    await this.farm.restorePower(...hosts);
    await this.start(...hosts);
  }

  /** SIGTERM to a host's daemon. Throws where it does not end with 0. */
  async stop(host: Host): Promise<void> {
    this.members.delete(host);
    const { code, signal } = await host.daemon.stop();
    if (code !== 0) throw new Error(`${host.name}: raisd ended with ${String(code ?? signal)} on SIGTERM`);
  }

  /** Until every member agrees with the others and every address is online where it belongs. */
  async settle(): Promise<void> {
    await waitUntil('a settled group', () => whyUnsettled(this), BOUND_MS);
  }

  /** One group as a host's daemon sees it. Throws where the daemon does not answer. */
  async group(host: Host, name: string = GROUP): Promise<GroupStatus> {
    const status = await host.daemon.status();
    const group = status?.groups[name];
    if (group === undefined) throw new Error(`${host.name}: no status of group ${name}`);
    return group;
  }

  /** Until the group, as a host's daemon sees it, is as wanted. `what` says it in words. */
  async waitForGroup(
    host: Host,
    what: string,
    holds: (group: GroupStatus) => boolean,
    name = GROUP,
  ): Promise<void> {
    await waitUntil(
      `${host.name}: ${what}`,
      async () => {
        const status = await host.daemon.status();
        const group = status?.groups[name];
        if (group === undefined) return 'no status';
        return holds(group) ? null : describe(group);
      },
      BOUND_MS,
    );
  }

  /** Until that host's daemon sees the address online at the other host. */
  async waitForAddress(witness: Host, address: string, at: Host, name = GROUP): Promise<void> {
    await this.waitForGroup(
      witness,
      `${address} online at ${at.name}`,
      (group) => addressIn(group, address)?.state === 'online' && addressIn(group, address)?.host === at.id,
      name,
    );
  }

  /** Until one of these hosts answers the client for the address. */
  async waitForAnswer(address: string, hosts: readonly Host[]): Promise<void> {
    const names = hosts.map(({ name }) => name);
    await waitUntil(
      `${address} answered by ${names.join(' or ')}`,
      () =>
        names.includes(this.prober.hostOf(address) ?? '')
          ? null
          : `by ${this.prober.hostOf(address) ?? 'nobody'}`,
      BOUND_MS,
    );
  }

  /** What the daemons that answer have written to their histories since then (wall clock), oldest first. */
  async historySince(since: number): Promise<HistoryEntry[]> {
    const histories = await Promise.all(
      this.farm.hosts.map(async (host) => {
        const { daemon } = host;
        // One that is frozen would let us wait for nothing.
        if (!daemon.running || !this.members.has(host)) return [];
        const history = (await daemon.request({ command: 'history', since }).catch(() => null)) as {
          entries: HistoryEntry[];
        } | null;
        return history?.entries ?? [];
      }),
    );
    return histories.flat().toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  }

  close(): void {
    this.farm.close();
  }
}

function withLogs(farm: Farm, error: unknown): Error {
  const logs = farm.hosts.map(({ name, daemon }) => `${name}:\n${daemon.logTail()}`);
  const message = error instanceof Error ? error.message : String(error);
  return new Error([message, ...logs].join('\n'), { cause: error });
}

export const addressIn = (group: GroupStatus, address: string): AddressStatus | undefined =>
  group.addresses.find((entry) => entry.address === address);

/** A group in one line, for an error. */
export function describe(group: GroupStatus): string {
  const hosts = group.hosts.map(({ id, state, ok, quiesced }) => {
    const flags = [state, ...(ok ? [] : ['not ok']), ...(quiesced ? ['quiesced'] : [])];
    return `${id} ${flags.join(' ')}`;
  });
  const addresses = group.addresses.map(
    ({ address, state, host }) => `${address} ${state} ${host ?? 'nowhere'}`,
  );
  const leader = `leader ${group.leader ?? 'none'} term ${String(group.term)}`;
  return [group.state, leader, ...hosts, ...addresses, ...group.problems].join('; ');
}
