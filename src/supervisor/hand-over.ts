// What one supervisor leaves to the program that takes its place in the same process (R53, `raisctl restart`): one record in
// memory, which names each descriptor that stays open by what it is for. The processes go on meanwhile; what they say waits in
// their channels, and their ends wait at their pidfds.
//
// HAND_OVER_FORMAT is to be raised whenever a field changes its meaning, and also when a supervisor could no longer work with
// the roles of the version before it for as long as they are not replaced, or with what it keeps for them (the fence's maps).
// A program of another format is not gone over to (trial.ts).

import { closeSync, fstatSync, readFileSync, writeSync } from 'node:fs';
import * as z from 'zod';
import type { Configuration, Endpoint } from '../config/configuration.js';
import type { HostId } from '../core/address.js';
import { processAddon } from '../ipc/process-addon.js';
import type { Role } from '../ipc/supervisor-messages.js';
import { messageOf } from '../log/error-message.js';
import type { OpenSocket } from './control-sockets.js';
import type { Deaths } from './back-off.js';
import type { FenceState } from './fence-supply.js';
import { HAND_OVER_VARIABLE } from './hand-over-variable.js';
import type { InForce, Keys } from './in-force.js';
import type { RoleMemories } from './role-memories.js';

export const HAND_OVER_FORMAT = 1;

/** A process that runs; `pidfd` and `channel` are descriptors. */
export interface Running {
  readonly pid: number;
  readonly pidfd: number;
  readonly channel: number;
  readonly nice: number | null;
  readonly refused: readonly string[];
  readonly answers: boolean;
}

/** One that is on its way out: it is to be reaped. */
export interface Leaving {
  readonly pid: number;
  readonly pidfd: number;
}

export interface RolesHandOver {
  readonly active: Readonly<
    Record<Role, { readonly process: Running; readonly since: number; readonly deaths: Deaths }>
  >;
  readonly standIns: readonly {
    readonly role: Role;
    readonly process: Running;
    readonly isPrepared: boolean;
    readonly isReady: boolean;
  }[];
  /** Heartbeat's end of its link to control (role-links.ts). */
  readonly heartbeatEnd: number | null;
  readonly leaving: readonly Leaving[];
}

export interface WebHandOver {
  readonly listen: Endpoint | null;
  readonly listener: number | null;
  /** It keeps nothing: the next supervisor starts another one. */
  readonly leaving: readonly Leaving[];
}

export interface HandOver extends InForce {
  readonly format: number;
  /** Of the program that wrote it. */
  readonly version: string;
  readonly pid: number;
  readonly hostId: HostId;
  readonly startedAt: string;
  /** Of the state directory. */
  readonly lock: number;
  readonly operatorSocket: number;
  readonly memories: RoleMemories;
  readonly fence: FenceState;
  readonly sockets: readonly OpenSocket[];
  readonly roles: RolesHandOver;
  readonly web: WebHandOver;
  /** What heartbeat feeds the watchdog through. */
  readonly watchdog: number | null;
}

const descriptor = z.number().int().min(0);
const maybe = descriptor.nullable();
const running = z.strictObject({
  pid: z.number().int().min(1),
  pidfd: descriptor,
  channel: descriptor,
  nice: z.number().nullable(),
  refused: z.array(z.string()),
  answers: z.boolean(),
});
const leaving = z.array(running.pick({ pid: true, pidfd: true }));
const deaths = z.strictObject({ recent: z.array(z.number()), streak: z.number() });
const active = z.strictObject({ process: running, since: z.number(), deaths });
const role = z.enum(['heartbeat', 'control', 'network', 'scripts']);
const parts = z.strictObject({
  ingress: descriptor,
  egress: descriptor,
  marks: descriptor,
  deadlines: descriptor,
});

/** What this program itself has checked before (trial.ts) is not looked at again. */
const shape = z.strictObject({
  format: z.literal(HAND_OVER_FORMAT),
  version: z.string(),
  pid: z.literal(process.pid),
  hostId: z.custom<HostId>((value) => typeof value === 'string'),
  startedAt: z.string(),
  configuration: z.custom<Configuration>(),
  keys: z.custom<Keys>(),
  lock: descriptor,
  operatorSocket: descriptor,
  memories: z.strictObject({
    leaseBoard: z.strictObject({ writable: descriptor, readable: descriptor }),
    memories: z.partialRecord(role, descriptor),
  }),
  fence: z.union([parts, z.strictObject({ refusal: z.string() }), z.null()]),
  sockets: z.array(z.strictObject({ plan: z.custom<OpenSocket['plan']>(), descriptor })),
  roles: z.strictObject({
    active: z.strictObject({ heartbeat: active, control: active, network: active, scripts: active }),
    standIns: z.array(
      z.strictObject({ role, process: running, isPrepared: z.boolean(), isReady: z.boolean() }),
    ),
    heartbeatEnd: maybe,
    leaving,
  }),
  web: z.strictObject({ listen: z.custom<Endpoint | null>(), listener: maybe, leaving }),
  watchdog: maybe,
});

/** All descriptors that a record names. */
export function descriptorsOf(record: HandOver): number[] {
  const { roles, web, memories, fence } = record;
  const processes = [...Object.values(roles.active), ...roles.standIns].map(({ process }) => process);
  return [
    record.lock,
    record.operatorSocket,
    ...Object.values(memories.leaseBoard),
    ...Object.values(memories.memories),
    ...(fence === null || 'refusal' in fence ? [] : Object.values(fence)),
    ...record.sockets.map((socket) => socket.descriptor),
    ...processes.flatMap(({ pidfd, channel }) => [pidfd, channel]),
    ...[...roles.leaving, ...web.leaving].map(({ pidfd }) => pidfd),
    ...[roles.heartbeatEnd, web.listener, record.watchdog].filter((each) => each !== null),
  ];
}

/** The descriptor of the record. It is the caller's. */
export function writeHandOver(record: HandOver): number {
  const memory = processAddon.createMemory('raisd-hand-over');
  const text = Buffer.from(JSON.stringify(record));
  for (let at = 0; at < text.length;) at += writeSync(memory, text, at, text.length - at, at);
  return memory;
}

/** What the program before this one has left, or null: this is the start of a daemon. Throws where it is of no use. */
export function takeHandOver(environment: NodeJS.ProcessEnv): HandOver | null {
  const text = environment[HAND_OVER_VARIABLE];
  if (text === undefined) return null;
  // Nobody else's: neither a role's nor the next program's.
  Reflect.deleteProperty(environment, HAND_OVER_VARIABLE);
  const memory = Number(text);
  try {
    // Plain numbers there are instants here.
    const record = shape.parse(JSON.parse(readFileSync(memory, 'utf8'))) as unknown as HandOver;
    closeSync(memory);
    for (const each of descriptorsOf(record)) fstatSync(each);
    return record;
  } catch (error) {
    throw new Error(`nothing can be taken over from the program before: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
