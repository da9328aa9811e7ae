// Control interfaces come and go: heartbeat gets its sockets on one that appears, or was made anew, and control is told.

import type { Configuration } from '../config/configuration.js';
import type { Log } from '../log/log.js';
import { Complaints } from './complaints.js';
import { closeSockets, planSockets } from './control-sockets.js';
import type { ControlSockets, OpenSocket } from './control-sockets.js';
import type { InterfaceWatch } from './interface-watch.js';
import type { Roles } from './roles.js';

/** How often they are looked at. */
const WATCH_MILLISECONDS = 1000;

export interface SocketWatchParts {
  readonly interfaces: InterfaceWatch;
  readonly sockets: ControlSockets;
  readonly roles: Roles;
  /** The one in force. */
  configuration(): Configuration;
}

export class SocketWatch {
  readonly #parts: SocketWatchParts;
  readonly #complaints: Complaints;
  #timer: NodeJS.Timeout | undefined;
  /** The control interfaces as control knows them, as text. */
  #described: string;

  constructor(parts: SocketWatchParts, log: Log) {
    this.#parts = parts;
    this.#complaints = new Complaints(log);
    this.#described = JSON.stringify(parts.interfaces.describe(parts.configuration()));
  }

  begin(): void {
    this.#timer = setInterval(() => {
      this.openMissing();
      this.#tellInterfaces();
    }, WATCH_MILLISECONDS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  openMissing(): void {
    const { roles, interfaces, sockets } = this.#parts;
    if (!roles.isAlive('heartbeat')) return;
    const configuration = this.#parts.configuration();
    const plans = planSockets(configuration, interfaces.look(configuration));
    const opened = sockets.prepare(plans);
    for (const { plan, reason } of opened.refusals) {
      this.#complaints.warn(`${plan.groupName} ${plan.interface}`, reason);
    }
    this.#pass(opened.sockets);
  }

  /** Those of a new configuration; they are heartbeat's from here on. */
  goOver(configuration: Configuration, sockets: readonly OpenSocket[]): void {
    this.#parts.sockets.retain(configuration);
    if (this.#parts.roles.isAlive('heartbeat')) this.#pass(sockets);
    else closeSockets(sockets);
  }

  #tellInterfaces(): void {
    const { roles, interfaces } = this.#parts;
    const controlInterfaces = interfaces.describe(this.#parts.configuration());
    const described = JSON.stringify(controlInterfaces);
    if (described === this.#described) return;
    this.#described = described;
    // Not a new stand-in: it would be loaded while the network is cut, when the host needs its processors most.
    roles.sendToBoth('control', { kind: 'control-interfaces', controlInterfaces });
  }

  #pass(sockets: readonly OpenSocket[]): void {
    if (sockets.length === 0) return;
    const { roles } = this.#parts;
    this.#parts.sockets.pass(sockets, ({ groupName, interface: name }, descriptor) => {
      this.#complaints.settle(`${groupName} ${name}`);
      roles.send('heartbeat', { kind: 'socket', group: groupName, interface: name }, descriptor);
    });
    roles.renewStandIn('heartbeat');
  }
}
