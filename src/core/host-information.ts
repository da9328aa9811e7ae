// What hosts say of themselves and of each other (R9–R11): the content of an information message.

import type { Address, HostId, ServiceAddress } from './address.js';
import type { Reason } from './reason.js';
import type { Milliseconds } from './time.js';

/** *Prepared* (R55): another host serves it yet and is to hand it over. */
export type ServedState = 'acquiring' | 'online' | 'releasing' | 'not serving' | 'prepared';

export interface ServedAddress {
  readonly address: ServiceAddress;
  readonly state: ServedState;
  /** Why this host has it, or why it is giving it up. */
  readonly reason: Reason;
  /** Acquires of this address that have failed here since the last that succeeded (0–255, saturating). */
  readonly attempts: number;
}

/** R10. What a host says of itself is authoritative (R12). */
export interface HostInformation {
  readonly id: HostId;
  readonly controlAddresses: readonly Address[];
  /** MAC of the service interface, lower case with colons (R61); null while it has none. */
  readonly hardwareAddress: string | null;
  readonly ok: boolean;
  /** Why `ok` is false: `svc0 has no carrier`. */
  readonly failures: readonly string[];
  readonly quiesced: boolean;
  readonly observer: boolean;
  /** It has `dns` configured: it can write the group's zone (R41). */
  readonly dns: boolean;
  /** Unsigned 32-bit. A capacity of 0 means: not measured. */
  readonly load: number;
  readonly capacity: number;
  /** None: hot spare (R43). Sorted. */
  readonly preferred: readonly ServiceAddress[];
  /** Sorted by address. */
  readonly serving: readonly ServedAddress[];
  /** Hosts that are silent to this one but answer on the service network (R61). Sorted. */
  readonly partitioned: readonly HostId[];
  /** Live hosts that this one hears through others only: it asks for their entries (R9, R12). Sorted. */
  readonly unheard: readonly HostId[];
}

/** Among the failures of a host that leaves in order. */
export const LEAVES = 'leaves the group';

/** Its end was asked for, and is no trouble of the host's. */
export const isLeaving = ({ failures }: HostInformation): boolean => failures.includes(LEAVES);

export type Decision =
  | { readonly kind: 'none' }
  /** Planned move to `host`, until that host fails. */
  | { readonly kind: 'move'; readonly host: HostId }
  /** Fail-back that the policy does not do of itself (R57). */
  | { readonly kind: 'fail-back' }
  /** The countdown was ended by the operator. */
  | { readonly kind: 'forget' };

/** One row of the service address database (R11). */
export interface AddressInformation {
  readonly address: ServiceAddress;
  /** The host that prefers it, as last heard. */
  readonly preferredHost: HostId;
  /** How long ago that host was last heard. 0: it is live. */
  readonly age: Milliseconds;
  readonly decision: Decision;
  /** The newest decision wins; the leader raises it by one. Unsigned 32-bit. */
  readonly decisionVersion: number;
}

/** An information message (R9). */
export interface Information {
  readonly host: HostInformation;
  /** Entries of hosts that some other member does not hear itself, with the age of each. */
  readonly others: readonly { readonly host: HostInformation; readonly age: Milliseconds }[];
  readonly addresses: readonly AddressInformation[];
}

export const isClaim = (state: ServedState): boolean => state !== 'not serving' && state !== 'prepared';

const servedBefore = new WeakMap<readonly ServedAddress[], ReadonlyMap<ServiceAddress, ServedAddress>>();

/** What a host says of one address. Looked up: a leader asks for a thousand of them in one step. */
export function servedBy({ serving }: HostInformation, address: ServiceAddress): ServedAddress | undefined {
  let served = servedBefore.get(serving);
  if (served === undefined) {
    served = new Map(serving.map((each) => [each.address, each]));
    servedBefore.set(serving, served);
  }
  return served.get(address);
}
