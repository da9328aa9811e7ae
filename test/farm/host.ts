// A host of the farm: a namespace with two control interfaces and a service interface, a responder that answers for
// whatever service address it has, and raisd.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { hostOctet, macOf, serviceAddress, serviceAddress6, v4Of, v6Of } from './addressing.js';
import { Daemon } from './daemon.js';
import { LineProcess } from './line-process.js';
import type { Namespace } from './namespace.js';
import { buildProgram } from './probe-build.js';
import { hostName, portsOf } from './station.js';
import { NETWORKS } from './switch.js';
import type { Network, Port } from './switch.js';

export class Host {
  readonly number: number;
  readonly name: string;
  readonly namespace: Namespace;
  readonly daemon: Daemon;
  /** Its first control address: the host id where the control interfaces have IPv4. */
  readonly id: string;
  /** Its preferred service addresses as the farm configures them: one of each family on the service network. */
  readonly preferred: string;
  readonly preferred6: string;
  readonly serviceMac: string;
  private responder: LineProcess | null = null;

  constructor(namespace: Namespace, number: number, farmDirectory: string, controlFamily: 4 | 6) {
    this.number = number;
    this.name = hostName(number);
    this.namespace = namespace;
    this.id = (controlFamily === 4 ? v4Of : v6Of)('ctl0', hostOctet(number));
    this.preferred = serviceAddress(number);
    this.preferred6 = serviceAddress6(number);
    this.serviceMac = macOf('svc0', hostOctet(number));
    const directory = join(farmDirectory, this.name);
    mkdirSync(directory);
    this.daemon = new Daemon(namespace, directory);
  }

  /** Its cables, at the switch. */
  ports(...networks: Network[]): Port[] {
    return portsOf(this.name, networks.length === 0 ? NETWORKS : networks);
  }

  /** Where the process id of the service stands, as any server writes it. */
  get pidFile(): string {
    return join(this.daemon.directory, 'service.pid');
  }

  async startResponder(): Promise<void> {
    this.responder = new LineProcess(this.namespace, buildProgram('responder'), [this.name], () => undefined);
    await this.responder.ready();
    writeFileSync(this.pidFile, `${String(this.responder.pid)}\n`);
  }

  /** To the service itself. SIGUSR1: it answers no client any more and says 503 by HTTP, until SIGUSR2. */
  signalResponder(signal: NodeJS.Signals): void {
    if (this.responder === null) throw new Error(`${this.name}: the service does not run`);
    process.kill(this.responder.pid, signal);
  }

  async stopResponder(): Promise<void> {
    await this.responder?.stop();
    this.responder = null;
  }

  /** The addresses that its service interface has, without the host's own and without link-local ones. */
  servedAddresses(): string[] {
    const interfaces = this.namespace.ipJson(['addr', 'show', 'dev', 'svc0']) as {
      addr_info: { local: string; scope: string }[];
    }[];
    const own = [v4Of('svc0', hostOctet(this.number)), v6Of('svc0', hostOctet(this.number))];
    return interfaces
      .flatMap(({ addr_info }) => addr_info)
      .filter(({ local, scope }) => scope === 'global' && !own.includes(local))
      .map(({ local }) => local);
  }

  /** What a host forgets when its power fails: service addresses, and whatever the daemon told the kernel to filter. */
  forgetKernelState(): void {
    let before = Infinity;
    for (let left = this.servedAddresses(); left.length > 0; left = this.servedAddresses()) {
      try {
        this.namespace.ip(
          left.map((each) => `addr del ${each}/${each.includes(':') ? '128' : '32'} dev svc0`),
        );
      } catch (error) {
        // Nobody renews their lifetimes: of hundreds the kernel may have removed some since they were listed.
        if (left.length >= before) throw error;
      }
      before = left.length;
    }
    this.namespace.nft('flush ruleset\n');
  }
}
