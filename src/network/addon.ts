// What `build/Release/network.node` exports. Everything that touches the kernel is behind it: file descriptors and
// integers in, errno out. A call that fails as a whole throws an error with `code` (`EPERM`) and `errno`.

import { createRequire } from 'node:module';

export type AddressOperation = 'add' | 'renew' | 'remove';

export interface AddressRequest {
  /** Interface index, 1 or more. */
  readonly index: number;
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
}

/** A link as the kernel has it, or its end. */
export interface LinkEvent {
  readonly kind: 'link';
  readonly deleted: boolean;
  readonly index: number;
  readonly name: string;
  /** Carrier and IFF_UP. */
  readonly up: boolean;
  /** Lower case, colons; null where the link is not Ethernet. */
  readonly hardwareAddress: string | null;
}

/** An address as the kernel has it, or its end. */
export interface AddressEvent {
  readonly kind: 'address';
  readonly deleted: boolean;
  readonly index: number;
  readonly address: Uint8Array;
  readonly prefix: number;
  /** It bears the daemon's tag (IFA_PROTO): this daemon, or an earlier one, configured it. */
  readonly tagged: boolean;
  /** Neither tentative nor a duplicate. */
  readonly usable: boolean;
}

export type InterfaceEvent = LinkEvent | AddressEvent;

/** rtnetlink, the asking half. Synchronous. */
export interface RequestSocket {
  /**
   * Adds, renews or removes /32 and /128 addresses; one errno each, 0: done. The kernel removes what is not renewed within
   * `validSeconds` by itself, up to 1.25 s late. Many IPv6 addresses take long (1.5 ms each once hundreds are there).
   */
  apply(
    operation: AddressOperation,
    requests: readonly AddressRequest[],
    validSeconds: number,
  ): readonly number[];
  /** All links, then all addresses, of this network namespace. */
  dump(): readonly InterfaceEvent[];
}

/** rtnetlink, the listening half. */
export interface EventSocket {
  /** All that has come; `overflowed`: some of it was lost, and only a dump tells what is true. */
  read(): { readonly events: readonly InterfaceEvent[]; readonly overflowed: boolean };
  close(): void;
}

export interface Announcement {
  readonly index: number;
  /** 6 bytes: the interface's own. */
  readonly hardwareAddress: Uint8Array;
  readonly address: Uint8Array;
}

export interface Probe extends Announcement {
  /** IPv6: the interface's link-local address, or null if it has none. */
  readonly source: Uint8Array | null;
}

/** Which form of gratuitous ARP: some equipment listens to requests only, some to replies only. */
export type AnnouncementForm = 'both' | 'request' | 'reply';

/** Raw frames out. One errno an element, 0: the kernel took the frames. */
export interface Transmitter {
  /** Gratuitous ARP in that form, or, whatever the form, an unsolicited neighbour advertisement. */
  announce(announcements: readonly Announcement[], form: AnnouncementForm): readonly number[];
  /** An ARP probe (RFC 5227) or a neighbour solicitation. */
  probe(probes: readonly Probe[]): readonly number[];
}

/** Somebody says: this address is at this hardware address. */
export interface Claim {
  readonly address: Uint8Array;
  readonly hardwareAddress: string;
}

/** Raw frames in, on one interface: ARP and neighbour discovery about the watched addresses. */
export interface Listener {
  watch(address: Uint8Array): void;
  unwatch(address: Uint8Array): void;
  /** Calls back for what has come, before the event loop gets to it. */
  read(): void;
  close(): void;
}

/** What the leases run on (native/lease_board.h): when each group's last heartbeat under control's permit left. */
export interface LeaseBoard {
  /** Milliseconds since boot; null: none has left yet. */
  sentAt(groupTag: bigint): number | null;
  /** The group's lease as it is now, running or not; null: the board does not know the group. */
  leaseOf(groupTag: bigint): LeaseMark | null;
  /** What waits for the end of leases: nobody else looks at the board for it. */
  alarm(ring: () => void): LeaseAlarm;
}

/** It keeps the event loop alive until it is closed. */
export interface LeaseAlarm {
  /** Rings once as soon as one of these has run out; replaces those that were followed before. */
  follow(leases: readonly FollowedLease[]): void;
  close(): void;
}

export interface FollowedLease {
  readonly groupTag: bigint;
  /** Milliseconds from the last heartbeat under control's permit. */
  readonly span: number;
  /** The board's having another number means that it has run out, whatever followed; null: not known. */
  readonly lease: bigint | null;
}

/** Names one lease of a group: one that has run out is followed by another. */
export interface LeaseMark {
  readonly groupTag: bigint;
  /** Where the group's deadline stands. */
  readonly slot: number;
  readonly lease: bigint;
}

export type FenceStage = 'prepared' | Uint8Array;

/** The fence (native/fence.h). One errno each, 0: done. */
export interface KernelFence {
  /** Puts it before an interface, in the place of what an earlier run left there. EEXIST: another's filter is in its place. */
  attach(index: number): number;
  detach(index: number): number;
  /** Whether it stands there in both directions, as the kernel says: 0; ENOENT: not (any more); EEXIST: another's filter does. */
  find(index: number): number;
  /** How many programs of others the interface runs before it (TCX, Linux 6.6): they may let pass what it would stop. */
  preceding(index: number): number;
  /**
   * What is marked answers only while that lease runs; null: never. `stage` (R55): nothing, it serves; prepared, it answers
   * what is sent to this host, and nobody learns who has it; a MAC, what comes for it is sent on there.
   */
  mark(index: number, address: Uint8Array, lease: LeaseMark | null, stage?: FenceStage): number;
  unmark(index: number, address: Uint8Array): number;
  marked(): readonly AddressRequest[];
}

type NativeLeaseBoard = Omit<LeaseBoard, 'alarm'>;

export interface NetworkAddon {
  readonly RequestSocket: new () => RequestSocket;
  readonly EventSocket: new (receiveBufferBytes: number, readable: () => void) => EventSocket;
  readonly Transmitter: new () => Transmitter;
  readonly Listener: new (index: number, claimed: (claims: readonly Claim[]) => void) => Listener;
  /** Takes the descriptor. */
  readonly LeaseBoard: new (descriptor: number) => NativeLeaseBoard;
  readonly LeaseAlarm: new (board: NativeLeaseBoard, ring: () => void) => LeaseAlarm;
  /** Takes the descriptors of the programs and of the map of marks (src/ipc/process-addon.ts). */
  readonly Fence: new (ingress: number, egress: number, marks: number) => KernelFence;
}

// From dist/src/network to the root of the package.
export const networkAddon = createRequire(import.meta.url)(
  '../../../build/Release/network.node',
) as NetworkAddon;

/** Takes the descriptor. */
export function openLeaseBoard(descriptor: number): LeaseBoard {
  const board = new networkAddon.LeaseBoard(descriptor);
  return {
    sentAt: (groupTag) => board.sentAt(groupTag),
    leaseOf: (groupTag) => board.leaseOf(groupTag),
    alarm: (ring) => new networkAddon.LeaseAlarm(board, ring),
  };
}
