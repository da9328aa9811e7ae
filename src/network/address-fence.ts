// The fence (native/fence.h): what has the kernel itself stop answering for an address when the lease runs out under which
// it was configured, though every process of the daemon be dead or frozen (R52). Here it is put before the service
// interfaces, and addresses are marked: before they are configured, and until they are gone again. When the leases end is
// no business of this process; the heartbeat thread writes that where the kernel reads it.
//
// What a killed daemon left before an interface is replaced in one step, and only after the addresses that it left there
// were marked as never live: they are fenced until control says what becomes of them.

import type { Configuration } from '../config/configuration.js';
import { addressBytes, addressFromBytes } from '../core/address.js';
import type { Instant } from '../core/time.js';
import type { NetworkToControl } from '../ipc/network-messages.js';
import type { AddressRequest, FenceStage, KernelFence, LeaseMark } from './addon.js';
import { FenceStanding } from './fence-standing.js';
import type { InterfaceTable } from './interface-table.js';
import { errorName, type Placement } from './placement.js';

type FenceReport = Extract<NetworkToControl, { kind: 'fence' }>;

export interface FencePorts {
  now(): Instant;
  warn(message: string): void;
  report(message: FenceReport): void;
}

/** An address at its place in the kernel: what a mark is for. */
type Place = Pick<Placement, 'index' | 'address'>;

/** Said until the supervisor has sent the fence, or why there is none. */
const NOT_LOADED = 'the supervisor has not loaded it yet';

export class AddressFence {
  readonly #table: InterfaceTable;
  readonly #ports: FencePorts;
  #kernel: KernelFence | null = null;
  #refusal = NOT_LOADED;
  /** Groups with a fence, and their service interfaces. */
  #groups: ReadonlySet<string> = new Set();
  #interfaces: ReadonlySet<string> = new Set();
  /** Null as long as the kernel's is. */
  #standing: FenceStanding | null = null;
  /** What was reported last of each interface: null, or why there is no fence to rely on. */
  readonly #reported = new Map<string, string | null>();

  constructor(table: InterfaceTable, ports: FencePorts) {
    this.#table = table;
    this.#ports = ports;
  }

  /** From now on there is one. */
  use(kernel: KernelFence): void {
    this.#kernel = kernel;
    this.#standing = new FenceStanding(kernel, () => this.#ports.now());
    this.#markLeftovers(kernel);
    this.reconcile();
  }

  /** There is none: the kernel refused it to the supervisor. */
  doWithout(reason: string): void {
    this.#refusal = reason;
    this.reconcile();
  }

