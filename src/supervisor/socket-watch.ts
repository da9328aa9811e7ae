// Control interfaces come and go: heartbeat gets its sockets on one that appears, or was made anew, and control is told.

import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from '../config/configuration.js';
import type { HostId } from '../core/address.js';
import type { ControlInterface } from '../ipc/supervisor-messages.js';
import type { Log } from '../log/log.js';
import { Complaints } from './complaints.js';
import { closeSockets, planSockets } from './control-sockets.js';
import type { ControlSockets, OpenSocket } from './control-sockets.js';
import type { InterfaceWatch } from './interface-watch.js';
import type { Roles } from './roles.js';

/** How often they are looked at. */
const WATCH_MILLISECONDS = 1000;

export interface SocketWatchParts {
  readonly hostId: HostId;
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
  readonly #log: Log;
  /** The control interfaces as control knows them. */
  #described: readonly ControlInterface[];

  constructor(parts: SocketWatchParts, log: Log) {
    this.#parts = parts;
    this.#log = log;
    this.#complaints = new Complaints(log);
    this.#described = parts.interfaces.describe(parts.configuration());
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
    const before = this.#described;
    if (isDeepStrictEqual(controlInterfaces, before)) return;
    this.#described = controlInterfaces;
    if (this.#standsOn(before) && !this.#standsOn(controlInterfaces)) this.#tellOfId();
    // Not a new stand-in: it would be loaded while the network is cut, when the host needs its processors most.
    roles.sendToBoth('control', { kind: 'control-interfaces', controlInterfaces });
  }

  /** Whether one of them has the address that this host's id is. */
  #standsOn(interfaces: readonly ControlInterface[]): boolean {
    return interfaces.some(({ addresses }) =>
      addresses.some(({ address }) => address === this.#parts.hostId),
    );
  }

  /** The members know this host, and what it serves, by its id: it outlives the address that it was taken from. */
  #tellOfId(): void {
    if (this.#parts.configuration().id !== null) return;
    this.#log.warn(
      `no control interface has ${this.#parts.hostId} any more, from which this host has its id: it keeps the id until raisd is started anew; another host that gets the address meanwhile needs an \`id\` of its own`,
    );
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
