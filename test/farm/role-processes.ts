// The processes of one daemon by their roles: which of two is at work, and whether each role has its stand-in (R53).

import { readFileSync } from 'node:fs';
import type { Role } from '../../src/ipc/supervisor-messages.js';
import type { Host } from './host.js';
import { commandOf, processTree } from './processes.js';
import { waitUntil } from './wait.js';

export const ROLES: readonly Role[] = ['heartbeat', 'control', 'network', 'scripts'];

const BOUND_MS = 120_000;
/** More deaths of a role than five within a minute end the daemon (src/supervisor/back-off.ts). */
const DEATHS_A_MINUTE = 5;
const MINUTE_MS = 60_000;

/** The process of that role which is at work: its stand-in was always begun later. */
export function activeProcess(host: Host, role: Role): number {
  const [active] = processesOf(host, role);
  if (active === undefined) throw new Error(`${host.name} has no process of ${role}`);
  return active;
}

/** Until every role of the daemon has a stand-in that is ready, and may die without ending the daemon. */
export async function waitForStandIns(host: Host): Promise<void> {
  await waitUntil(
    `${host.name}: stand-ins`,
    () => {
      const lines = logOf(host);
      const last = (text: RegExp): number => lines.findLastIndex(({ msg }) => text.test(msg));
      if (last(/^every role has a stand-in/) < last(/died: | is ready: |^restart: /))
        return 'some role has none';
      const recent = lines.filter(({ time }) => Date.now() - time < MINUTE_MS);
      const worn = ROLES.find(
        (role) =>
          recent.filter(({ msg }) => msg.startsWith(`${role} `) && msg.includes(' died: ')).length >=
          DEATHS_A_MINUTE,
      );
      return worn === undefined ? null : `too many deaths of ${worn} of late`;
    },
    BOUND_MS,
  );
}

/** Until another process than this one is at work. */
export async function waitForSuccessor(host: Host, role: Role, pid: number): Promise<void> {
  await waitUntil(
    `${host.name}: another process of ${role}`,
    () => {
      const [active] = processesOf(host, role);
      return active === undefined || active === pid ? `it is ${String(active)}` : null;
    },
    BOUND_MS,
  );
}

/** Oldest first. */
const processesOf = (host: Host, role: Role): number[] =>
  processTree(host.daemon.pid)
    .filter((pid) => commandOf(pid).endsWith(`role ${role}`))
    .sort((a, b) => startOf(a) - startOf(b));

/** Field 22 of /proc/PID/stat. */
function startOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return Infinity;
  }
}

interface Line {
  readonly msg: string;
  readonly time: number;
}

const logOf = (host: Host): Line[] =>
  host.daemon
    .log()
    .split('\n')
    .flatMap((line) => {
      try {
        const { msg, time } = JSON.parse(line) as { msg: string; time: number | string };
        return [{ msg, time: new Date(time).getTime() }];
      } catch {
        return [];
      }
    });
