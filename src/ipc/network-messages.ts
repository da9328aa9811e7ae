// What control and network say to each other. Network reports and never decides; control never touches an interface.

import type { ServiceAddress } from '../core/address.js';
import type { Instant } from '../core/time.js';

/** A service address on an interface: always /32 or /128 there. */
export interface PlacedAddress {
  readonly group: string;
  readonly interface: string;
  readonly address: ServiceAddress;
}

export interface AddressResult extends PlacedAddress {
  /** Null: done. Otherwise `cannot add address to svc0: ENODEV` or the like. */
  readonly error: string | null;
  /** Set: it was not tried, because the group's lease had run out (R52). No fault of the address or the interface. */
  readonly leaseOver?: true;
}

export type ControlToNetwork =
  /** First message of a control process: exactly these addresses are wanted; other tagged ones are removed. */
  | { readonly kind: 'adopt'; readonly addresses: readonly PlacedAddress[] }
  /** Add in one batch and announce. Answered by `added`: more than one where many IPv6 addresses take long. */
  | { readonly kind: 'add'; readonly addresses: readonly PlacedAddress[] }
  /** Remove in one batch. Answered by `removed`: more than one, likewise. */
  | { readonly kind: 'remove'; readonly addresses: readonly PlacedAddress[] }
  /** Announce again (a conflict was resolved in our favour). */
  | { readonly kind: 'announce'; readonly addresses: readonly PlacedAddress[] }
  /** R61: ask who answers for these addresses (ARP probe, neighbour solicitation). Answers come as `answer`. */
  | { readonly kind: 'probe'; readonly addresses: readonly PlacedAddress[] }
  /**
   * The lease on every address (R52): unless renewed, network removes what it holds for a group when the group's
   * `milliseconds` have passed since the last renewal, and says `lease-ended`. They count from `at` (CLOCK_BOOTTIME), so
   * that a renewal which lay in the channel while the host was paused is worth nothing after it; without `at`, from receipt.
   */
  | { readonly kind: 'lease'; readonly groups: Readonly<Record<string, number>>; readonly at?: Instant };

export type NetworkToControl =
  /** The answer to `adopt`: what is there now, and what could not be put right. */
  | { readonly kind: 'adopted'; readonly results: readonly AddressResult[] }
  | { readonly kind: 'added'; readonly results: readonly AddressResult[] }
  | { readonly kind: 'removed'; readonly results: readonly AddressResult[] }
  /** The state of a service interface, at the start and whenever it changes. `up` needs carrier and IFF_UP. */
  | {
      readonly kind: 'link';
      readonly interface: string;
      readonly up: boolean;
      readonly hardwareAddress: string | null;
    }
  /** Somebody else removed an address of ours. */
  | { readonly kind: 'lost'; readonly address: PlacedAddress }
  | { readonly kind: 'lease-ended'; readonly group: string; readonly removed: readonly PlacedAddress[] }
  /** Somebody answered for an address, whoever asked: `hardwareAddress` in lower case, colons. Ours are not reported. */
  | {
      readonly kind: 'answer';
      readonly interface: string;
      readonly address: ServiceAddress;
      readonly hardwareAddress: string;
    };
