// Announcements and probes, made of what the kernel says of each interface at that moment.

import { addressBytes, familyOf } from '../core/address.js';
import type { Announcement, Probe, Transmitter } from './addon.js';
import type { InterfaceTable, Link } from './interface-table.js';
import { errorName, type Placement } from './placement.js';

export class NeighbourSender {
  readonly #transmitter: Transmitter;
  readonly #table: InterfaceTable;
  readonly #failed: (message: string) => void;

  /** `failed`: one line about the first frame of a call that could not be sent. */
  constructor(transmitter: Transmitter, table: InterfaceTable, failed: (message: string) => void) {
    this.#transmitter = transmitter;
    this.#table = table;
    this.#failed = failed;
  }

  /** Passes over interfaces that are down (announced again when they are up) or are not Ethernet. */
  announce(placements: readonly Placement[]): void {
    const reachable = placements.filter(({ index }) => this.#ethernet(index) !== null);
    const announcements = reachable.map((placement) => this.#announcement(placement));
    this.#tellFailure('announce', reachable, this.#transmitter.announce(announcements));
  }

  /** R61. Passes over interfaces that are down or are not Ethernet: nobody answers there. */
  probe(placements: readonly Placement[]): void {
    const reachable = placements.filter(({ index }) => this.#ethernet(index) !== null);
    const probes = reachable.map((placement): Probe => {
      const source = familyOf(placement.address) === 6 ? this.#table.linkLocal(placement.index) : null;
      return { ...this.#announcement(placement), source: source === null ? null : addressBytes(source) };
    });
    this.#tellFailure('probe', reachable, this.#transmitter.probe(probes));
  }

  #ethernet(index: number): (Link & { readonly hardwareAddress: string }) | null {
    const link = this.#table.linkAt(index);
    if (link === null || !link.up || link.hardwareAddress === null) return null;
    return { ...link, hardwareAddress: link.hardwareAddress };
  }

  #announcement({ index, address }: Placement): Announcement {
    const hardwareAddress = this.#ethernet(index)?.hardwareAddress ?? '';
    return { index, hardwareAddress: hardwareBytes(hardwareAddress), address: addressBytes(address) };
  }

  #tellFailure(verb: string, placements: readonly Placement[], errors: readonly number[]): void {
    const position = errors.findIndex((errno) => errno !== 0);
    const [placement, errno] = [placements[position], errors[position]];
    if (placement === undefined || errno === undefined) return;
    const others = errors.filter((each) => each !== 0).length - 1;
    const more = others === 0 ? '' : ` (and ${String(others)} more)`;
    this.#failed(`cannot ${verb} ${placement.address} on ${placement.interface}: ${errorName(errno)}${more}`);
  }
}

const hardwareBytes = (text: string): Uint8Array =>
  Uint8Array.from(text.split(':'), (octet) => parseInt(octet, 16));
