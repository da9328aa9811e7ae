// Hears who answers for, or announces, an address that matters here: one that this host holds (a conflict), or one that
// was asked for (R61). A listener stands on each service interface and is renewed when the interface is.

import { addressBytes, addressFromBytes, type ServiceAddress } from '../core/address.js';
import { elapsed, NEVER, type Instant } from '../core/time.js';
import type { NeighbourAnswer, NetworkToControl, PlacedAddress } from '../ipc/network-messages.js';
import type { Claim, Listener, NetworkAddon } from './addon.js';
import type { InterfaceTable } from './interface-table.js';
import { placeOf } from './placement.js';
import { messageOf } from '../log/error-message.js';

export type AnswersReport = Extract<NetworkToControl, { kind: 'answers' }>;

/** How long after a probe its address is listened for, milliseconds. */
const PROBE_INTEREST_MILLISECONDS = 5000;
/** The same answer is reported once a window, unless a probe asks anew. */
const WINDOW_MILLISECONDS = 100;
/** Reports in one window at the most: beyond that, on a segment gone mad, answers are counted and dropped. */
const REPORTS_PER_WINDOW = 4096;
/** Addresses probed for and not held: the group's largest table, several times over. More are not listened for. */
const MAX_PROBED = 10_000;

interface Station {
  readonly index: number;
  readonly listener: Listener;
}

/** Of whatever group. */
const placeOn = (name: string, address: ServiceAddress): string =>
  placeOf({ group: '', interface: name, address });

export interface NeighbourWatchPorts {
  now(): Instant;
  answered(report: AnswersReport): void;
  /** A line about an interface that cannot be listened on, or about dropped answers. */
  failed(message: string): void;
}

export class NeighbourWatch {
  readonly #addon: NetworkAddon;
  readonly #table: InterfaceTable;
  readonly #ports: NeighbourWatchPorts;
  #interfaces: ReadonlySet<string> = new Set();
  readonly #stations = new Map<string, Station>();
  readonly #held = new Map<string, PlacedAddress>();
  /** Until when each probed address is of interest. */
  readonly #probed = new Map<string, { readonly placed: PlacedAddress; readonly until: Instant }>();
  #windowStart: Instant = NEVER;
  #reported = new Map<string, Set<string>>();
  #reports = 0;
  #dropped = 0;
  /** Reports to the control process that is attached, and which of them named an address last. */
  #told = 0;
  readonly #lastTold = new Map<string, { readonly report: number; readonly hardwareAddress: string }>();

  constructor(addon: NetworkAddon, table: InterfaceTable, ports: NeighbourWatchPorts) {
    this.#addon = addon;
    this.#table = table;
    this.#ports = ports;
  }

  /** The service interfaces, from now on. */
  listenOn(interfaces: ReadonlySet<string>): void {
    this.#interfaces = interfaces;
    this.reconcile();
  }

