// The keeper of the service addresses: the one place that adds, renews, removes and announces them, and that knows how
// long they may stay. It does what control says and reports what becomes of it; it decides nothing. Here its parts are put
// together, and what control says is handed to the one that does it.
//
// Three things end an address here (R52): control's word, the end of its group's lease, and the end of this process's
// supervisor. A fourth works without it: what is not renewed (lifetimes.ts), the kernel removes.
//
// Before anything is done, whoever asks for it, the leases are looked at: after a pause of the host the first thing that
// happens is that what has run out is given up.

import type { Configuration } from '../config/configuration.js';
import type { Instant } from '../core/time.js';
import type { AddressResult, ControlToNetwork, PlacedAddress } from '../ipc/network-messages.js';
import type { KernelFence, LeaseBoard, RequestSocket } from './addon.js';
import { AddressFence } from './address-fence.js';
import { AddressPlacing } from './address-placing.js';
import { AddressRemoval } from './address-removal.js';
import { AddressSieve } from './address-sieve.js';
import { AddressWriter } from './address-writer.js';
import { Adoption } from './adoption.js';
import { Announcer } from './announcer.js';
import { Askers } from './askers.js';
import { HandOvers } from './hand-overs.js';
import { HeldAddresses } from './held-addresses.js';
import { InterfaceTable } from './interface-table.js';
import type { KeeperParts, KeeperPorts } from './keeper-parts.js';
import { LeaseWatch } from './lease-watch.js';
import { Lifetimes } from './lifetimes.js';
import { LinkReporter } from './link-reporter.js';
import { LossWatch } from './loss-watch.js';
import { NeighbourSender } from './neighbour-sender.js';
import { NeighbourWatch } from './neighbour-watch.js';
import type { Results } from './outcomes.js';
import { FOREIGN, groupsOf, placedOf, placeOf, resultOf, type Placement } from './placement.js';
import { PlannedMoves } from './planned-moves.js';
import { Questioner } from './questioner.js';

export class AddressKeeper {
  readonly #parts: KeeperParts;
  readonly #sender: NeighbourSender;
  readonly #questioner: Questioner;
  readonly #links: LinkReporter;
  readonly #sieve: AddressSieve;
  readonly #placing: AddressPlacing;
  readonly #removal: AddressRemoval;
  readonly #moves: PlannedMoves;
  readonly #adoption: Adoption;
  readonly #lifetimes: Lifetimes;
  readonly #losses: LossWatch;

