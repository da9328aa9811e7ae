// The one loader of build/Release/process.node, and what it exports. Everything is validated by the callers here
// in TypeScript; the native side guards. Failures are thrown as errors with `code` (`ENODEV`) and `errno`.

import { createRequire } from 'node:module';
import type { Channel, ChannelEvents } from './channel.js';
import type { FencePart } from './supervisor-messages.js';

export interface ControlSocketOptions {
  readonly family: 4 | 6;
  /** The service group address; joined and bound if `multicast`, else ignored. */
  readonly group: string;
  readonly port: number;
  readonly interface: string;
  readonly interfaceIndex: number;
  /** This host's address on that interface: source of what is sent, and what a unicast socket is bound to. */
  readonly controlAddress: string;
  readonly multicast: boolean;
}

export interface BootAlarm {
  /** Rings once at this moment, milliseconds since boot; replaces what was set before. One that has passed rings at once. */
  set(milliseconds: number): void;
  close(): void;
}

export interface SpawnOptions {
  readonly path: string;
  /** Without the program's name, which is `path`. */
  readonly arguments: readonly string[];
  /** The whole environment, `NAME=value` pairs as a record. */
  readonly environment: Readonly<Record<string, string>>;
  /** Become 3, 4, … in the child, which has no others beside /dev/null, stdout and stderr. */
  readonly descriptors: readonly number[];
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups: exactly these. */
  readonly groups: readonly number[];
  /** Capabilities by number (see `src/supervisor/rights.ts`); the child can never gain others. Null: left as they are. */
  readonly capabilities: readonly number[] | null;
  /** −20 … 19; null: left as it is. */
  readonly nice: number | null;
  /** RLIMIT_RTPRIO, 0 … 99; null: left as it is. */
  readonly realtimePriority: number | null;
  /** RLIMIT_MEMLOCK in bytes; null: left as it is. */
  readonly memoryLock: number | null;
  /** PR_SET_NO_NEW_PRIVS: no program run later gains a right by its set-uid bit. */
  readonly noNewPrivileges: boolean;
  /** Sent to the child when the thread that started it dies; 0: none. */
  readonly deathSignal: number;
}

export interface Spawned {
  readonly pid: number;
  /** Belongs to the caller, until `watchExit` takes it. */
  readonly pidfd: number;
  /** What could not be granted and is only worth having: `nice`, `RLIMIT_RTPRIO`, `RLIMIT_MEMLOCK`. */
  readonly refused: readonly string[];
}

export interface ReplaceOptions {
  readonly path: string;
  /** With the program's name. */
  readonly arguments: readonly string[];
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly descriptors: readonly number[];
}

