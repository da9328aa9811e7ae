// One socket for each group on each control interface (R5, R6): which are to be open, opening them, and knowing which
// of them heartbeat has. The supervisor keeps a copy of each, which it never reads: the next heartbeat process finds in it
// what arrived while there was none (R53).

import { closeSync } from 'node:fs';
import type { Configuration, GroupConfiguration } from '../config/configuration.js';
import { familyOfGroup } from '../config/group-family.js';
import type { ControlSocketOptions } from '../ipc/process-addon.js';
import { addressOf } from './control-interfaces.js';
import type { FoundInterface } from './control-interfaces.js';
import { messageOf } from '../log/error-message.js';

/** What determines a socket: while the answer stays the same, heartbeat keeps the one that it has. */
export type SocketPlan = ControlSocketOptions & { readonly groupName: string };

export interface OpenSocket {
  readonly plan: SocketPlan;
  readonly descriptor: number;
}

export type SendSocket = (plan: SocketPlan, descriptor: number) => void;

/** `beside`: this process's own sockets at the same address and port. */
export type OpenControlSocket = (options: ControlSocketOptions, beside: readonly number[]) => number;

/** So long after its group is configured no more heartbeat has a socket still (src/heartbeat/heartbeat.ts), in milliseconds. */
const RETIRED_SPAN = 65_000;

/** The socket of a group on an interface, or null where the interface has no address of the group's family. */
export function planSocket(
  name: string,
  group: GroupConfiguration,
  found: FoundInterface,
): SocketPlan | null {
  const family = familyOfGroup(group);
  const controlAddress = addressOf(found, family);
  if (controlAddress === null) return null;
  return {
    groupName: name,
    family,
    group: group.address.address,
    port: group.address.port,
    interface: found.name,
    interfaceIndex: found.index,
    controlAddress,
    multicast: group.peers === null,
  };
}

/** All sockets that the configuration wants on these interfaces, group by group. */
export const planSockets = (configuration: Configuration, found: readonly FoundInterface[]): SocketPlan[] =>
  Object.entries(configuration.groups).flatMap(([name, group]) =>
    found.flatMap((control) => planSocket(name, group, control) ?? []),
  );

const samePlan = (a: SocketPlan, b: SocketPlan): boolean =>
  (Object.keys(a) as (keyof SocketPlan)[]).every((key) => a[key] === b[key]);

/** Of two at one place, which only unicast allows to one process alone, the newest gets what comes. */
const samePlace = (a: SocketPlan, b: SocketPlan): boolean =>
  !a.multicast && !b.multicast && a.port === b.port && a.controlAddress === b.controlAddress;

const keyOf = ({ groupName, interface: name }: SocketPlan): string => `${groupName} on ${name}`;

/** What could be opened, and one line about each socket that could not. */
export interface Opened {
  readonly sockets: readonly OpenSocket[];
  readonly refusals: readonly { readonly plan: SocketPlan; readonly reason: string }[];
}

export class ControlSockets {
  readonly #open: OpenControlSocket;
  /** What heartbeat has, by group and interface. */
  readonly #passed = new Map<string, OpenSocket>();
  /** Of groups that say farewell: a group that takes their place needs one of its own beside theirs. */
  readonly #retired = new Set<OpenSocket>();

  /** `inherited`: what heartbeat has got from the program before this one. */
  constructor(open: OpenControlSocket, inherited: readonly OpenSocket[] = []) {
    this.#open = open;
    for (const socket of inherited) this.#passed.set(keyOf(socket.plan), socket);
  }

  /** For the program that takes this one's place. */
  handOver(): readonly OpenSocket[] {
    return [...this.#passed.values()];
  }

  /** Opens those of the planned sockets that heartbeat does not have; they belong to the caller until `pass`. */
  prepare(plans: readonly SocketPlan[]): Opened {
    const sockets: OpenSocket[] = [];
    const refusals: { plan: SocketPlan; reason: string }[] = [];
    for (const plan of plans) {
      const passed = this.#passed.get(keyOf(plan));
      if (passed !== undefined && samePlan(passed.plan, plan)) continue;
      try {
        sockets.push({ plan, descriptor: this.#open(plan, this.#at(plan)) });
      } catch (error) {
        refusals.push({ plan, reason: messageOf(error) });
      }
    }
    return { sockets, refusals };
  }

  #at(plan: SocketPlan): number[] {
    const own = [...this.#passed.values(), ...this.#retired];
    return own.filter((each) => samePlace(each.plan, plan)).map(({ descriptor }) => descriptor);
  }

  /** Hands sockets to heartbeat, and keeps them. */
  pass(sockets: readonly OpenSocket[], send: SendSocket): void {
    for (const socket of sockets) {
      const { plan, descriptor } = socket;
      send(plan, descriptor);
      const before = this.#passed.get(keyOf(plan));
      if (before !== undefined) closeSync(before.descriptor);
      this.#passed.set(keyOf(plan), socket);
    }
  }

  /** A new heartbeat process has none. */
  passAgain(send: SendSocket): void {
    for (const { plan, descriptor } of this.#passed.values()) send(plan, descriptor);
  }

  /** Groups that are no longer configured: heartbeat closes their sockets when they have left. */
  retain(configuration: Configuration): void {
    for (const [key, socket] of this.#passed) {
      if (configuration.groups[socket.plan.groupName] !== undefined) continue;
      this.#passed.delete(key);
      this.#retire(socket);
    }
  }

  #retire(socket: OpenSocket): void {
    this.#retired.add(socket);
    setTimeout(() => {
      if (this.#retired.delete(socket)) closeSync(socket.descriptor);
    }, RETIRED_SPAN).unref();
  }

  /** At the end. */
  close(): void {
    closeSockets([...this.#passed.values(), ...this.#retired]);
    this.#passed.clear();
    this.#retired.clear();
  }
}

export function closeSockets(sockets: readonly OpenSocket[]): void {
  for (const { descriptor } of sockets) closeSync(descriptor);
}

/** Groups for which nothing could be opened, one line each: such a group would be deaf and mute. */
export const deafGroups = (configuration: Configuration, { sockets, refusals }: Opened): string[] =>
  Object.entries(configuration.groups)
    .filter(([name]) => !sockets.some(({ plan }) => plan.groupName === name))
    .map(([name, group]) => {
      const reason = refusals.find(({ plan }) => plan.groupName === name)?.reason;
      return `${name}: ${reason ?? `no control interface has an IPv${String(familyOfGroup(group))} address`}`;
    });
