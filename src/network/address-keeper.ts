// The keeper of the service addresses: the one place that adds, renews, removes and announces them, and that knows how
// long they may stay. It does what control says and reports what becomes of it; it decides nothing.
//
// Three things end an address here (R52): control's word, the end of its group's lease, and the end of this process's
// supervisor. A fourth works without it: what `#renewLifetimes` does not renew, the kernel removes.
//
// Before anything is done, whoever asks for it, the leases are looked at: after a pause of the host the first thing that
// happens is that what has run out is given up.

import { constants } from 'node:os';
import type { Configuration } from '../config/configuration.js';
import type { ServiceAddress } from '../core/address.js';
import type { Instant } from '../core/time.js';
import type {
  AddressResult,
  ControlToNetwork,
  HandedOverAddress,
  NetworkToControl,
  PlacedAddress,
} from '../ipc/network-messages.js';
import type { KernelFence, LeaseBoard, LeaseMark, NetworkAddon } from './addon.js';
import { AddressFence } from './address-fence.js';
import { AddressWriter, type Outcome } from './address-writer.js';
import { Announcer } from './announcer.js';
import { HandOvers } from './hand-overs.js';
import { HeldAddresses, MAX_ADDRESSES } from './held-addresses.js';
import { InterfaceTable } from './interface-table.js';
import { LeaseWatch } from './lease-watch.js';
import { LinkReporter } from './link-reporter.js';
import { NeighbourSender } from './neighbour-sender.js';
import { NeighbourWatch } from './neighbour-watch.js';
import { errorName, FOREIGN, hostPrefix, placeOf, resultOf, type Placement } from './placement.js';

/** The lifetimes (2 s, see `VALID_SECONDS`) are renewed this long after the last renewal was done. */
const RENEWAL_MILLISECONDS = 500;

/** On removal: it is gone already, which is what was wanted. */
const GONE = new Set([constants.errno.EADDRNOTAVAIL, constants.errno.ENODEV, constants.errno.ENXIO]);

type Results = (results: readonly AddressResult[], done: boolean) => void;

export interface KeeperLog {
  info(message: string): void;
  warn(message: string): void;
}

export interface KeeperPorts {
  readonly addon: NetworkAddon;
  /** CLOCK_BOOTTIME. */
  now(): Instant;
  /** To the control process that is attached; nowhere while there is none. */
  report(message: NetworkToControl): void;
  readonly log: KeeperLog;
}

export class AddressKeeper {
  readonly #ports: KeeperPorts;
  readonly #table: InterfaceTable;
  readonly #writer: AddressWriter;
  readonly #announcer: Announcer;
  readonly #watch: NeighbourWatch;
  readonly #sender: NeighbourSender;
  readonly #links: LinkReporter;
  readonly #leases: LeaseWatch;
  readonly #fence: AddressFence;
  readonly #held = new HeldAddresses();
  readonly #handOvers: HandOvers;
  #renewal: NodeJS.Timeout | undefined;
  /** Counts control processes: what an earlier one asked for is not answered to a later one. */
  #asker = 0;

