// Which rights each role is born with, and nothing else: one line a role. They are taken away between fork and exec
// (native/process/spawn.cc) and can never be regained.

import type { Configuration } from '../config/configuration.js';
import type { Role } from '../ipc/supervisor-messages.js';

/** capabilities(7) that matter here, by number. */
export const CAPABILITIES = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_NICE: 23,
  CAP_SYS_RESOURCE: 24,
} as const;

export type Capability = keyof typeof CAPABILITIES;

export interface Rights {
  /** `raisd`: the unprivileged user (see `identity.ts`). */
  readonly user: 'raisd' | 'root';
  /** `all`: the supervisor's own. */
  readonly capabilities: readonly Capability[] | 'all';
  /** Of the main thread: decisions go before other work. Given when the role is ready (see scheduling.ts). */
  readonly nice: number | null;
  /** RLIMIT_RTPRIO: what the role may give its own threads. */
  readonly realtimePriority: number | null;
  /** RLIMIT_MEMLOCK in bytes. */
  readonly memoryLock: number | null;
  readonly noNewPrivileges: boolean;
  /** Ends with the supervisor whatever it is doing. Not those that give everything up in order first (R52, R55). */
  readonly diesWithSupervisor: boolean;
  /** `--max-old-space-size`, MiB: what the garbage collector lets grow. */
  readonly heap: number;
  /**
   * `--max-semi-space-size`, MiB. 1 is half of the default's growth under load. Control and network have more room: of a takeover
   * of 250 addresses they spent a third with collecting what a small one had no room for (measured), in which time nothing
   * else is done. It is used in a burst only.
   */
  readonly youngHeap: number;
}

/** The real-time priority of heartbeat's thread. */
export const HEARTBEAT_PRIORITY = 50;
const LOCKED_BYTES = 64 << 20;
const nothing: readonly Capability[] = [];
const network: readonly Capability[] = ['CAP_NET_ADMIN', 'CAP_NET_RAW'];
const scripts: readonly Capability[] = ['CAP_SETUID', 'CAP_SETGID', 'CAP_KILL'];

/** `rawSockets`: an ICMP test is configured. `rootCommands`: a configured command runs as root, and root's children need root's rights. */
// prettier-ignore
export const rightsOf = (role: Role, rootCommands: boolean, rawSockets = false): Rights => ({
  heartbeat: { user: 'raisd', capabilities: nothing, nice: -15, realtimePriority: HEARTBEAT_PRIORITY, memoryLock: LOCKED_BYTES, noNewPrivileges: true, diesWithSupervisor: false, heap: 32, youngHeap: 1 },
  control: { user: 'raisd', capabilities: nothing, nice: -15, realtimePriority: null, memoryLock: null, noNewPrivileges: true, diesWithSupervisor: false, heap: 128, youngHeap: 16 },
  network: { user: 'raisd', capabilities: network, nice: -15, realtimePriority: null, memoryLock: null, noNewPrivileges: true, diesWithSupervisor: false, heap: 64, youngHeap: 16 },
  // Its children may be set-uid programs (ping, sudo) that an operator's script relies on. They do not inherit its nice value:
  // a test's bad news should not wait for the service's other work, and what tests and scripts do may.
  scripts: { user: 'root', capabilities: rootCommands ? 'all' : rawSockets ? [...scripts, 'CAP_NET_RAW'] : scripts, nice: -10, realtimePriority: null, memoryLock: null, noNewPrivileges: false, diesWithSupervisor: false, heap: 64, youngHeap: 1 },
} satisfies Record<Role, Rights>)[role];

/** Of the status page: it is given its sockets. What it does may wait for everything else. */
export const WEB_RIGHTS: Rights = {
  user: 'raisd',
  capabilities: nothing,
  nice: 5,
  realtimePriority: null,
  memoryLock: null,
  noNewPrivileges: true,
  diesWithSupervisor: true,
  heap: 64,
  youngHeap: 1,
};

/** Whether some test object sends ICMP. */
export const needsRawSockets = ({ tests }: Configuration): boolean =>
  Object.values(tests).some(({ probe }) => probe.kind === 'icmp');

/** Whether some configured command is to run as root: one without a user, or whose user is root. */
export function hasRootCommands(configuration: Configuration): boolean {
  const users: (string | null)[] = [];
  for (const group of Object.values(configuration.groups)) {
    for (const script of [group.onAcquire, group.onRelease]) if (script !== null) users.push(script.user);
    // A zone file is written as its configured user; nsupdate runs without any rights.
    const file = group.dns?.file ?? null;
    if (file !== null) users.push(file.user);
  }
  for (const { probe } of [...Object.values(configuration.tests), ...Object.values(configuration.loads)]) {
    if (probe.kind === 'command') users.push(probe.user);
  }
  return users.some((user) => user === null || user === 'root');
}
