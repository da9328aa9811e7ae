// The channels between control and the other roles. Each end is given to its role and not kept, so that one sees when the
// other is gone; with one exception.
//
// R53: heartbeat's stand-in goes on before anybody has heard of a death. So it gets the very end that heartbeat has, and
// control does not notice who serves it. A copy is kept here for stand-ins to come.

import { closeSync } from 'node:fs';
import { processAddon } from '../ipc/process-addon.js';
import type { FromSupervisor, Role } from '../ipc/supervisor-messages.js';

export const SIBLINGS = ['network', 'heartbeat', 'scripts'] as const satisfies readonly Role[];
export type Sibling = (typeof SIBLINGS)[number];

export interface LinkPorts {
  isAlive(role: Role): boolean;
  send(role: Role, message: FromSupervisor, descriptor: number): void;
}

/** Whoever takes messages: a stand-in. */
interface Recipient {
  send(message: FromSupervisor, descriptor: number): boolean;
}

export class RoleLinks {
  readonly #ports: LinkPorts;
  /** Heartbeat's end of its link to control. */
  #heartbeatEnd: number | null = null;

  constructor(ports: LinkPorts) {
    this.#ports = ports;
  }

  /** A new channel between control and a sibling, if both live. */
  link(sibling: Sibling): void {
    if (!this.#ports.isAlive('control') || !this.#ports.isAlive(sibling)) return;
    const [endOfControl, endOfSibling] = processAddon.socketPair();
    this.#ports.send('control', { kind: 'attach', role: sibling }, endOfControl);
    this.#ports.send(sibling, { kind: 'attach', role: 'control' }, endOfSibling);
    // Each has its own now; a copy kept here would hide from one that the other is gone.
    closeSync(endOfControl);
    if (sibling === 'heartbeat') this.#keep(endOfSibling);
    else closeSync(endOfSibling);
  }

  #keep(endOfHeartbeat: number): void {
    this.drop();
    this.#heartbeatEnd = endOfHeartbeat;
  }

  /** There is a link that a stand-in of heartbeat can share. */
  get isKept(): boolean {
    return this.#heartbeatEnd !== null;
  }

  /** For the program that takes this one's place. */
  handOver(): number | null {
    return this.#heartbeatEnd;
  }

  adopt(endOfHeartbeat: number | null): void {
    this.#heartbeatEnd = endOfHeartbeat;
  }

  /** Gives heartbeat's end to its stand-in as well. */
  share(standIn: Recipient): void {
    if (this.#heartbeatEnd !== null) standIn.send({ kind: 'attach', role: 'control' }, this.#heartbeatEnd);
  }

  /** Nobody serves heartbeat's end any more: control is to see it. */
  drop(): void {
    if (this.#heartbeatEnd !== null) closeSync(this.#heartbeatEnd);
    this.#heartbeatEnd = null;
  }
}
