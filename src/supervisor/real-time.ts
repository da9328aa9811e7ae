// Real time for heartbeat's thread where the system does not let the role ask for it itself (a container without
// CAP_SYS_RESOURCE cannot raise RLIMIT_RTPRIO): the supervisor, which has CAP_SYS_NICE, gives it from outside.
//
// No JavaScript runs under real time, although control's and network's reaction ends an outage: V8's main thread spins
// while it waits for its own worker threads, and under SCHED_FIFO it starves them and the machine (tried). They have
// their nice value.

import { processAddon } from '../ipc/process-addon.js';
import type { Log } from '../log/log.js';
import { HEARTBEAT_PRIORITY } from './rights.js';
import type { RoleProcess } from './role-process.js';

/** The name that native/heartbeat gives its thread. */
const THREAD_NAME = 'heartbeat';

export function raiseHeartbeat(process: RoleProcess, log: Log): void {
  if (process.role !== 'heartbeat' || !process.refused.includes('RLIMIT_RTPRIO')) return;
  try {
    const count = processAddon.setThreadRealtime(process.pid, THREAD_NAME, HEARTBEAT_PRIORITY);
    if (count === 0) log.warn('heartbeat runs without real-time priority: its thread was not found');
    else log.info(`heartbeat was given real-time priority ${String(HEARTBEAT_PRIORITY)}`);
  } catch (error) {
    log.warn(
      `heartbeat runs without real-time priority: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
