// What a role gets of the processor, once it stands by: a Node.js that starts keeps a core busy for a tenth of a second,
// and must not keep it from the roles of this daemon that run already. The supervisor has as much, since a role that died
// is replaced by it (R53).
//
// Real time is for heartbeat's thread alone. Where the system does not let the role ask for it itself (a container
// without CAP_SYS_RESOURCE cannot raise RLIMIT_RTPRIO), the supervisor, which has CAP_SYS_NICE, gives it from outside. No
// JavaScript runs under real time, although control's and network's reaction ends an outage: V8's main thread spins
// while it waits for its own worker threads, and under SCHED_FIFO it starves them and the machine (tried). Their main
// threads have a nice value, and not their workers: what those compile may wait, and garbage is collected without them
// (see launch.ts).
//
// Where the supervisor has no CAP_SYS_NICE (as a service), roles raise themselves, as far as RLIMIT_NICE lets them.
//
// A nice value weighs within a task group only. Where the kernel makes a group of each session (sched_autogroup_enabled,
// Debian's default) a role is one of its own, and it is the group's nice value that counts against other programs.

import { readFileSync, writeFileSync } from 'node:fs';
import { processAddon } from '../ipc/process-addon.js';
import type { Log } from '../log/log.js';
import { HEARTBEAT_PRIORITY } from './rights.js';
import type { RoleProcess } from './role-process.js';
import { messageOf } from '../log/error-message.js';

/** The shortest that the kernel grants: what these roles do takes less, and waits for nobody's longer slice. */
const SLICE_NANOSECONDS = 100_000;

/** No less than that of the roles that it replaces. */
const SUPERVISOR_NICE = -15;

/** The name that native/heartbeat gives its thread. */
const THREAD_NAME = 'heartbeat';

/** The role stands by. */
export function prioritize(process: RoleProcess<string>, log: Log): void {
  raiseNice(process, log);
}

/** The role is ready for work, and heartbeat's thread is there. */
export function prioritizeThread(process: RoleProcess<string>, log: Log): void {
  raiseHeartbeat(process, log);
}

/** Field 6 of /proc/self/stat. */
function leadsSession(): boolean {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3] === String(process.pid);
}

/** The process that this is called in. */
export function prioritizeSupervisor(log: Log): void {
  setOwnNice(SUPERVISOR_NICE, log);
}

/** Before another program starts in its place: see above. */
export function relaxSupervisor(log: Log): void {
  setOwnNice(0, log);
}

function setOwnNice(nice: number, log: Log): void {
  try {
    processAddon.prioritizeMainThread(process.pid, nice, SLICE_NANOSECONDS);
    // Its session's group is the operator's where a terminal started it, and its own where a service manager did.
    if (leadsSession()) raiseGroup(process.pid, nice);
  } catch (error) {
    log.info(`supervisor: the system refuses nice ${String(nice)}: ${messageOf(error)}`);
  }
}

function raiseNice(process: RoleProcess<string>, log: Log): void {
  const { role, pid, nice } = process;
  if (nice === null) return;
  try {
    processAddon.prioritizeMainThread(pid, nice, SLICE_NANOSECONDS);
    raiseGroup(pid, nice);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM')
      process.send({ kind: 'prioritize', nice, sliceNanoseconds: SLICE_NANOSECONDS });
    else log.info(`${role}: the system refuses nice ${String(nice)}: ${messageOf(error)}`);
  }
}

function raiseGroup(pid: number, nice: number): void {
  try {
    writeFileSync(`/proc/${String(pid)}/autogroup`, String(nice), { flag: 'r+' });
  } catch (error) {
    // A kernel without such groups.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function raiseHeartbeat(process: RoleProcess<string>, log: Log): void {
  if (process.role !== 'heartbeat' || !process.refused.includes('RLIMIT_RTPRIO')) return;
  try {
    const count = processAddon.setThreadRealtime(process.pid, THREAD_NAME, HEARTBEAT_PRIORITY);
    if (count === 0) log.warn('heartbeat runs without real-time priority: its thread was not found');
    else log.info(`heartbeat was given real-time priority ${String(HEARTBEAT_PRIORITY)}`);
  } catch (error) {
    log.warn(
      `heartbeat runs without real-time priority: ${messageOf(error)}: heartbeats may be late on a busy machine; choose a longer timeout`,
    );
  }
}
