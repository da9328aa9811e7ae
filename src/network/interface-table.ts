// The kernel's links and addresses, mirrored: a dump at the start, then the news of every change. When news is lost
// (the socket's buffer overflowed) the dump is made anew; whoever is told of a change compares with what he held
// before, so that an overflow and a single event look alike to him.

import { addressFromBytes, type Address } from '../core/address.js';
import type { AddressEvent, EventSocket, InterfaceEvent, NetworkAddon, RequestSocket } from './addon.js';
import { hostPrefix } from './placement.js';

/** The socket's buffer: some 2,000 changes may come while this process is busy. */
export const EVENT_BUFFER_BYTES = 2 << 20;

export interface Link {
  readonly index: number;
  readonly name: string;
  /** R54: carrier and IFF_UP. */
  readonly up: boolean;
  readonly hardwareAddress: string | null;
}

/** An address on an interface, whoever put it there. */
export interface InterfaceAddress {
  readonly index: number;
  readonly address: Address;
  readonly prefix: number;
  readonly tagged: boolean;
  readonly usable: boolean;
}

export interface TableEvents {
  /** Something changed; the table is as new as the kernel's. Not called for what `refresh` finds unchanged. */
  changed(): void;
  /** News was lost and the table was read anew. */
  overflowed(): void;
}

export class InterfaceTable {
  readonly #requests: RequestSocket;
  readonly #socket: EventSocket;
  readonly #events: TableEvents;
  readonly #links = new Map<number, Link>();
  /** By interface and address: that address may stand there several times, with different prefixes. */
  readonly #addresses = new Map<number, Map<Address, readonly InterfaceAddress[]>>();
  /** Links that were down or not there when they last were heard of as up. */
  #cameUp = new Set<number>();
  /** Links that ended. */
  #gone = new Set<number>();

  /** Subscribes and reads everything once. Throws where the system refuses a socket. */
  constructor(
    addon: NetworkAddon,
    requests: RequestSocket,
    events: TableEvents,
    bufferBytes = EVENT_BUFFER_BYTES,
  ) {
    this.#requests = requests;
    this.#events = events;
    // First the subscription, then the dump: what changes in between is told.
    this.#socket = new addon.EventSocket(bufferBytes, () => {
      this.refresh();
    });
    this.confirm();
    // What is up when the table is made has not come up since.
    this.#cameUp.clear();
  }

  /** Takes in all news that has come, so that the table is as new as the kernel's. */
  refresh(): void {
    const { events, overflowed } = this.#socket.read();
    if (overflowed) {
      this.confirm();
      // Nobody knows whether a link was down for a moment: all that are up count as come up.
      for (const { index, up } of this.#links.values()) if (up) this.#cameUp.add(index);
      this.#events.overflowed();
    } else {
      this.#apply(events);
    }
    if (overflowed || events.length > 0) this.#events.changed();
  }

  /** Reads everything anew, without telling anybody. */
  confirm(): void {
    const events = this.#requests.dump();
    const indices = new Set(events.map(({ index }) => index));
    for (const index of this.#links.keys()) if (!indices.has(index)) this.#links.delete(index);
    this.#addresses.clear();
    this.#apply(events);
  }

  /**
   * Enters a service address that was just written. Of an IPv6 address without duplicate address detection the kernel
   * tells only later, from a work queue; until then other news must not make it look as if it were gone.
   */
  enter(index: number, address: Address): void {
    const entry = { index, address, prefix: hostPrefix(address), tagged: true, usable: true };
    this.#enter(entry);
  }

  link(name: string): Link | null {
    for (const link of this.#links.values()) if (link.name === name) return link;
    return null;
  }

  linkAt(index: number): Link | null {
    return this.#links.get(index) ?? null;
  }

  /** The indices of the links that came up since the last call, even if they went down and up between two readings. */
  takeCameUp(): ReadonlySet<number> {
    const cameUp = this.#cameUp;
    this.#cameUp = new Set();
    return cameUp;
  }

  /** The indices of the links that ended since the last call, even if others bear them by now. */
  takeGone(): ReadonlySet<number> {
    const gone = this.#gone;
    this.#gone = new Set();
    return gone;
  }

  /** The address on that interface as a service address would stand there (/32, /128), or null. */
  serviceAddress(index: number, address: Address): InterfaceAddress | null {
    const prefix = hostPrefix(address);
    return this.#at(index, address).find((entry) => entry.prefix === prefix) ?? null;
  }

  /** That address on that interface without the daemon's tag, with whatever prefix, or null: somebody else's. */
  foreignAddress(index: number, address: Address): InterfaceAddress | null {
    return this.#at(index, address).find(({ tagged }) => !tagged) ?? null;
  }

  /** Everything that bears the daemon's tag. */
  taggedAddresses(): InterfaceAddress[] {
    return [...this.#addresses.keys()].flatMap((index) => this.#on(index).filter(({ tagged }) => tagged));
  }

  /** The link-local IPv6 address of an interface, or null while there is none that may be used. */
  linkLocal(index: number): Address | null {
    for (const { address, usable } of this.#on(index)) {
      if (usable && /^fe[89ab]/.test(address)) return address;
    }
    return null;
  }

  /** Whether one of this host's interfaces has that hardware address. */
  isOwn(hardwareAddress: string): boolean {
    for (const link of this.#links.values()) if (link.hardwareAddress === hardwareAddress) return true;
    return false;
  }

  close(): void {
    this.#socket.close();
  }

  #apply(events: readonly InterfaceEvent[]): void {
    for (const event of events) {
      if (event.kind === 'address') this.#applyAddress(event);
      else if (event.deleted) {
        this.#gone.add(event.index);
        this.#links.delete(event.index);
        this.#addresses.delete(event.index);
      } else {
        const { index, name, up, hardwareAddress } = event;
        if (up && this.#links.get(index)?.up !== true) this.#cameUp.add(index);
        this.#links.set(index, { index, name, up, hardwareAddress });
      }
    }
  }

  #applyAddress({ deleted, index, address: bytes, prefix, tagged, usable }: AddressEvent): void {
    const address = addressFromBytes(bytes);
    if (deleted) this.#replace(index, address, prefix, []);
    else this.#enter({ index, address, prefix, tagged, usable });
  }

  #enter(entry: InterfaceAddress): void {
    this.#replace(entry.index, entry.address, entry.prefix, [entry]);
  }

  #replace(index: number, address: Address, prefix: number, by: readonly InterfaceAddress[]): void {
    const entries = this.#addresses.get(index) ?? new Map<Address, readonly InterfaceAddress[]>();
    this.#addresses.set(index, entries);
    const now = [...this.#at(index, address).filter((entry) => entry.prefix !== prefix), ...by];
    if (now.length > 0) entries.set(address, now);
    else entries.delete(address);
  }

  #at(index: number, address: Address): readonly InterfaceAddress[] {
    return this.#addresses.get(index)?.get(address) ?? [];
  }

  #on(index: number): InterfaceAddress[] {
    return [...(this.#addresses.get(index)?.values() ?? [])].flat();
  }
}
