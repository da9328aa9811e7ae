// Real time for the roles whose delay is an outage. Heartbeat asks for it itself where the system lets it (a container
// without CAP_SYS_RESOURCE cannot raise RLIMIT_RTPRIO); control and network are given it from outside once they are
// ready, so that their start disturbs nobody. The supervisor has CAP_SYS_NICE; the roles have no such right.

import { processAddon } from '../ipc/process-addon.js';
import type { Role } from '../ipc/supervisor-messages.js';
import type { Log } from '../log/log.js';
import { HEARTBEAT_PRIORITY, REACTION_PRIORITY } from './rights.js';
import type { RoleProcess } from './role-process.js';

interface RealTime {
  /** The name that native/heartbeat gives its thread; empty: all threads. */
  readonly thread: string;
  readonly priority: number;
}

const realTime: Record<Role, RealTime | null> = {
  heartbeat: { thread: 'heartbeat', priority: HEARTBEAT_PRIORITY },
  control: { thread: '', priority: REACTION_PRIORITY },
  network: { thread: '', priority: REACTION_PRIORITY },
  scripts: null,
};

/** Called when a role is ready. Where real time is refused the role goes on without, and the log says so. */
export function raiseRole(process: RoleProcess, log: Log): void {
  const wanted = realTime[process.role];
  if (wanted === null) return;
  if (process.role === 'heartbeat' && !process.refused.includes('RLIMIT_RTPRIO')) return;
  try {
    const count = processAddon.setThreadRealtime(process.pid, wanted.thread, wanted.priority);
    if (count === 0) log.warn(`${process.role} runs without real-time priority: its thread was not found`);
    else log.info(`${process.role} was given real-time priority ${String(wanted.priority)}`);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    log.warn(`${process.role} runs without real-time priority: ${cause}`);
  }
}
