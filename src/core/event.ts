// Everything that can happen to a service monitor. Closed: a new kind makes every switch over it fail to compile.

import type { HostId, ServiceAddress } from './address.js';
import type { AddressInformation, Information } from './host-information.js';
import type { Reason } from './reason.js';
import type { MonitorSettings } from './settings.js';
import type { Instant } from './time.js';

/** What the heartbeat process knows of one host. */
export interface HostReport {
  readonly id: HostId;
  readonly incarnation: bigint;
  readonly sequence: bigint;
  readonly permit: boolean;
  readonly joining: boolean;
  readonly leaving: boolean;
  readonly observer: boolean;
  readonly term: number;
  /** Newest message that was sent with its control process running, heard directly; NEVER if none. */
  readonly permittedAt: Instant;
  /** Newest moment at which another member says that it heard this host (R12); NEVER if none. */
  readonly relayedAt: Instant;
  /** Newest message on each control interface, in their order. */
  readonly links: readonly Instant[];
}

export interface AddressOrder {
  readonly address: ServiceAddress;
  readonly reason: Reason;
}

/** R8: an order of the leader. */
export interface Command {
  /** *Prepare* (R55): the host will be handed the address by the one that serves it. */
  readonly action: 'acquire' | 'release' | 'prepare';
  readonly to: HostId;
  readonly term: number;
  readonly orders: readonly AddressOrder[];
}

/** Another host, and the MAC by which it is known on the service network. */
export interface RememberedMember {
  readonly id: HostId;
  readonly hardwareAddress: string;
}

/** What an operator may ask of the group, through any member. */
export type GroupRequest =
  | { readonly kind: 'move'; readonly address: ServiceAddress; readonly host: HostId }
  | { readonly kind: 'fail-back'; readonly address: ServiceAddress | null }
  | { readonly kind: 'forget'; readonly address: ServiceAddress };

export type Event =
  /** The heartbeat process listens: for the first time, or again after it was replaced. */
  | { readonly kind: 'listening' }
  /** A deadline passed. */
  | { readonly kind: 'tick' }
  /** `at`: when the heartbeat process wrote it; all that it had read until then is in it. */
  | { readonly kind: 'heard'; readonly at: Instant; readonly reports: readonly HostReport[] }
  /** `incarnation`: of the run that said so; `at`: when it was true. */
  | {
      readonly kind: 'information';
      readonly information: Information;
      readonly incarnation: bigint;
      readonly at: Instant;
    }
  /** `at`: when the kernel received it. */
  | {
      readonly kind: 'command';
      readonly from: HostId;
      readonly sequence: bigint;
      readonly at: Instant;
      readonly command: Command;
    }
  /** Another member passes on what its operator asked. */
  | { readonly kind: 'request'; readonly from: HostId; readonly request: GroupRequest }
  /** The heartbeat process has read all that had arrived when `drain` was asked; its report came before this. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'configured'; readonly address: ServiceAddress; readonly error: string | null }
  /** The answer to a prepare; `error`: it is not on the interface, and its hand-over takes longer. */
  | { readonly kind: 'prepared'; readonly address: ServiceAddress; readonly error: string | null }
  /** A configure was not carried out, because the lease had run out meanwhile (R52): the address is not there. */
  | { readonly kind: 'withdrawn'; readonly address: ServiceAddress }
  /** A configure was not carried out: another host of this MAC was heard to have it, of which this one did not know (R61). */
  | {
      readonly kind: 'forestalled';
      readonly address: ServiceAddress;
      readonly hardwareAddress: string;
    }
  | { readonly kind: 'deconfigured'; readonly address: ServiceAddress; readonly error: string | null }
  | {
      readonly kind: 'script-done';
      readonly action: 'acquire' | 'release';
      readonly address: ServiceAddress;
      readonly error: string | null;
    }
  | { readonly kind: 'link'; readonly up: boolean; readonly hardwareAddress: string | null }
  /** Somebody else removed an address of ours from the service interface. */
  | { readonly kind: 'lost'; readonly address: ServiceAddress }
  /** The lease ran out: heartbeat and network each say so, and network gives up every address of the group (R52). */
  | { readonly kind: 'lease-ended' }
  /** Somebody answered on the service network for an address. */
  | { readonly kind: 'answer'; readonly address: ServiceAddress; readonly hardwareAddress: string }
  /**
   * R61: what was asked at `askedAt` could have been answered by now, and every answer has been told before this. `addresses`: those
   * of the question that could be asked for.
   */
  | { readonly kind: 'probed'; readonly addresses: readonly ServiceAddress[]; readonly askedAt: Instant }
  | { readonly kind: 'test'; readonly name: string; readonly passed: boolean; readonly detail: string }
  | { readonly kind: 'load'; readonly load: number; readonly capacity: number }
  /** R15, R61: what this host knew of the group's addresses and members when it was last up. */
  | {
      readonly kind: 'remembered';
      readonly addresses: readonly AddressInformation[];
      readonly members: readonly RememberedMember[];
    }
  /** What the group's zone really has, read or just written; null: unknown, and `error` says why. */
  | {
      readonly kind: 'zone-told';
      readonly published: readonly ServiceAddress[] | null;
      readonly error: string | null;
    }
  | { readonly kind: 'quiesce' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'operator'; readonly ticket: number; readonly request: GroupRequest }
  | { readonly kind: 'settings'; readonly settings: MonitorSettings }
  /** Release everything and leave the group. */
  | { readonly kind: 'leave' };
