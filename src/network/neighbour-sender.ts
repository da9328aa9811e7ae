// Announcements and probes, made of what the kernel says of each interface at that moment.

import { constants } from 'node:os';
import { addressBytes, familyOf } from '../core/address.js';
import type { Announcement, AnnouncementForm, Probe, Transmitter } from './addon.js';
import type { InterfaceTable } from './interface-table.js';
import { errorName, type Placement } from './placement.js';

/** The queue of the interface is full, or the socket's. */
const CROWDED = new Set([constants.errno.ENOBUFS, constants.errno.EAGAIN]);

export interface SentProbes {
  /** The kernel took them. */
  readonly sent: readonly Placement[];
  /** There was no room in a queue. */
  readonly crowded: readonly Placement[];
}

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

  /**
   * Passes over interfaces that are down (announced again when they are up) or are not Ethernet. Returns those for which there
   * was no room in a queue.
   */
  announce(placements: readonly Placement[], form: AnnouncementForm): readonly Placement[] {
    const { reachable, hardware } = this.#reach(placements);
    const announcements = reachable.map(({ index, address }): Announcement => ({
      index,
      hardwareAddress: hardware.get(index) ?? new Uint8Array(),
      address: addressBytes(address),
    }));
    const errors = this.#transmitter.announce(announcements, form);
    this.#tellFailure('announce', reachable, errors);
    return reachable.filter((_, position) => CROWDED.has(errors[position] ?? 0));
  }

  /** R61. Passes over interfaces that are down or are not Ethernet: nobody is asked there. */
  probe(placements: readonly Placement[]): SentProbes {
    const { reachable, hardware } = this.#reach(placements);
    const sources = new Map([...hardware.keys()].map((index) => [index, this.#sourceOn(index)]));
    const probes = reachable.map(({ index, address }): Probe => ({
      index,
      hardwareAddress: hardware.get(index) ?? new Uint8Array(),
      address: addressBytes(address),
      source: familyOf(address) === 6 ? (sources.get(index) ?? null) : null,
    }));
    const errors = this.#transmitter.probe(probes);
    this.#tellFailure('probe', reachable, errors);
    return {
      sent: reachable.filter((_, position) => errors[position] === 0),
      crowded: reachable.filter((_, position) => CROWDED.has(errors[position] ?? 0)),
    };
  }

  /** Those on interfaces that are up and Ethernet, and the hardware address of each such interface. */
  #reach(placements: readonly Placement[]): {
    reachable: Placement[];
    hardware: ReadonlyMap<number, Uint8Array>;
  } {
    const hardware = new Map<number, Uint8Array>();
    for (const index of new Set(placements.map((each) => each.index))) {
      const link = this.#table.linkAt(index);
      if (link?.up === true && link.hardwareAddress !== null)
        hardware.set(index, hardwareBytes(link.hardwareAddress));
    }
    return { reachable: placements.filter(({ index }) => hardware.has(index)), hardware };
  }

  #sourceOn(index: number): Uint8Array | null {
    const source = this.#table.linkLocal(index);
    return source === null ? null : addressBytes(source);
  }

  /** Of all but what found a queue full: that is tried again. */
  #tellFailure(verb: string, placements: readonly Placement[], errors: readonly number[]): void {
    const isFailure = (errno: number): boolean => errno !== 0 && !CROWDED.has(errno);
    const position = errors.findIndex(isFailure);
    const [placement, errno] = [placements[position], errors[position]];
    if (placement === undefined || errno === undefined) return;
    const others = errors.filter(isFailure).length - 1;
    const more = others === 0 ? '' : ` (and ${String(others)} more)`;
    this.#failed(`cannot ${verb} ${placement.address} on ${placement.interface}: ${errorName(errno)}${more}`);
  }
}

const hardwareBytes = (text: string): Uint8Array =>
  Uint8Array.from(text.split(':'), (octet) => parseInt(octet, 16));
