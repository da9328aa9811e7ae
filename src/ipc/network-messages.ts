// What control and network say to each other. Network reports and never decides; control never touches an interface.

import type { ServiceAddress } from '../core/address.js';
import type { Instant } from '../core/time.js';

/** A service address on an interface: always /32 or /128 there. */
export interface PlacedAddress {
  readonly group: string;
  readonly interface: string;
  readonly address: ServiceAddress;
}

export interface HandedOverAddress extends PlacedAddress {
  /** MAC of the host that takes it over: lower case, colons. */
  readonly heir: string;
}

export interface AddressResult extends PlacedAddress {
  /** Null: done. Otherwise `cannot add address to svc0: ENODEV` or the like. */
  readonly error: string | null;
  /** Set: it was not tried, because the group's lease had run out (R52). No fault of the address or the interface. */
  readonly leaseOver?: true;
  /**
   * Set: it was not tried, because another host, of this hardware address, had been heard to have the address before, and
   * control did not know of it yet. No fault of the address or the interface either.
   */
  readonly claimedBy?: string;
}

export type ControlToNetwork =
  /**
   * First message of a control process: exactly these addresses are wanted; other tagged ones are removed. `at`, here and
   * below: when control said so (CLOCK_BOOTTIME). What lay in the channel for longer than a lease is not done (R52).
   */
  | { readonly kind: 'adopt'; readonly addresses: readonly PlacedAddress[]; readonly at: Instant }
  /**
   * R55: add in one batch behind the fence: nobody hears of the addresses, but what is sent to this host for them is answered.
   * Answered by `prepared`.
   */
  | { readonly kind: 'prepare'; readonly addresses: readonly PlacedAddress[]; readonly at: Instant }
  /**
   * R55: what comes for them from now on is sent on to the host that takes them over, without being answered; they go off the
   * interface a little later. Answered by `removed`, at once. Without a fence they are removed.
   */
  | { readonly kind: 'hand-over'; readonly addresses: readonly HandedOverAddress[] }
  /**
   * Add in one batch and announce. Answered by `added`: more than one where many IPv6 addresses take long. `heard`: how many
   * `answers` control had received on this channel. An address that a later one names is not added (R61).
   */
  | {
      readonly kind: 'add';
      readonly addresses: readonly PlacedAddress[];
      readonly at: Instant;
      readonly heard: number;
    }
  /** Remove in one batch. Answered by `removed`: more than one, likewise. */
  | { readonly kind: 'remove'; readonly addresses: readonly PlacedAddress[] }
  /** Announce again (a conflict was resolved in our favour). */
  | { readonly kind: 'announce'; readonly addresses: readonly PlacedAddress[] }
  /**
   * R61: ask who answers for these addresses (ARP probe, neighbour solicitation). Answers come as `answer`; `probed` follows
   * when `patience` milliseconds have passed since and all that was answered has been told.
   */
  | {
      readonly kind: 'probe';
      readonly group: string;
      readonly addresses: readonly PlacedAddress[];
      readonly at: Instant;
      readonly patience: number;
    };

export interface NeighbourAnswer {
  readonly address: ServiceAddress;
  /** Lower case, colons. */
  readonly hardwareAddress: string;
}

export type NetworkToControl =
  /** The answer to `adopt`: what is there now, and what could not be put right. */
  | { readonly kind: 'adopted'; readonly results: readonly AddressResult[] }
  /** Instead of it: `adopt` was said longer ago than a lease lasts. Nothing was done; what is wanted now is to be said. */
  | { readonly kind: 'late' }
  /** An error: it is not on the interface, or without a fence must not be. */
  | { readonly kind: 'prepared'; readonly results: readonly AddressResult[] }
  | { readonly kind: 'added'; readonly results: readonly AddressResult[] }
  | { readonly kind: 'removed'; readonly results: readonly AddressResult[] }
  /** The state of a service interface, at the start and whenever it changes. `up` needs carrier and IFF_UP. */
  | {
      readonly kind: 'link';
      readonly interface: string;
      readonly up: boolean;
      readonly hardwareAddress: string | null;
    }
  /** R52: whether the kernel fences a service interface, reliably; null: it does. Said at the start and whenever it changes. */
  | { readonly kind: 'fence'; readonly interface: string; readonly error: string | null }
  /** Somebody else removed an address of ours. */
  | { readonly kind: 'lost'; readonly address: PlacedAddress }
  /** R52: the group's lease ran out (see src/network/lease-watch.ts): what network held for it is removed. */
  | { readonly kind: 'lease-ended'; readonly group: string; readonly removed: readonly PlacedAddress[] }
  /**
   * `at`, `group`: as in the `probe`. `addresses`: those of its addresses for which the question left this host. There may be none:
   * the queue of the interface was full, or it is down.
   */
  | {
      readonly kind: 'probed';
      readonly group: string;
      readonly addresses: readonly PlacedAddress[];
      readonly at: Instant;
    }
  /** Somebody answered for addresses, whoever asked: what was heard at one look. Ours are not reported. */
  | { readonly kind: 'answers'; readonly interface: string; readonly answers: readonly NeighbourAnswer[] };