  /** Opens the sockets and reads what is on the interfaces; touches nothing. Throws where the system refuses. */
  constructor(ports: KeeperPorts, configuration: Configuration) {
    const { addon } = ports;
    const requests = new addon.RequestSocket();
    const table = this.#openTable(ports, requests);
    this.#sender = new NeighbourSender(new addon.Transmitter(), table, (message) => {
      ports.log.warn(message);
    });
    this.#questioner = new Questioner({
      send: (placements) => this.#sender.probe(placements),
      crowdedOut: ({ address, interface: name }) => {
        ports.log.warn(
          `cannot ask who has ${address} on ${name}: its queue is full; a silent host that cannot be asked is waited for for three timeouts`,
        );
      },
    });
    this.#parts = this.#makeParts(ports, table, requests);
    this.#links = new LinkReporter(table, ports);
    this.#sieve = new AddressSieve(this.#parts);
    this.#removal = new AddressRemoval(this.#parts);
    this.#placing = new AddressPlacing(this.#parts, this.#sieve);
    this.#moves = new PlannedMoves(this.#parts, this.#sieve, this.#removal);
    this.#adoption = new Adoption(this.#parts, this.#placing, this.#removal);
    this.#lifetimes = new Lifetimes(this.#parts);
    this.#losses = new LossWatch(this.#parts, this.#removal);
    this.reconfigure(configuration);
    this.#lifetimes.start();
  }

  /** A control process was attached: it hears the state of the links; what it wants it says with `adopt`. */
  onControlAttached(): void {
    this.#parts.askers.next();
    this.#parts.watch.onControlAttached();
    this.#links.reportAll();
    this.#parts.fence.reportAll();
  }

  /** R56: watches the service interfaces of the new configuration; what is held stays until control says otherwise. */
  reconfigure(configuration: Configuration): void {
    const { leases, watch, fence } = this.#parts;
    const groups = Object.values(configuration.groups);
    const interfaces = new Set(groups.map((group) => group.interface));
    leases.reconfigure(configuration);
    watch.listenOn(interfaces);
    this.#links.follow(interfaces);
    fence.reconfigure(configuration);
    this.#markHeld((group) => configuration.groups[group] !== undefined);
  }

  /** What the leases run on: without it none does. */
  useLeaseBoard(board: LeaseBoard): void {
    this.#parts.leases.useBoard(board);
  }

  useFence(kernel: KernelFence): void {
    this.#parts.fence.use(kernel);
    this.#markHeld(() => true);
  }

  /** The kernel has none for us. */
  doWithoutFence(reason: string): void {
    this.#parts.fence.doWithout(reason);
  }

  /**
   * R53: who has just begun on a busy host reads it late. What is on the interfaces stays there meanwhile, under its lease: to
   * refuse it would tell control that it is gone.
   */
  #adopt(addresses: readonly PlacedAddress[], at: Instant): void {
    const { leases, ports } = this.#parts;
    if ([...groupsOf(addresses)].some((group) => !leases.isFresh(group, at))) {
      ports.report({ kind: 'late' });
      return;
    }
    this.#adoption.adopt(addresses, at, (results) => {
      ports.report({ kind: 'adopted', results });
    });
  }

  onMessage(message: ControlToNetwork): void {
    const { leases, table } = this.#parts;
    leases.check();
    switch (message.kind) {
      case 'adopt':
        this.#adopt(message.addresses, message.at);
        break;
      case 'prepare':
        table.refresh();
        this.#moves.prepare(message.addresses, message.at, this.#answers('prepared'));
        break;
      case 'hand-over': {
        const rest = this.#moves.handOver(message.addresses, this.#answers('removed'));
        if (rest.length > 0) this.#remove(rest);
        break;
      }
      case 'add':
        table.refresh();
        this.#parts.watch.refresh();
        this.#placing.place(message.addresses, message.at, this.#answers('added'), message.heard);
        break;
      case 'remove':
        this.#remove(message.addresses);
        break;
      case 'announce':
        this.#announce(message.addresses);
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
    const { held, handOvers, writer } = this.#parts;
    const placements = [...held.all(), ...handOvers.all(), ...writer.waiting('remove')];
    this.close();
    this.#removal.removeNow(placements);
  }

  /** Lets go of sockets and timers; what is on the interfaces stays there. */
  close(): void {
    this.#lifetimes.close();
    const { handOvers, writer, announcer, watch, leases, table } = this.#parts;
    for (const part of [handOvers, writer, announcer, watch, leases, table]) part.close();
  }

  #openTable({ addon, log }: KeeperPorts, requests: RequestSocket): InterfaceTable {
    return new InterfaceTable(addon, requests, {
      changed: () => {
        this.#onTableChanged();
      },
      overflowed: () => {
        log.warn('news of links and addresses was lost: they were read anew');
      },
    });
  }

  #makeParts(ports: KeeperPorts, table: InterfaceTable, requests: RequestSocket): KeeperParts {
    const { addon } = ports;
    const now = (): Instant => ports.now();
    const report = ports.report.bind(ports);
    const warn = (message: string): void => {
      ports.log.warn(message);
    };
    const fence = new AddressFence(table, { now, warn, report });
    const held = new HeldAddresses();
    const writer = new AddressWriter(requests);
    const handOvers = new HandOvers(fence, (placement) => {
      this.#removal.remove([placement], () => undefined);
    });
    const announcer = new Announcer({
      now,
      beforeRepetition: () => {
        leases.check();
      },
      send: (placements, form) => this.#sender.announce(placements, form),
      crowdedOut: ({ address, interface: name }) => {
        warn(`cannot announce ${address} on ${name}: its queue is full; it is tried again`);
      },
    });
    const leases = new LeaseWatch({
      now,
      holders: () => new Set([...held.groups(), ...groupsOf([...handOvers.all(), ...writer.waiting('add')])]),
      ended: (group) => {
        this.#removal.giveUp(group);
      },
    });
    const watch = new NeighbourWatch(addon, table, { now, answered: report, failed: warn });
    return {
      ports,
      askers: new Askers(),
      table,
      writer,
      announcer,
      watch,
      fence,
      leases,
      held,
      handOvers,
    };
  }

  /** To the control process that asks now; nothing where there is nothing to say. */
  #answers(kind: 'prepared' | 'added' | 'removed'): Results {
    return this.#parts.askers.bind((results: readonly AddressResult[]) => {
      if (results.length > 0) this.#parts.ports.report({ kind, results });
    });
  }

  #remove(addresses: readonly PlacedAddress[]): void {
    const { table, held, writer } = this.#parts;
    table.refresh();
    const done: AddressResult[] = [];
    const placements: Placement[] = [];
    for (const placed of addresses) {
      const placement = held.get(placed) ?? this.#sieve.locate(placed);
      if (placement === null) {
        writer.withdraw((_, waiting) => placeOf(waiting) === placeOf(placed));
        done.push(resultOf(placed, 'remove', null));
      } else if (this.#sieve.isForeign(placement)) done.push(resultOf(placed, 'remove', FOREIGN));
      else placements.push(placement);
    }
    const answer = this.#answers('removed');
    answer(done, false);
    this.#removal.remove(placements, answer);
  }

  #announce(addresses: readonly PlacedAddress[]): void {
    const { announcer, held } = this.#parts;
    announcer.announce(addresses.flatMap((placed) => held.get(placed) ?? []));
  }

  /** R61. The listeners are told first: an answer comes within microseconds. */
  #probe({ group, addresses, at, patience }: Extract<ControlToNetwork, { kind: 'probe' }>): void {
    const { watch, ports, askers } = this.#parts;
    watch.expect(addresses, ports.now());
    const placements = addresses.flatMap((placed) => this.#sieve.locate(placed) ?? []);
    const answer = askers.bind((asked: readonly Placement[]) => {
      ports.report({ kind: 'probed', group, addresses: asked.map(placedOf), at });
    });
    this.#questioner.ask(placements, patience, answer);
  }

  /** What is held already, when the fence comes later, or the configuration wants one from now on. */
  #markHeld(concerns: (group: string) => boolean): void {
    const { held, fence, leases } = this.#parts;
    for (const placement of held.all())
      if (concerns(placement.group)) fence.mark(placement, leases.begin(placement.group));
    fence.reconcile();
  }

  #onTableChanged(): void {
    const { leases, watch, fence, table, announcer, held } = this.#parts;
    const gone = table.takeGone();
    leases.check();
    watch.reconcile(gone);
    this.#links.report();
    fence.reconcile(gone);
    this.#losses.report();
    for (const index of table.takeCameUp()) announcer.announce(held.onInterface(index));
  }
}
