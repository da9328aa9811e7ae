// Where one peer is put to the test: a farm whose hosts run it, a client that asks the service addresses, another that asks who
// has them. The farm, the faults and the instruments are those of test/farm, the same for every peer.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Asker } from '../test/farm/asker.js';
import { Farm } from '../test/farm/farm.js';
import type { Host } from '../test/farm/host.js';
import { Prober, type ProbedAddress } from '../test/farm/prober.js';
import { signalAll, waitUntilGone } from '../test/farm/processes.js';
import { waitUntil } from '../test/farm/wait.js';
import { beforeSilence, slowInSilence, Witness } from '../test/farm/witness.js';
import type { Peer, PeerKind } from './peer.js';
import { notePid } from './service.js';
import { addressesOf, askedEveryUs, askedOf, EXTRA_NETWORKS, HOSTS } from './terms.js';
import type { Terms } from './terms.js';

/** For a peer to settle: ucarp needs some seconds for each preemption. */
const SETTLE_BOUND_MS = 20_000;
const LOG_TAIL_LINES = 8;
const KILL_BOUND_MS = 2_000;
/** Questions who has an address: as many addresses at the most, every 5 ms. */
const MOST_QUESTIONED = 4;

/** What the instruments saw while something was done. */
export interface Observed<T> {
  readonly result: T;
  readonly addresses: readonly ProbedAddress[];
  /** The longest of any address. */
  readonly silenceMs: number;
  /** Requests, and questions who has an address, that two hosts answered. */
  readonly doubled: number;
  /** For how long the machine was slow in the longest silence, or before it (`beforeSilence`). */
  readonly slowMs: number;
}

export class Ground {
  readonly farm: Farm;
  readonly terms: Terms;
  readonly kind: PeerKind;
  /** The hosts that ought to be taking part. */
  readonly members = new Set<Host>();
  readonly peer: Peer;
  private probing: Prober | null = null;
  private asking: Asker | null = null;
  private watching: Witness | null = null;

  private constructor(farm: Farm, kind: PeerKind, terms: Terms) {
    this.farm = farm;
    this.kind = kind;
    this.terms = terms;
    this.peer = kind.on(this);
  }