  /** Opens the sockets and reads what is on the interfaces; touches nothing. Throws where the system refuses. */
  constructor(ports: KeeperPorts, configuration: Configuration) {
    const { addon, log } = ports;
    const warn = (message: string): void => {
      log.warn(message);
    };
    const now = (): Instant => ports.now();
    const requests = new addon.RequestSocket();
    this.#ports = ports;
    this.#table = new InterfaceTable(addon, requests, {
      changed: () => {
        this.#onTableChanged();
      },
      overflowed: () => {
        warn('news of links and addresses was lost: they were read anew');
      },
    });
    this.#writer = new AddressWriter(requests);
    this.#sender = new NeighbourSender(new addon.Transmitter(), this.#table, warn);
    this.#announcer = new Announcer({
      now,
      beforeRepetition: () => {
        this.#leases.check();
      },
      send: (placements) => {
        this.#sender.announce(placements);
      },
    });
    const answered = ports.report.bind(ports);
    this.#watch = new NeighbourWatch(addon, this.#table, { now, answered, failed: warn });
    this.#links = new LinkReporter(this.#table, ports);
    this.#fence = new AddressFence(this.#table, { warn, report: answered });
    this.#handOvers = new HandOvers(this.#fence, (placement) => {
      this.#removePlacements([placement], () => undefined);
    });
    this.#leases = new LeaseWatch(addon, {
      now,
      holders: () =>
        groupsOf([...this.#held.all(), ...this.#handOvers.all(), ...this.#writer.waiting('add')]),
      ended: (group) => {
        this.#giveUp(group);
      },
    });
    this.reconfigure(configuration);
    this.#scheduleRenewal();
  }

  /** A control process was attached: it hears the state of the links; what it wants it says with `adopt`. */
  onControlAttached(): void {
    this.#asker++;
    this.#links.reportAll();
    this.#fence.reportAll();
  }

  /** R56: watches the service interfaces of the new configuration; what is held stays until control says otherwise. */
  reconfigure(configuration: Configuration): void {
    const groups = Object.values(configuration.groups);
    const interfaces = new Set(groups.map((group) => group.interface));
    this.#leases.reconfigure(configuration);
    this.#watch.listenOn(interfaces);
    this.#links.follow(interfaces);
    this.#fence.reconfigure(configuration);
    this.#markHeld((group) => configuration.groups[group] !== undefined);
  }

  /** What the leases run on: without it none does. */
  useLeaseBoard(board: LeaseBoard): void {
    this.#leases.useBoard(board);
  }

  useFence(kernel: KernelFence): void {
    this.#fence.use(kernel);
    this.#markHeld(() => true);
  }

  /** The kernel has none for us. */
  doWithoutFence(reason: string): void {
    this.#fence.doWithout(reason);
  }

  onMessage(message: ControlToNetwork): void {
    this.#leases.check();
    switch (message.kind) {
      case 'adopt':
        this.#adopt(message.addresses, message.at);
        break;
      case 'prepare':
        this.#prepare(message.addresses, message.at);
        break;
      case 'hand-over':
        this.#handOver(message.addresses);
        break;
      case 'add':
        this.#add(message.addresses, message.at);
        break;
      case 'remove':
        this.#remove(message.addresses);
        break;
      case 'announce':
        this.#announcer.announce(message.addresses.flatMap((placed) => this.#held.get(placed) ?? []));
        break;
      case 'probe':
        this.#probe(message);
        break;
      default:
        throw new Error(`control sent ${JSON.stringify((message as { readonly kind?: unknown }).kind)}`);
    }
  }

  /** R52: removes everything that is held before it returns, and does nothing any more. For the end of the process. */
  removeAll(): void {
    const placements = [...this.#held.all(), ...this.#handOvers.all(), ...this.#writer.waiting('remove')];
    this.close();
    const left = this.#writer.removeNow(placements).filter(({ errno }) => !isGone(errno));
    for (const { placement, errno } of left) this.#warnOfFailure(placement, errno);
    this.#fence.removeExceptFor(left.map(({ placement }) => placement));
  }

  /** Lets go of sockets and timers; what is on the interfaces stays there. */
  close(): void {
    clearTimeout(this.#renewal);
    this.#handOvers.close();
    this.#writer.close();
    this.#announcer.close();
    this.#watch.close();
    this.#leases.close();
    this.#table.close();
  }

  /** Exactly these are wanted: others that bear the tag are removed, missing ones added (R53). */
  #adopt(addresses: readonly PlacedAddress[], at: Instant): void {
    this.#asker++;
    this.#writer.withdraw((operation) => operation !== 'remove');
    this.#table.refresh();
    const results: AddressResult[] = [];
    let parts = 2;
    const collect: Results = (part, done) => {
      results.push(...part);
      if (!done || --parts > 0) return;
      this.#fence.prune([...this.#table.taggedAddresses(), ...this.#writer.waiting('add')]);
      this.#ports.report({ kind: 'adopted', results });
    };
    const answer = this.#toAsker(collect);
    this.#removePlacements(this.#unwanted(addresses), (part, done) => {
      answer(
        part.filter(({ error }) => error !== null),
        done,
      );
    });
    this.#place(addresses, at, answer);
  }

  #add(addresses: readonly PlacedAddress[], at: Instant): void {
    this.#table.refresh();
    const answer = this.#toAsker((results, done) => {
      if (results.length > 0 || (done && addresses.length === 0))
        this.#ports.report({ kind: 'added', results });
    });
    this.#place(addresses, at, answer);
  }

  /** R55. What stands in the way of an acquire stands in the way of this. */
  #prepare(addresses: readonly PlacedAddress[], at: Instant): void {
    this.#table.refresh();
    const answer = this.#toAsker((results) => {
      if (results.length > 0) this.#ports.report({ kind: 'prepared', results });
    });
    const { refused, ready } = this.#sift(addresses, at);
    const fenced: Placement[] = [];
    for (const { placement, lease } of ready) {
      const obstacle =
        this.#held.get(placement) === null
          ? this.#fence.markPrepared(placement, lease)
          : 'it is served here already';
      if (obstacle === null) {
        this.#handOvers.enter(placement);
        fenced.push(placement);
      } else refused.push(resultOf(placement, 'add', obstacle));
    }
    answer(refused, false);
    const missing = fenced.filter(({ index, address }) => !this.#isOnInterface(index, address));
    const present = fenced.filter((placement) => !missing.includes(placement));
    const settle = (outcomes: readonly Outcome[], done: boolean): void => {
      for (const { placement, errno } of outcomes) {
        if (errno === 0) this.#table.enter(placement.index, placement.address);
        // Whatever took its place sees to it.
        else if (errno !== constants.errno.ECANCELED) this.#removePlacements([placement], () => undefined);
      }
      answer(
        outcomes.map(({ placement, errno }) => resultOf(placement, 'add', addFailure(errno))),
        done,
      );
    };
    this.#writer.write('renew', present, settle);
    this.#writer.write('add', missing, settle);
    this.#leases.watch();
  }

  /** R55: from here on the heir answers. What has no fence, or is not held, is removed. */
  #handOver(addresses: readonly HandedOverAddress[]): void {
    const done: AddressResult[] = [];
    const rest: PlacedAddress[] = [];
    for (const { heir, ...placed } of addresses) {
      const placement = this.#held.get(placed);
      const lease = placement === null ? null : this.#leases.begin(placement.group);
      if (placement !== null && this.#handOvers.handOver(placement, lease, heir)) {
        this.#stopHolding(placement);
        done.push(resultOf(placed, 'remove', null));
      } else rest.push(placed);
    }
    this.#toAsker((results) => {
      if (results.length > 0) this.#ports.report({ kind: 'removed', results });
    })(done, true);
    if (rest.length > 0) this.#remove(rest);
  }

  #remove(addresses: readonly PlacedAddress[]): void {
    this.#table.refresh();
    const done: AddressResult[] = [];
    const placements: Placement[] = [];
    for (const placed of addresses) {
      const placement = this.#held.get(placed) ?? this.#locate(placed);
      if (placement === null) {
        this.#writer.withdraw((_, waiting) => placeOf(waiting) === placeOf(placed));
        done.push(resultOf(placed, 'remove', null));
      } else if (this.#isForeign(placement)) done.push(resultOf(placed, 'remove', FOREIGN));
      else placements.push(placement);
    }
    const answer = this.#toAsker((results) => {
      if (results.length > 0) this.#ports.report({ kind: 'removed', results });
    });
    answer(done, false);
    this.#removePlacements(placements, answer);
  }

  /** R61. The listeners are told first: an answer comes within microseconds. */
  #probe({ addresses, at, patience }: Extract<ControlToNetwork, { kind: 'probe' }>): void {
    this.#watch.expect(addresses, this.#ports.now());
    this.#sender.probe(addresses.flatMap((placed) => this.#locate(placed) ?? []));
    const asker = this.#asker;
    setTimeout(() => {
      // Timers come before sockets in a turn of the event loop: what was answered meanwhile is read first.
      setImmediate(() => {
        if (this.#asker === asker) this.#ports.report({ kind: 'probed', addresses, at });
      });
    }, patience).unref();
  }

  /** Adds what is missing, takes up what is there, and announces both; refuses what cannot or must not be. */
  #place(addresses: readonly PlacedAddress[], at: Instant, answer: Results): void {
    const { refused, ready } = this.#sift(addresses, at);
    const missing: Placement[] = [];
    const present: Placement[] = [];
    for (const { placement, lease } of ready) {
      this.#handOvers.forget(placement);
      this.#fence.mark(placement, lease);
      const { index, address } = placement;
      (this.#isOnInterface(index, address) ? present : missing).push(placement);
    }
    let parts = 2;
    const settle = (outcomes: readonly Outcome[], done: boolean): void => {
      if (done) parts--;
      this.#onPlaced(outcomes, (results) => {
        answer(results, parts === 0);
      });
    };
    answer(refused, false);
    this.#writer.write('renew', present, settle);
    this.#writer.write('add', missing, settle);
    this.#leases.watch();
  }

  /** What may be put on an interface, each with the lease under which it would be there, and what may not, with the reason. */
  #sift(
    addresses: readonly PlacedAddress[],
    at: Instant,
  ): { refused: AddressResult[]; ready: { placement: Placement; lease: LeaseMark | null }[] } {
    const refused: AddressResult[] = [];
    const ready: { placement: Placement; lease: LeaseMark | null }[] = [];
    const leases = new Map<string, LeaseMark | null>();
    for (const group of groupsOf(addresses)) leases.set(group, this.#leases.begin(group));
    let room =
      MAX_ADDRESSES - this.#held.size - this.#handOvers.all().length - this.#writer.waiting('add').length;
    for (const placed of addresses) {
      const placement = this.#locate(placed);
      const obstacle = placement === null ? 'ENODEV' : this.#isForeign(placement) ? FOREIGN : null;
      // R52: what was asked for before the lease ran out must not come true after it.
      if (!this.#leases.isRunning(placed.group) || !this.#leases.isFresh(placed.group, at))
        refused.push({ ...resultOf(placed, 'add', `the lease of ${placed.group} is over`), leaseOver: true });
      else if (placement === null || obstacle !== null) refused.push(resultOf(placed, 'add', obstacle));
      else if (this.#isOnInterface(placement.index, placed.address) || room-- > 0)
        ready.push({ placement, lease: leases.get(placed.group) ?? null });
      else refused.push(resultOf(placed, 'add', `more than ${String(MAX_ADDRESSES)} addresses`));
    }
    return { refused, ready };
  }

  #isOnInterface(index: number, address: ServiceAddress): boolean {
    return this.#table.serviceAddress(index, address) !== null;
  }

  /** The answer leaves first, the announcement in the same turn. */
  #onPlaced(outcomes: readonly Outcome[], answer: (results: readonly AddressResult[]) => void): void {
    const placed = outcomes.filter(({ errno }) => errno === 0).map(({ placement }) => placement);
    for (const placement of placed) {
      this.#held.set(placement);
      this.#table.enter(placement.index, placement.address);
      this.#watch.hold(placement);
    }
    for (const { placement, errno } of outcomes) if (errno !== 0) this.#unmarkUnheld(placement);
    answer(outcomes.map(({ placement, errno }) => resultOf(placement, 'add', addFailure(errno))));
    // R52: the write may have waited for the kernel's lock, which others can hold for longer than the lease ran.
    this.#leases.check();
    this.#announcer.announce(placed.flatMap((placement) => this.#held.get(placement) ?? []));
  }

  /** Somebody else has put that address on that interface, under whatever prefix, and nobody of us. */
  #isForeign(placement: Placement): boolean {
    const { index, address } = placement;
    if (this.#held.get(placement) !== null) return false;
    if (this.#table.serviceAddress(index, address)?.tagged === true) return false;
    return this.#table.foreignAddress(index, address) !== null;
  }

  #locate(placed: PlacedAddress): Placement | null {
    const link = this.#table.link(placed.interface);
    return link === null ? null : { ...placed, index: link.index };
  }

  /** What bears the tag, or is held, and is not among these. */
  #unwanted(addresses: readonly PlacedAddress[]): Placement[] {
    const wanted = new Set(addresses.map(placeOf));
    const tagged = this.#table.taggedAddresses().flatMap(({ index, address, prefix }): Placement[] => {
      const name = this.#table.linkAt(index)?.name;
      if (name === undefined || prefix !== hostPrefix(address)) return [];
      return [{ group: '', interface: name, address, index }];
    });
    const known = new Map(
      [...tagged, ...this.#handOvers.all(), ...this.#held.all()].map((each) => [placeOf(each), each]),
    );
    return [...known.values()].filter((placement) => !wanted.has(placeOf(placement)));
  }

  #removePlacements(placements: readonly Placement[], answer: Results): void {
    for (const placement of placements) this.#letGo(placement);
    this.#writer.write('remove', placements, (outcomes, done) => {
      this.#unmarkGone(outcomes);
      answer(
        outcomes.map(({ placement, errno }) =>
          resultOf(placement, 'remove', isGone(errno) ? null : errorName(errno)),
        ),
        done,
      );
    });
  }

  /** From now on it is neither held, announced nor renewed, whatever the kernel says of its removal. */
  #letGo(placement: Placement): void {
    this.#handOvers.forget(placement);
    this.#stopHolding(placement);
  }

  #stopHolding(placement: Placement): void {
    this.#held.delete(placement);
    this.#announcer.forget(placement);
    this.#watch.release(placement);
  }

  /** R52: gives up what belongs to a group whose lease has run out. */
  #giveUp(group: string): void {
    this.#writer.withdraw((operation, placement) => operation !== 'remove' && placement.group === group);
    const placements = [...this.#held.ofGroup(group), ...this.#handOvers.ofGroup(group)];
    if (placements.length === 0) return;
    this.#ports.log.warn(
      `${group}: the lease is over, the addresses are removed (${String(placements.length)})`,
    );
    for (const placement of placements) this.#letGo(placement);
    const removed: PlacedAddress[] = [];
    this.#writer.write('remove', placements, (outcomes, done) => {
      this.#unmarkGone(outcomes);
      for (const { placement, errno } of outcomes) {
        // What cannot be removed is not renewed either: the kernel removes it.
        if (isGone(errno)) removed.push(placedOf(placement));
        else this.#warnOfFailure(placement, errno);
      }
      if (done) this.#ports.report({ kind: 'lease-ended', group, removed });
    });
  }

  /** What is held already, when the fence comes later, or the configuration wants one from now on. */
  #markHeld(concerns: (group: string) => boolean): void {
    for (const placement of this.#held.all())
      if (concerns(placement.group)) this.#fence.mark(placement, this.#leases.begin(placement.group));
    this.#fence.reconcile();
  }

  /** Once it is off the interface, and not before: until then nothing may answer for it. */
  #unmarkGone(outcomes: readonly Outcome[]): void {
    for (const { placement, errno } of outcomes) if (isGone(errno)) this.#fence.unmark(placement);
  }

  /** It could not be configured, and nothing else wants it there. */
  #unmarkUnheld(placement: Placement): void {
    if (this.#held.get(placement) === null && !this.#writer.isWaiting(placement))
      this.#fence.unmark(placement);
  }

  #onTableChanged(): void {
    this.#leases.check();
    this.#watch.reconcile();
    this.#links.report();
    this.#fence.reconcile();
    this.#reportLost();
    for (const index of this.#table.takeCameUp()) this.#announcer.announce(this.#held.onInterface(index));
  }

  /** Whatever took an address of ours away: somebody, the kernel with its interface, or the end of its lifetime. */
  #reportLost(): void {
    if (this.#missing().length === 0) return;
    // The order of the news is not to be relied on (see `InterfaceTable.enter`): the kernel has the last word.
    this.#table.confirm();
    for (const placement of this.#missing()) {
      this.#letGo(placement);
      this.#fence.unmark(placement);
      this.#ports.log.warn(
        `${placement.address} is no longer on ${placement.interface}: it was removed by another`,
      );
      this.#ports.report({ kind: 'lost', address: placedOf(placement) });
    }
  }

  #missing(): Placement[] {
    return this.#held
      .all()
      .filter(({ index, address }) => this.#table.serviceAddress(index, address) === null);
  }

  #scheduleRenewal(): void {
    this.#renewal = setTimeout(() => {
      this.#renewLifetimes();
    }, RENEWAL_MILLISECONDS);
  }

  /** R52: the one place that renews `valid_lft`; it sees to it first that nothing is renewed that must not be there. */
  #renewLifetimes(): void {
    this.#leases.check();
    this.#table.refresh();
    const placements = [...this.#held.all(), ...this.#handOvers.prepared()].filter(
      (placement) => !this.#writer.isWaiting(placement),
    );
    this.#writer.write('renew', placements, (outcomes, done) => {
      for (const { placement, errno } of outcomes) {
        if (errno !== 0) this.#warnOfFailure(placement, errno, 'renew');
      }
      if (done) this.#scheduleRenewal();
    });
  }

  #warnOfFailure({ address, interface: name }: Placement, errno: number, verb = 'remove'): void {
    // A later change of the same address took its place.
    if (errno === constants.errno.ECANCELED) return;
    this.#ports.log.warn(`cannot ${verb} ${address} on ${name}: ${errorName(errno)}`);
  }

  /** Answers only as long as the control process that asked is the one that listens. */
  #toAsker(answer: Results): Results {
    const asker = this.#asker;
    return (results, done) => {
      if (this.#asker === asker) answer(results, done);
    };
  }
}

const groupsOf = (addresses: readonly PlacedAddress[]): Set<string> =>
  new Set(addresses.map(({ group }) => group));

const isGone = (errno: number): boolean => errno === 0 || GONE.has(errno);

const placedOf = ({ group, interface: name, address }: Placement): PlacedAddress => ({
  group,
  interface: name,
  address,
});

function addFailure(errno: number): string | null {
  if (errno === 0) return null;
  // It came between the look at the table and the write.
  return errno === constants.errno.EEXIST ? FOREIGN : errorName(errno);
}