  /** R56. A group that is configured no more keeps its marks for as long as its addresses stay. */
  reconfigure(configuration: Configuration): void {
    const fenced = Object.entries(configuration.groups).filter(([, { fence }]) => fence !== 'none');
    this.#groups = new Set(fenced.map(([name]) => name));
    this.#interfaces = new Set(fenced.map(([, group]) => group.interface));
    for (const name of this.#reported.keys()) if (!this.#interfaces.has(name)) this.#reported.delete(name);
    this.reconcile();
  }

  /**
   * Puts the fence before the service interfaces that are there. Called at each change of links. `gone`: interfaces that have
   * ended since it was called last.
   */
  reconcile(gone: ReadonlySet<number> = new Set()): void {
    for (const [index] of this.#standing?.interfaces() ?? [])
      if (gone.has(index) || this.#table.linkAt(index) === null) this.#standing?.forget(index);
    for (const name of this.#interfaces) this.#settle(name);
    this.#takeOff();
  }

  /**
   * Asks the kernel whether it stands where it was put, and puts it back. Called regularly, and before an address is marked for
   * a planned move: without the fence two hosts would answer for it (R55).
   */
  confirm(): void {
    this.#standing?.confirm();
    this.reconcile();
  }

  /** For a control process that knows nothing yet. */
  reportAll(): void {
    for (const [name, error] of this.#reported) this.#ports.report({ kind: 'fence', interface: name, error });
  }

  /**
   * The address is about to be configured under this lease; null: under none, it stays fenced. Where it cannot be marked it
   * is configured without a fence, which is said.
   */
  mark(placement: Placement, lease: LeaseMark | null): void {
    if (this.#kernel === null) return;
    if (!this.#groups.has(placement.group)) {
      this.unmark(placement);
      return;
    }
    const errno = this.#kernel.mark(placement.index, addressBytes(placement.address), lease);
    if (errno === 0) return;
    const { address, interface: name } = placement;
    this.#ports.warn(
      `${address} on ${name} is configured without a fence: ${errorName(errno)}; if this daemon is killed, it answers for some seconds more`,
    );
  }

  /** R55: about to be configured, while another host serves it yet. Null: it is fenced; or why it cannot be. */
  markPrepared(placement: Placement, lease: LeaseMark | null): string | null {
    const errno = this.#markStage(placement, lease, 'prepared');
    if (errno === 0) return null;
    return errno === null ? 'it has no fence to rely on' : `it cannot be fenced: ${errorName(errno)}`;
  }

  /** R55: what comes for it is sent on to that MAC. False: it is not, and the address has to go. */
  markHandedOver(placement: Placement, lease: LeaseMark | null, heir: Uint8Array): boolean {
    return this.#markStage(placement, lease, heir) === 0;
  }

  /** An errno; null: no fence to rely on stands there, or no lease is known under which it could open. */
  #markStage(placement: Placement, lease: LeaseMark | null, stage: FenceStage): number | null {
    const { group, index, address } = placement;
    if (this.#kernel === null || lease === null) return null;
    if (!this.#groups.has(group) || this.#standing?.isReliable(index) !== true) return null;
    return this.#kernel.mark(index, addressBytes(address), lease, stage);
  }

  /** The address is gone. */
  unmark({ index, address }: Place): void {
    this.#kernel?.unmark(index, addressBytes(address));
  }

  /** Forgets the marks of addresses that are not among these, as an earlier process may have left some. */
  prune(stay: readonly Place[]): void {
    if (this.#kernel === null) return;
    const keep = new Set(stay.map(keyOf));
    for (const mark of this.#kernel.marked())
      if (!keep.has(keyOfMark(mark))) this.#kernel.unmark(mark.index, mark.address);
  }

  /** The end of the daemon in good order. Whatever could not be removed from an interface keeps its fence. */
  removeExceptFor(left: readonly Place[]): void {
    const needed = new Set(left.map(({ index }) => index));
    for (const [index] of this.#standing?.interfaces() ?? [])
      if (!needed.has(index)) this.#standing?.detach(index);
  }

  #markLeftovers(kernel: KernelFence): void {
    const marked = new Set(kernel.marked().map(keyOfMark));
    for (const place of this.#table.taggedAddresses()) {
      if (!marked.has(keyOf(place))) kernel.mark(place.index, addressBytes(place.address), null);
    }
  }

  #settle(name: string): void {
    const link = this.#table.link(name);
    if (link === null) return;
    const refusal = this.#standing === null ? this.#refusal : this.#standing.attach(link.index, name);
    const error = refusal ?? this.#standing?.doubtAt(link.index) ?? null;
    if (this.#reported.get(name) === error) return;
    this.#reported.set(name, error);
    if (error !== null && error !== NOT_LOADED)
      this.#ports.warn(
        `${name} has no fence${refusal === null ? ' to rely on' : ''}: ${error}. Should every process of this daemon be killed or frozen, its addresses there answer for up to 3.3 s more, and nobody else takes them over before`,
      );
    this.#ports.report({ kind: 'fence', interface: name, error });
  }

  /** Off interfaces of which no group wants it and where nothing is marked any more. */
  #takeOff(): void {
    const standing = this.#standing?.interfaces() ?? [];
    const spare = standing.filter(([, name]) => !this.#interfaces.has(name));
    if (spare.length === 0) return;
    const marked = new Set(this.#kernel?.marked().map(({ index }) => index));
    for (const [index] of spare) if (!marked.has(index)) this.#standing?.detach(index);
  }
}

const keyOf = ({ index, address }: Place): string => `${String(index)} ${address}`;

const keyOfMark = ({ index, address }: AddressRequest): string =>
  keyOf({ index, address: addressFromBytes(address) });