  /** Raises a farm of this peer, waits until it is settled, and starts asking. */
  static async raise(kind: PeerKind, terms: Terms): Promise<Ground> {
    const farm = await Farm.create({ hosts: HOSTS, service: terms.family === 6 ? [4, 6] : [4] });
    try {
      const ground = new Ground(farm, kind, terms);
      ground.routeServiceAddresses();
      for (const host of farm.hosts) {
        if (terms.serviceTest) notePid(host);
        ground.peer.configure(host);
      }
      for (const host of farm.hosts) await ground.start(host);
      ground.probing = await Prober.start(farm.client, ground.asked, { intervalUs: askedEveryUs(terms) });
      ground.asking = await Asker.start(farm.secondClient, ground.asked.slice(-MOST_QUESTIONED));
      ground.watching = await Witness.start(farm.client);
      await ground.settle();
      return ground;
    } catch (error) {
      farm.close();
      throw error;
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

  get witness(): Witness {
    if (this.watching === null) throw new Error('nobody watches the machine yet');
    return this.watching;
  }

  /** Does it, and tells what the instruments saw meanwhile. */
  async observe<T>(name: string, act: () => Promise<T>): Promise<Observed<T>> {
    await this.asker.report();
    // What began before the mark may end in a silence behind it.
    const earlier = await this.witness.report();
    await this.prober.mark(name);
    const result = await act();
    const { addresses } = await this.prober.mark('after');
    const { byTwo } = await this.asker.report();
    const phases = [...earlier, ...(await this.witness.report())];
    return {
      result,
      addresses,
      silenceMs: Math.max(0, ...addresses.map(({ silenceMs }) => silenceMs)),
      doubled: addresses.reduce((sum, { doubled }) => sum + doubled, 0) + byTwo,
      slowMs: slowInSilence(phases, addresses, beforeSilence(this.terms.setting.timeoutMs)),
    };
  }

  /** The addresses that the client asks. */
  get asked(): string[] {
    return this.farm.hosts.flatMap(({ number }) => askedOf(this.terms, number));
  }

  host(number: number): Host {
    return this.farm.host(number);
  }

  addressesOf(host: Host): string[] {
    return addressesOf(this.terms, host.number);
  }

  askedOf(host: Host): string[] {
    return askedOf(this.terms, host.number);
  }

  async start(host: Host): Promise<void> {
    await this.peer.start(host);
    this.members.add(host);
  }

  async stop(host: Host): Promise<void> {
    this.members.delete(host);
    await this.peer.stop(host);
  }

  /** SIGKILL to every process of the peer on the host. */
  kill(host: Host): void {
    this.members.delete(host);
    const pids = this.peer.processes(host);
    signalAll(pids, 'SIGKILL');
    waitUntilGone(pids, KILL_BOUND_MS);
  }

  freeze(host: Host): void {
    this.members.delete(host);
    signalAll(this.peer.processes(host), 'SIGSTOP');
  }

  thaw(host: Host): void {
    signalAll(this.peer.processes(host), 'SIGCONT');
    this.members.add(host);
  }

  /** The host's power fails: to the others it falls silent on every network in one instant. */
  lose(host: Host): void {
    this.members.delete(host);
    const pids = this.peer.processes(host);
    this.farm.failPower(host);
    signalAll(pids, 'SIGSTOP');
  }

  /** Its power is back; what it knew is gone. */
  async bringBack(host: Host): Promise<void> {
    this.kill(host);
    this.peer.forget(host);
    await this.farm.restorePower(host);
    await this.start(host);
  }

  /** Until one of these hosts answers the client for every address of `of`. */
  async waitForAnswers(of: Host, hosts: readonly Host[], boundMs: number): Promise<void> {
    const names = hosts.map(({ name }) => name);
    await waitUntil(
      `the addresses of ${of.name} answered by ${names.join(' or ')}`,
      () => {
        const other = this.askedOf(of).find((each) => !names.includes(this.prober.hostOf(each) ?? ''));
        return other === undefined ? null : `${other} by ${this.prober.hostOf(other) ?? 'nobody'}`;
      },
      boundMs,
    );
  }

  /** Until every address is answered from where it belongs and no other host has it. */
  async settle(): Promise<void> {
    try {
      await waitUntil(`${this.kind.name}: settled`, () => this.whyUnsettled(), SETTLE_BOUND_MS);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.logTails()}`, { cause: error });
    }
  }

  /** Hosts that have the address and would answer for it, without those that have no power. */
  holdersOf(address: string): Host[] {
    return this.farm.hosts.filter((host) => !this.farm.isDark(host) && this.peer.holds(host, address));
  }

  close(): void {
    this.farm.close();
  }

  private logTails(): string {
    const tails = this.farm.hosts.map(({ name, daemon }) => {
      const path = join(daemon.directory, 'peer.log');
      const text = existsSync(path) ? readFileSync(path, 'utf8') : daemon.log();
      return `${name}:\n${text.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n')}`;
    });
    return tails.join('\n');
  }

  private async whyUnsettled(): Promise<string | null> {
    return this.whyClientDiffers() ?? (await this.peer.whyUnsettled()) ?? this.whyHeldElsewhere();
  }

  private whyClientDiffers(): string | null {
    for (const host of this.farm.hosts) {
      const other = this.askedOf(host).find((each) => this.prober.hostOf(each) !== host.name);
      if (other !== undefined)
        return `the client hears ${this.prober.hostOf(other) ?? 'nobody'} for ${other}`;
    }
    return null;
  }

  private whyHeldElsewhere(): string | null {
    for (const host of this.farm.hosts) {
      const holders = this.holdersOf(this.askedOf(host)[0] ?? '').map(({ name }) => name);
      if (holders.join() !== host.name) return `${holders.join(' and ')} has what belongs to ${host.name}`;
    }
    return null;
  }

  private routeServiceAddresses(): void {
    const { addresses, family } = this.terms;
    if (addresses === 1 && family === 4) return;
    for (const client of [this.farm.client, this.farm.secondClient]) {
      client.ip([`route add ${EXTRA_NETWORKS[family]} dev svc0`]);
    }
  }
}
