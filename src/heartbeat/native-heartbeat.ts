// What build/Release/heartbeat.node exports: the real-time thread that sends and hears for all groups of this host.
// Everything here returns once the thread has done it; failures are thrown as `cannot …: CODE` with `code`.

import { createRequire } from 'node:module';

export interface ThreadOptions {
  /** 16 bytes, IPv4 mapped. */
  readonly hostId: Uint8Array;
  /** Random, never 0. */
  readonly incarnation: bigint;
  /** How many control interfaces there are. */
  readonly interfaces: number;
  /** Of SCHED_FIFO, 1–99; 0: the usual scheduling. */
  readonly priority: number;
  /**
   * R53: a descriptor, which is owned from here on, of what an earlier thread has left and the next one is left; absent: none.
   * If there was one, this one has its incarnation and goes on with its numbers.
   */
  readonly memory?: number;
}

export interface GroupSettings {
  /** Nanoseconds between heartbeats. */
  readonly interval: bigint;
  /** R52: nanoseconds for which addresses live on a heartbeat that was sent; more than the interval. */
  readonly lease: bigint;
  /** R52: nanoseconds for which the kernel answers for them after a heartbeat; no more than the lease. */
  readonly fence: bigint;
  /** After how long without a word control doubts a host, in nanoseconds; 0: it is to hear of each heartbeat. */
  readonly doubt: bigint;
  /** The first signs, all are accepted. */
  readonly keys: readonly Uint8Array[];
  readonly port: number;
  /** 16 bytes; absent: unicast to `peers`. */
  readonly multicast?: Uint8Array;
  /** Seeds (R60): position of the control interface, and 16 bytes of address. */
  readonly peers?: readonly { readonly interface: number; readonly address: Uint8Array }[];
}

export interface NativeHeartbeat {
  /** Why SCHED_FIFO, or the locking of its memory, was refused; null: it was not. */
  readonly realtimeError: string | null;
  readonly lockError: string | null;
  /** Its turn has come: see `go`. */
  readonly isAwake: boolean;
  /** Some group of an awake thread sends nothing before control has said again what this host is (R53). */
  readonly isSilent: boolean;
  /** There was a thread before this one, whose work it goes on with (R53). */
  readonly isInherited: boolean;
  /** A control process is there. */
  readonly isLinked: boolean;
  /** How many links were closed because control sent what is no message. */
  readonly refusedLinks: number;
  /**
   * Its turn has come: whoever used the memory before is gone. Until then it takes in what it is given, and sends nothing; one
   * that inherits goes on without this word in the moment in which the one before it ends.
   */
  go(): void;
  /** The last sequence number that was used. */
  sequence(): bigint;
  /** R7: what is sent from now on is numbered above it. Once it is awake. */
  setReserve(reserve: bigint): void;
  /** Tags are 8 bytes (src/wire/frame.md). */
  addGroup(tag: Uint8Array, settings: GroupSettings): void;
  reconfigureGroup(tag: Uint8Array, settings: GroupSettings): void;
  removeGroup(tag: Uint8Array): void;
  /** Owns the descriptor from here on. Takes the place of an earlier socket of that group and interface. */
  addSocket(tag: Uint8Array, interfacePosition: number, descriptor: number): void;
  /** Likewise; a link that there was is closed. */
  attachControl(descriptor: number): void;
  /** Likewise: the lease board to write (native/lease_board.h). */
  setLeaseBoard(descriptor: number): void;
  /** Likewise: the fence's page of deadlines (native/fence.h). */
  setFence(descriptor: number): void;
  /** Likewise: the service manager's watchdog, fed once a period (nanoseconds) while control's permit lasts. */
  setWatchdog(descriptor: number, period: bigint): void;
  stop(): void;
}

interface Addon {
  readonly NativeHeartbeat: new (options: ThreadOptions) => NativeHeartbeat;
}

const addon = createRequire(import.meta.url)('../../../build/Release/heartbeat.node') as Addon;

export const startThread = (options: ThreadOptions): NativeHeartbeat => new addon.NativeHeartbeat(options);
