// Tells control of each service interface: at first how it is, then whenever that changes (R54).

import type { NetworkToControl } from '../ipc/network-messages.js';
import type { InterfaceTable } from './interface-table.js';

type LinkReport = Extract<NetworkToControl, { kind: 'link' }>;

export interface LinkReporterPorts {
  report(message: NetworkToControl): void;
  readonly log: { info(message: string): void };
}

export class LinkReporter {
  readonly #table: InterfaceTable;
  readonly #ports: LinkReporterPorts;
  #interfaces: ReadonlySet<string> = new Set();
  readonly #last = new Map<string, LinkReport>();

  constructor(table: InterfaceTable, ports: LinkReporterPorts) {
    this.#table = table;
    this.#ports = ports;
  }

  /** The service interfaces, from now on; new ones are reported at once. */
  follow(interfaces: ReadonlySet<string>): void {
    this.#interfaces = interfaces;
    for (const name of this.#last.keys()) if (!interfaces.has(name)) this.#last.delete(name);
    this.report();
  }

  /** All of them, changed or not: for a control process that knows none. */
  reportAll(): void {
    this.#last.clear();
    this.report();
  }

  /** Those that are not as they were reported last. */
  report(): void {
    for (const name of this.#interfaces) {
      const now = this.#look(name);
      const last = this.#last.get(name);
      if (last?.up === now.up && last.hardwareAddress === now.hardwareAddress) continue;
      this.#last.set(name, now);
      if (last !== undefined && last.up !== now.up)
        this.#ports.log.info(`${name} is ${now.up ? 'up' : 'down'}`);
      this.#ports.report(now);
    }
  }

  /** An interface that is not there is down and has no hardware address. */
  #look(name: string): LinkReport {
    const link = this.#table.link(name);
    return {
      kind: 'link',
      interface: name,
      up: link?.up ?? false,
      hardwareAddress: link?.hardwareAddress ?? null,
    };
  }
}
