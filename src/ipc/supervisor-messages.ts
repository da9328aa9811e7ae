// What the supervisor and a role say to each other. A role is born with one descriptor, 3: its channel to the
// supervisor. Everything else arrives over it, as messages that carry a descriptor.

import type { Configuration, PrefixedAddress } from '../config/configuration.js';
import type { Address, HostId } from '../core/address.js';

export type Role = 'heartbeat' | 'control' | 'network' | 'scripts';

/** Started only where it is configured, and nobody depends on it. */
export type OptionalRole = 'web';

/** The descriptor on which every role finds its channel to the supervisor. */
export const SUPERVISOR_DESCRIPTOR = 3;

/** One control interface as the supervisor found it. One that is not there yet has index 0 and address 0.0.0.0. */
export interface ControlInterface {
  readonly name: string;
  readonly index: number;
  readonly address: Address;
  readonly prefix: number;
  /** The control address of each family that it has, with the prefix of its subnet, and the best (`address`) first. */
  readonly addresses: readonly PrefixedAddress[];
}

/**
 * First message to each role. Keys go to heartbeat alone. Carries a descriptor for heartbeat and control: memory in which each
 * process of that role finds what the one before it has left (R53).
 */
export interface StartMessage {
  readonly kind: 'start';
  readonly version: string;
  readonly hostId: HostId;
  /** All that are configured, in that order. */
  readonly controlInterfaces: readonly ControlInterface[];
  readonly configuration: Configuration;
  /** heartbeat only: group → keys in base64, the first signs. Empty for the others. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  /** When the daemon (not this role) was started, wall clock, for status. */
  readonly startedAt: string;
  /** The same in milliseconds since this host booted. Absent: the supervisor is of a version before this. */
  readonly startedBoot?: number;
}

export type FencePart = 'ingress' | 'egress' | 'marks' | 'deadlines';

export type FromSupervisor =
  | StartMessage
  /**
   * Begin: what was said before this is taken in now, in order, if the role has not done so before. A stand-in hears the rest long
   * before this (R53).
   */
  | { readonly kind: 'go' }
  /** Carries a descriptor: the channel to a sibling, sent again whenever that sibling was started anew. */
  | { readonly kind: 'attach'; readonly role: Role }
  /**
   * heartbeat only; carries a descriptor: the socket of one group on one control interface. It takes the place of an
   * earlier one, as when the interface was made anew, and may come late, when a missing interface appears.
   */
  | { readonly kind: 'socket'; readonly group: string; readonly interface: string }
  /** heartbeat only; carries a descriptor: 8 bytes that keep the sequence number reserve (R7). */
  | { readonly kind: 'sequence-file' }
  /**
   * heartbeat and network; carries a descriptor: the lease board (native/lease_board.h), which heartbeat writes and network
   * can only read.
   */
  | { readonly kind: 'lease-board' }
  /**
   * Carries a descriptor of the fence (native/fence.h): the programs and the marks go to network, the page of deadlines to
   * heartbeat. Instead of them `no-fence` goes to network where the kernel refused it.
   */
  | { readonly kind: 'fence'; readonly part: FencePart }
  | { readonly kind: 'no-fence'; readonly reason: string }
  /**
   * heartbeat only; carries a descriptor: what is sent on it feeds the service manager's watchdog, once a period while
   * control's permit lasts (R52).
   */
  | { readonly kind: 'watchdog'; readonly periodMilliseconds: number }
  /** control only; carries a descriptor: the listening operator socket. */
  | { readonly kind: 'operator-socket' }
  /** web only; carries a descriptor: the listening socket of the status page. */
  | { readonly kind: 'web-listener' }
  /**
   * control and web; carries a descriptor: an end of a connection on which control answers as on the operator socket, but
   * to questions only. Sent to both anew whenever one of them was started anew.
   */
  | { readonly kind: 'operator-reader' }
  /** control only; carries a descriptor each: the two halves of the bounded history, 0 and 1. */
  | { readonly kind: 'history-file'; readonly half: 0 | 1 }
  /** scripts only; carries a descriptor: how often the SNMP engine was started (RFC 3414). */
  | { readonly kind: 'snmp-engine-file' }
  /** control only; carries a descriptor each: the two halves of the kept service address database (R15), 0 and 1. */
  | { readonly kind: 'address-file'; readonly half: 0 | 1 }
  /** A checked configuration to go over to (R56). */
  | {
      readonly kind: 'reconfigure';
      readonly configuration: Configuration;
      readonly keys: Readonly<Record<string, readonly string[]>>;
    }
  /**
   * R53: do nothing more from now on, say `stopped`, and be gone: another process goes on at once, with everything as it is. To be
   * killed is no less, but on a busy host the end of a process takes its time, in which nobody would work.
   */
  | { readonly kind: 'cease' }
  /**
   * Carries a descriptor: the memory by which the supervisor sees that the main thread of this process died, before the process is
   * gone (native/process/life.h); said again, the newer one counts. Not for heartbeat, whose thread has a word of its own for that.
   */
  | { readonly kind: 'life' }
  /**
   * Carries a descriptor: memory in which the process counts the turns of its event loop, so that it need not be asked whether it
   * hangs (native/process/turns.h). Only to one that has said that it can.
   */
  | { readonly kind: 'turns' }
  /** Answered with `pong` by whoever does not hang, also by a stand-in. */
  | { readonly kind: 'ping' }
  /** Be before others: the supervisor may not give this role its nice value, and a limit may let it do so itself. */
  | { readonly kind: 'prioritize'; readonly nice: number; readonly sliceNanoseconds: number }
  /** control only: what `start` said of the control interfaces has changed. */
  | { readonly kind: 'control-interfaces'; readonly controlInterfaces: readonly ControlInterface[] }
  /** control only: SIGUSR1, SIGUSR2. */
  | { readonly kind: 'quiesce' }
  | { readonly kind: 'resume' }
  /** Release everything in order, say `stopped`, and end with 0. */
  | { readonly kind: 'stop' }
  /** control only: the answer to `reload`. Errors empty: applied. */
  | { readonly kind: 'reloaded'; readonly errors: readonly string[] }
  /**
   * control only: the answer to `restart`. Errors empty: the supervisor is the program on disk, and the others will be; nobody else
   * says that.
   */
  | { readonly kind: 'restarting'; readonly errors: readonly string[] };

export type ToSupervisor =
  /**
   * The role is loaded and has rehearsed what must be fast: it waits for `go`. `countsTurns`: it takes `turns`; a program of before
   * does not.
   */
  | { readonly kind: 'standing-by'; readonly countsTurns?: true }
  /** heartbeat only, a stand-in: its thread waits for its turn, and can be given its priority. */
  | { readonly kind: 'prepared' }
  | { readonly kind: 'pong' }
  /** The role is ready for work. */
  | { readonly kind: 'ready' }
  /** control only: the operator asked for a reload (R56). */
  | { readonly kind: 'reload' }
  /** control only: the operator asked for a restart (R53). */
  | { readonly kind: 'restart' }
  /**
   * control: everything is released and the group was told; the others may be stopped. heartbeat: its thread has sent its last
   * frame.
   */
  | { readonly kind: 'stopped' }
  /** heartbeat only: control has to say anew what this host is (R53), over a new channel. */
  | { readonly kind: 'relink' }
  /** control only: that role does not answer any more; it is ended, and started anew. */
  | { readonly kind: 'hangs'; readonly role: Role }
  /** A role that cannot go on says why before it ends. */
  | { readonly kind: 'failed'; readonly reason: string };