export interface ProcessAddon {
  /** Takes ownership of the descriptor, a connected SOCK_SEQPACKET socket. See `src/ipc/channel.ts`. */
  openChannel(descriptor: number, events: ChannelEvents): Channel;
  /** Both ends of a new channel, CLOEXEC, buffers raised. */
  socketPair(): [number, number];
  /** A new lease board (native/lease_board.h): one descriptor to write through, one that can only read. */
  createLeaseBoard(): { readonly writable: number; readonly readable: number };
  /** An empty file that exists in memory alone, for as long as somebody has it open. The name is for /proc. */
  createMemory(name: string): number;
  /** Memory by which a process shows that its main thread lives (native/process/life.h). */
  createLife(): number;
  /**
   * The calling thread holds it until it dies, in the place of what it held before. The descriptor stays the caller's. Throws
   * EINVAL, ENOMEM.
   */
  holdLife(memory: number): void;
  /**
   * Calls back once as soon as the thread that holds it, or will, has died; not at all on a kernel before 5.16. It does not keep
   * the event loop alive. The descriptor stays the caller's. Throws EINVAL, ENOMEM, EAGAIN.
   */
  watchLife(memory: number, died: () => void): { close(): void };
  /** Memory in which a process counts the turns of its event loop (native/process/turns.h). */
  createTurns(): number;
  /** This process counts its turns there from now on. The descriptor stays the caller's. Throws EINVAL, ENOMEM. */
  countTurns(memory: number): void;
  /** Returns what reads the count there, without a system call. The descriptor stays the caller's. Throws EINVAL, ENOMEM. */
  lookAtTurns(memory: number): () => number;
  /**
   * Loads the fence (native/fence.h) into the kernel and returns its descriptors. Throws where the kernel refuses, naming what;
   * it takes CAP_BPF and CAP_NET_ADMIN.
   */
  loadFence(): Readonly<Record<FencePart, number>>;
  /**
   * A timer on CLOCK_BOOTTIME, good to a tenth of a millisecond where setTimeout is to one or two. It keeps the event loop
   * alive until it is closed.
   */
  alarm(ring: () => void): BootAlarm;
  /** CLOCK_BOOTTIME in milliseconds with fractions: an `Instant` of `src/core/time.ts`. */
  bootTime(): number;
  /** 0 where there is no such interface. */
  interfaceIndex(name: string): number;
  /** In the kernel's order, whether or not the interface has carrier. */
  interfaceAddresses(name: string): { readonly address: string; readonly prefix: number }[];
  /** Up, and with carrier. */
  isInterfaceRunning(name: string): boolean;
  /** Whether it still stands on the interface: quicker than to list all. May be false for one of an interface that is down. */
  isLocalAddress(address: string, interfaceIndex: number): boolean;
  /** Locks an open file for as long as the descriptor lives (flock(2)). False: somebody else holds it. Throws EBADF … */
  lockFile(descriptor: number): boolean;
  /** Null where there is no such user. */
  lookupUser(name: string): { readonly uid: number; readonly gid: number } | null;
  lookupGroup(name: string): number | null;
  /**
   * A UDP socket of one group on one control interface (R5, R6). `beside`: those of the caller's own that are bound to the same
   * address and port and may go on under unicast, where nobody else's may. Throws EADDRINUSE, EADDRNOTAVAIL …
   */
  openControlSocket(options: ControlSocketOptions, beside?: readonly number[]): number;
  /** A listening stream socket; a file that nobody answers on is replaced, otherwise EADDRINUSE. */
  openUnixListener(path: string, mode: number): number;
  /**
   * A listening TCP socket; address of either family. `beside`: a listener of the caller's own that may be in the way (one
   * on the wildcard and one on an address of the same port); −1: none. Throws EADDRINUSE, EADDRNOTAVAIL, EACCES …
   */
  openTcpListener(address: string, port: number, beside: number): number;
  /** Both ends of a stream within this machine, CLOEXEC. */
  streamPair(): [number, number];
  /** A pipe for what a program prints: the end to read from, and the one to write to, which any user may open by name. */
  outputPipe(): [number, number];
  /** Starts a program with exactly these rights; throws, naming the step, where one cannot be taken. */
  spawn(options: SpawnOptions): Spawned;
  /**
   * Goes over to another program in this process, which keeps its pid, children and rights. Of the descriptors just these stay
   * open, under their numbers, beside 0, 1 and 2. Returns only by throwing: nothing is changed then.
   */
  replaceProgram(options: ReplaceOptions): never;
  /** Takes the pidfd, reaps the process when it ends and says how: one of the two is null. Called once. */
  watchExit(pidfd: number, exited: (code: number | null, signal: number | null) => void): void;
  /**
   * Calls back once as soon as that process, which need be no child, has ended; a zombie has. Throws ESRCH where there is
   * none (any more). `close` ends the watch without a call.
   */
  watchProcess(pid: number, gone: () => void): { close(): void };
  /**
   * Gives the threads of a process that bear this name SCHED_FIFO with this priority. Returns
   * how many there were; throws EPERM without CAP_SYS_NICE.
   */
  setThreadRealtime(pid: number, threadName: string, priority: number): number;
  /**
   * Gives the main thread of a process this nice value, and asks for this time slice (Linux 6.12 and later; 100,000 ns to
   * 100 ms), which makes it run the sooner when it wakes. Throws EPERM, ESRCH.
   */
  prioritizeMainThread(pid: number, nice: number, sliceNanoseconds: number): void;
  /**
   * A datagram socket connected to the service manager's (`NOTIFY_SOCKET`: a path, or `@` and an abstract name). Throws
   * EINVAL, ENOENT, ECONNREFUSED.
   */
  connectNotifySocket(name: string): number;
  /** Sends one notice of sd_notify(3); waits up to a second for a manager that is busy. Throws EAGAIN, ECONNREFUSED. */
  sendNotice(descriptor: number, notice: string): void;
  /** PR_SET_DUMPABLE 0: processes of the same user cannot look into this one (keys), and it leaves no core. */
  protectMemory(): void;
}

// From dist/src/ipc to the root of the package.
export const processAddon = createRequire(import.meta.url)(
  '../../../build/Release/process.node',
) as ProcessAddon;