  /**
   * Opens and closes listeners so that one stands on each service interface that is there. Called at each change of links.
   * `gone`: interfaces that have ended since it was called last, and their listeners with them.
   */
  reconcile(gone: ReadonlySet<number> = new Set()): void {
    for (const [name, { index, listener }] of [...this.#stations]) {
      const isThere = this.#table.link(name)?.index === index && !gone.has(index);
      if (this.#interfaces.has(name) && isThere) continue;
      listener.close();
      this.#stations.delete(name);
    }
    for (const name of this.#interfaces) {
      const index = this.#table.link(name)?.index;
      if (index !== undefined && !this.#stations.has(name)) this.#open(name, index);
    }
  }

  hold(placed: PlacedAddress): void {
    this.#held.set(placeOf(placed), placed);
    this.#listenFor(placed);
  }

  release(placed: PlacedAddress): void {
    this.#held.delete(placeOf(placed));
    this.#unwatchUnless(placed);
  }

  /** Another control process counts the reports that it gets from here on. */
  onControlAttached(): void {
    this.#told = 0;
    this.#lastTold.clear();
  }

  /** Reads what has come. */
  refresh(): void {
    for (const { listener } of this.#stations.values()) listener.read();
  }

  /** Who has the address by a report that comes after the first `heard`; null: there is none. */
  claimedSince(placed: PlacedAddress, heard: number): string | null {
    const last = this.#lastTold.get(placeOf(placed));
    return last !== undefined && last.report > heard ? last.hardwareAddress : null;
  }

  /** From now on for some seconds answers for these are reported, each once more even if it was reported just before. */
  expect(addresses: readonly PlacedAddress[], now: Instant): void {
    this.#forgetOldProbes(now);
    for (const placed of addresses) {
      const place = placeOf(placed);
      this.#reported.delete(place);
      // Entered behind all others: the map is in the order of their ends.
      const isNew = !this.#probed.delete(place);
      if (isNew && this.#probed.size >= MAX_PROBED) continue;
      this.#probed.set(place, { placed, until: (now + PROBE_INTEREST_MILLISECONDS) as Instant });
      this.#listenFor(placed);
    }
  }

  close(): void {
    for (const { listener } of this.#stations.values()) listener.close();
    this.#stations.clear();
  }

  #listenFor({ interface: name, address }: PlacedAddress): void {
    try {
      this.#stations.get(name)?.listener.watch(addressBytes(address));
    } catch (error) {
      this.#ports.failed(`${name}: ${messageOf(error)}`);
    }
  }

  #open(name: string, index: number): void {
    const claimed = (claims: readonly Claim[]): void => {
      const answers = claims.flatMap((claim) => this.#answerOf(name, claim));
      // Together: a host that takes a thousand addresses over announces them to all who asked for them.
      if (answers.length > 0) this.#tell(name, answers);
    };
    try {
      const listener = new this.#addon.Listener(index, claimed);
      this.#stations.set(name, { index, listener });
      const watched = [...this.#held.values(), ...[...this.#probed.values()].map(({ placed }) => placed)];
      for (const placed of watched) {
        if (placed.interface === name) listener.watch(addressBytes(placed.address));
      }
    } catch (error) {
      // ENODEV: it has vanished since, which the next change of links tells. Anything else is worth a line.
      this.#ports.failed(`${name}: ${messageOf(error)}`);
    }
  }

  #tell(name: string, answers: readonly NeighbourAnswer[]): void {
    this.#told += 1;
    for (const { address, hardwareAddress } of answers)
      this.#lastTold.set(placeOn(name, address), { report: this.#told, hardwareAddress });
    this.#ports.answered({ kind: 'answers', interface: name, answers });
  }

  /** Empty: it is no news. */
  #answerOf(name: string, { address: bytes, hardwareAddress }: Claim): NeighbourAnswer[] {
    const address: ServiceAddress = addressFromBytes(bytes);
    // Another interface of this host on the same segment, or our own frame come back, is no conflict.
    if (this.#table.isOwn(hardwareAddress)) return [];
    const place = placeOn(name, address);
    return this.#isNews(place, hardwareAddress) ? [{ address, hardwareAddress }] : [];
  }

  #isNews(place: string, hardwareAddress: string): boolean {
    const now = this.#ports.now();
    if (elapsed(this.#windowStart, now) >= WINDOW_MILLISECONDS) this.#openWindow(now);
    const known = this.#reported.get(place);
    if (known?.has(hardwareAddress) === true) return false;
    if (this.#reports >= REPORTS_PER_WINDOW) {
      this.#dropped++;
      return false;
    }
    this.#reports++;
    if (known === undefined) this.#reported.set(place, new Set([hardwareAddress]));
    else known.add(hardwareAddress);
    return true;
  }

  #openWindow(now: Instant): void {
    if (this.#dropped > 0) this.#ports.failed(`${String(this.#dropped)} answers of neighbours were dropped`);
    this.#windowStart = now;
    this.#reported = new Map();
    this.#reports = 0;
    this.#dropped = 0;
  }

  #forgetOldProbes(now: Instant): void {
    for (const [place, { placed, until }] of this.#probed) {
      if (until > now) return;
      this.#probed.delete(place);
      this.#unwatchUnless(placed);
    }
  }

  #unwatchUnless(placed: PlacedAddress): void {
    const place = placeOf(placed);
    if (this.#held.has(place) || this.#probed.has(place)) return;
    this.#lastTold.delete(place);
    this.#stations.get(placed.interface)?.listener.unwatch(addressBytes(placed.address));
  }
}
