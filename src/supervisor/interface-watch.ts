// The control interfaces as they come and go. One that is missing, or has no address, is looked for again whenever
// somebody asks; each change is logged once.

import { parseAddress } from '../core/address.js';
import type { Address } from '../core/address.js';
import type { Configuration } from '../config/configuration.js';
import { familyOfGroup } from '../config/group-family.js';
import type { ControlInterface } from '../ipc/supervisor-messages.js';
import type { Log } from '../log/log.js';
import { Complaints } from './complaints.js';
import { addressOf, describeInterface, findInterface } from './control-interfaces.js';
import type { FoundInterface, Interfaces } from './control-interfaces.js';

const UNSPECIFIED = parseAddress('0.0.0.0') as Address;

export class InterfaceWatch {
  readonly #system: Interfaces;
  readonly #log: Log;
  readonly #complaints: Complaints;
  readonly #found = new Map<string, FoundInterface>();

  constructor(system: Interfaces, log: Log) {
    this.#system = system;
    this.#log = log;
    this.#complaints = new Complaints(log);
  }

  /** Looks at all of them; returns those that can be used, in the order of the configuration. */
  look(configuration: Configuration): FoundInterface[] {
    return configuration.control.flatMap((name) => this.#lookAt(name, configuration) ?? []);
  }

  /** All of them as they are now, for the roles: a position in this list means one interface for good. */
  describe(configuration: Configuration): ControlInterface[] {
    this.look(configuration);
    return configuration.control.map((name) => {
      const found = this.#found.get(name);
      return found === undefined
        ? { name, index: 0, address: UNSPECIFIED, prefix: 0, addresses: [] }
        : describeInterface(found);
    });
  }

  /** What is wrong with those that cannot be used, one line each. */
  complaints(): string[] {
    return this.#complaints.all();
  }

  #lookAt(name: string, configuration: Configuration): FoundInterface | null {
    const known = this.#found.get(name);
    if (known !== undefined && this.#isCurrent(known, configuration)) return known;
    const result = findInterface(name, configuration, this.#system);
    if (typeof result === 'string') {
      this.#complaints.warn(name, result);
      this.#found.delete(name);
      return null;
    }
    if (this.#complaints.settle(name) || (known !== undefined && known.index !== result.index)) {
      this.#log.info(`control interface ${name} is there, with index ${String(result.index)}`);
    } else if (known !== undefined) this.#tellChanges(known, result);
    this.#found.set(name, result);
    return result;
  }

  #tellChanges(before: FoundInterface, now: FoundInterface): void {
    for (const family of [4, 6] as const) {
      const [old, other] = [addressOf(before, family), addressOf(now, family)];
      if (old === null || other === null || old === other) continue;
      this.#log.warn(`control interface ${now.name} speaks with ${other} now, in place of ${old}`);
    }
  }

  /**
   * All addresses are asked for only when there is need: with a thousand service addresses the answer is long. But what a socket
   * sends from, or is bound to, must still be there, or every heartbeat would be refused.
   */
  #isCurrent(known: FoundInterface, configuration: Configuration): boolean {
    return (
      this.#system.interfaceIndex(known.name) === known.index &&
      Object.values(configuration.groups).every((group) => addressOf(known, familyOfGroup(group)) !== null) &&
      describeInterface(known).addresses.every(({ address }) =>
        this.#system.isLocalAddress(address, known.index),
      )
    );
  }
}
