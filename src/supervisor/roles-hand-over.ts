// What a supervisor says of its roles to the program that takes its place: all processes that it has not reaped.

import type { Role } from '../ipc/supervisor-messages.js';
import type { RolesHandOver } from './hand-over.js';
import type { RoleProcess } from './role-process.js';
import type { Slot } from './roles.js';
import type { StandIn } from './stand-ins.js';

export interface RolesAsTheyAre {
  readonly slots: Readonly<Record<Role, Slot>>;
  readonly standIns: readonly StandIn[];
  readonly heartbeatEnd: number | null;
  /** Those as well for which nobody waits. */
  readonly unreaped: ReadonlySet<RoleProcess>;
}

/** The record, or why nobody can take over now: a role that is in no state to be described. */
export function rolesHandOver(roles: RolesAsTheyAre): RolesHandOver | string {
  const { slots, unreaped, heartbeatEnd } = roles;
  const active = new Map<string, RolesHandOver['active'][Role]>();
  const kept = new Set<RoleProcess>();
  for (const [role, { process, since, deaths, isReady, replacing }] of Object.entries(slots)) {
    if (process === null || !isReady || replacing)
      return `${role} is just being started or replaced: try again`;
    const running = process.handOver();
    if (running === null) return `${role} does not take what it is told: try again`;
    active.set(role, { process: running, since, deaths });
    kept.add(process);
  }
  const standIns = roles.standIns.flatMap(({ process, isPrepared, isReady }) => {
    const running = process.isDead ? null : process.handOver();
    // It is replaced sooner than it could be of use.
    if (running === null) return [];
    kept.add(process);
    return [{ role: process.role, process: running, isPrepared, isReady }];
  });
  const leaving = [...unreaped].filter((process) => !kept.has(process));
  return {
    active: Object.fromEntries(active) as RolesHandOver['active'],
    standIns,
    heartbeatEnd,
    leaving: leaving.map(({ pid, pidfd }) => ({ pid, pidfd })),
  };
}
