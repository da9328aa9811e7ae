// A farm: hosts, a switch with a service network and two control networks, clients, all in network namespaces of this
// machine. It makes them, breaks them, heals them, and removes them without a trace.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CLIENT_OCTET, MAX_HOSTS, SECOND_CLIENT_OCTET, STRANGER_OCTET, hostOctet } from './addressing.js';
import { Host } from './host.js';
import { Namespace } from './namespace.js';
import { processTree, signalAll } from './processes.js';
import { attachStation, hostName, waitForAddresses } from './station.js';
import type { StationOptions } from './station.js';
import { NETWORKS, Switch } from './switch.js';
import type { Network } from './switch.js';
import { nameFarm, removeAll } from './teardown.js';

export interface FarmOptions {
  readonly hosts: number;
  /** Address families on the service network. Default: IPv4 alone. */
  readonly service?: readonly (4 | 6)[];
  /** Address family of the control networks. Default: IPv4. */
  readonly control?: 4 | 6;
}

export class Farm {
  readonly switch: Switch;
  /** Where its files are; removed with it. */
  readonly directory: string;
  /** A client on the service network. */
  readonly client: Namespace;
  /** Another, with a neighbour cache of its own. */
  readonly secondClient: Namespace;
  private readonly name: string;
  private readonly families: StationOptions['families'];
  private readonly byNumber = new Map<number, Host>();
  /** Without power. */
  private readonly dark = new Set<Host>();

  private constructor(options: FarmOptions) {
    this.families = { control: [options.control ?? 4], service: options.service ?? [4] };
    this.name = nameFarm();
    this.directory = mkdtempSync(join(tmpdir(), `${this.name}-`));
    this.switch = new Switch(Namespace.create([`${this.name}-switch`])[0]!);
    this.client = this.attach('client', CLIENT_OCTET, ['svc0']);
    this.secondClient = this.attach('client2', SECOND_CLIENT_OCTET, ['svc0']);
  }

  /** Makes a farm whose hosts' responders run. Daemons are not started. */
  static async create(options: FarmOptions): Promise<Farm> {
    const farm = new Farm(options);
    try {
      for (let number = 1; number <= options.hosts; number++) await farm.addHost();
      if (farm.families.service.includes(6)) {
        const stations = [farm.client, farm.secondClient, ...farm.hosts.map(({ namespace }) => namespace)];
        for (const station of stations) await waitForAddresses(station);
      }
      return farm;
    } catch (error) {
      farm.close();
      throw error;
    }
  }

  /** In the order of their numbers, which is the order of their ids. */
  get hosts(): readonly Host[] {
    return [...this.byNumber.values()];
  }

  /** Throws where there is no host of that number. */
  host(number: number): Host {
    const host = this.byNumber.get(number);
    if (host === undefined) throw new Error(`there is no host ${String(number)}`);
    return host;
  }

  /** One more host, with the next number. */
  async addHost(): Promise<Host> {
    const number = this.byNumber.size + 1;
    if (number > MAX_HOSTS) throw new Error(`the address plan has room for ${String(MAX_HOSTS)} hosts`);
    const namespace = this.attach(hostName(number), hostOctet(number), NETWORKS);
    const host = new Host(namespace, number, this.directory, this.families.control[0] ?? 4);
    this.byNumber.set(number, host);
    await host.startResponder();
    return host;
  }

  /** Takes a host away for good, with its files. The next one that is added gets its number. Only the last may go. */
  removeHost(host: Host): void {
    if (this.hosts.at(-1) !== host) throw new Error(`${host.name} is not the last host`);
    this.switch.detach(host.name);
    removeAll(host.namespace.name);
    rmSync(host.daemon.directory, { recursive: true });
    this.byNumber.delete(host.number);
  }

  /** A machine that does not belong to the group, with cables to these networks. */
  addStranger(networks: readonly Network[] = ['ctl0', 'ctl1']): Namespace {
    return this.attach('stranger', STRANGER_OCTET, networks);
  }

  /** Takes that machine away, with all that runs there. */
  removeStranger(namespace: Namespace): void {
    this.switch.detach('stranger');
    removeAll(namespace.name);
  }

  /**
   * The power of hosts fails. To the others they fall silent on every network in one instant, without a last word: blocking
   * is one transaction, where pulling three cables takes some milliseconds, in which a host could still tell that it
   * has lost its service cable. Their processes stand still from then on; what is left of
   * them is removed before the power returns. To end five processes keeps the cores that all hosts of the farm share busy
   * for some 20 ms, in which no real host would be held up by another's death.
   */
  failPower(...hosts: Host[]): void {
    // Looked up before: to find a daemon's processes takes longer than the others need to notice.
    const frozen = hosts.flatMap(({ daemon }) => (daemon.running ? processTree(daemon.pid) : []));
    this.switch.block(hosts.flatMap((host) => host.ports()));
    signalAll(frozen, 'SIGSTOP');
    for (const host of hosts) this.dark.add(host);
  }

  isDark(host: Host): boolean {
    return this.dark.has(host);
  }

  /** Power is back: the cables carry, the responders answer. What starts the daemons is the caller's business. */
  async restorePower(...hosts: Host[]): Promise<void> {
    const ports = hosts.flatMap((host) => host.ports());
    for (const host of hosts) {
      if (host.daemon.running) await host.daemon.killWhole();
      await host.stopResponder();
      host.forgetKernelState();
      this.dark.delete(host);
    }
    this.switch.unblock(ports);
    for (const host of hosts) await host.startResponder();
  }

  /** Removes everything: processes are ended by their ids, then namespaces and files go. */
  close(): void {
    removeAll(`${this.name}-`);
  }

  private attach(name: string, octet: number, networks: readonly Network[]): Namespace {
    return attachStation(this.name, this.switch, { name, octet, networks, families: this.families });
  }
}
