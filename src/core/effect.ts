// Everything that a service monitor can ask for, as data.

import type { Address, HostId, ServiceAddress } from './address.js';
import type { Command, GroupRequest } from './event.js';
import type { Information } from './host-information.js';

/** What the next frames say beside the information itself. */
export interface FrameFlags {
  readonly joining: boolean;
  readonly leaving: boolean;
  readonly observer: boolean;
}

/** Stable names of what is worth remembering; SNMP traps are made of some of them. */
export type RecordName =
  | 'started'
  | 'joined'
  | 'leader'
  | 'host-appeared'
  | 'host-silent'
  | 'host-partitioned'
  | 'host-left'
  | 'host-failed'
  | 'host-recovered'
  | 'host-quiesced'
  | 'host-resumed'
  | 'network-silent'
  | 'network-heard'
  | 'send-failing'
  | 'send-recovered'
  | 'control-stopped'
  | 'assigned'
  | 'acquire'
  | 'acquire-fail'
  | 'release'
  | 'release-fail'
  | 'test-failed'
  | 'test-recovered'
  | 'load-failed'
  | 'load-recovered'
  | 'cannot-assign'
  | 'address-lost'
  | 'command-refused'
  | 'command-unanswered'
  | 'conflict'
  | 'conflict-ended'
  | 'expired'
  | 'addresses-refused'
  | 'addresses-fit'
  | 'decision'
  | 'quiesced'
  | 'resumed'
  | 'lease-ended'
  | 'paused'
  | 'zone-writer'
  | 'zone'
  | 'zone-failed'
  | 'zone-recovered'
  | 'zone-foreign'
  | 'left';

/** What a notification says beside the sentence (R23). */
export interface RecordDetails {
  /** The cause alone, without object and host. */
  readonly reason: string;
  /** The test object concerned. */
  readonly test?: string;
  /** The other host concerned. */
  readonly peer?: HostId;
}

export interface RecordEffect {
  readonly kind: 'record';
  readonly event: RecordName;
  readonly level: 'info' | 'warn' | 'error';
  readonly address: ServiceAddress | null;
  readonly message: string;
  readonly details?: RecordDetails;
}

export type Effect =
  /** Replaces what the heartbeats carry. Urgent: goes out at once as well. */
  | {
      readonly kind: 'publish';
      readonly information: Information;
      readonly term: number;
      readonly flags: FrameFlags;
      readonly urgent: boolean;
    }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'request'; readonly request: GroupRequest }
  | { readonly kind: 'drain' }
  | { readonly kind: 'configure'; readonly address: ServiceAddress }
  | { readonly kind: 'deconfigure'; readonly address: ServiceAddress }
  /** R55: put it on the interface, where nobody learns of it before it is configured. */
  | { readonly kind: 'prepare'; readonly address: ServiceAddress }
  /** R55: take it off; what still comes for it belongs to the heir, who has this MAC. Answered as a deconfigure. */
  | { readonly kind: 'hand-over'; readonly address: ServiceAddress; readonly hardwareAddress: string }
  | { readonly kind: 'announce'; readonly address: ServiceAddress }
  | {
      readonly kind: 'run-script';
      readonly action: 'acquire' | 'release';
      readonly address: ServiceAddress;
      readonly reason: string;
    }
  | { readonly kind: 'cancel-script'; readonly address: ServiceAddress }
  /** R61: ask on the service network who answers. */
  | { readonly kind: 'probe'; readonly addresses: readonly ServiceAddress[] }
  /** R39: the addresses that the zone is to have from now on, whoever changes it. Never none. */
  | { readonly kind: 'zone'; readonly addresses: readonly ServiceAddress[] }
  /** R41: look at what the zone has and say so, at once and from time to time; do not change it. */
  | { readonly kind: 'watch-zone' }
  /** The zone is no longer this host's business. */
  | { readonly kind: 'leave-zone' }
  /** Where unicast peers are to be found beside the seeds (R60). */
  | {
      readonly kind: 'peers';
      readonly peers: readonly { readonly id: HostId; readonly addresses: readonly Address[] }[];
    }
  /** The answer to an operator: error null means done. */
  | {
      readonly kind: 'reply';
      readonly ticket: number;
      readonly error: string | null;
      readonly done: readonly string[];
    }
  /** Everything is released and the group has been told. */
  | { readonly kind: 'left' }
  | RecordEffect;
