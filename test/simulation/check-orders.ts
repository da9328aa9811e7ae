// Only a leader assigns, only its orders move addresses, and a host that is not able serves nothing: R14, R17, R18, R24,
// R25, looked at from outside at each step.

import type { HostId } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import { orderLasts } from '../../src/core/settings.js';
import { elapsed } from '../../src/core/time.js';
import type { Driver } from './driver.js';
import { Violation } from './violation.js';
import type { Observer } from './world.js';

type CommandEvent = Extract<Event, { kind: 'command' }>;

/** What the monitor was before the step that is under way. */
interface Before {
  leader: HostId | null;
  term: number;
  isAble: boolean;
  online: number;
  /** What the leader had it prepared for (R55). */
  prepared: ReadonlySet<string>;
}

export class OrderCheck implements Observer {
  private readonly before: Before = { leader: null, term: 0, isAble: false, online: 0, prepared: new Set() };
  /** The newest order that each monitor obeyed of each host. */
  private readonly obeyed = new WeakMap<Driver, Map<HostId, bigint>>();

  beforeStep(driver: Driver, events: readonly Event[]): void {
    const { monitor } = driver;
    const { before } = this;
    before.leader = monitor.leader;
    before.term = monitor.term;
    before.isAble = isAble(driver);
    before.prepared = preparedOn(driver);
    if (events.some(isRelease)) before.online = onlineOn(driver);
  }

  afterStep(driver: Driver, events: readonly Event[], effects: readonly Effect[]): void {
    const { monitor } = driver;
    if (monitor.term < this.before.term)
      throw new Violation(
        'term went back',
        `${monitor.settings.id}: ${String(this.before.term)} → ${String(monitor.term)}`,
      );
    const [only] = events;
    if (events.length === 1 && only?.kind === 'command') this.checkObedience(driver, only, effects);
    if (monitor.failures.size > 0 && onlineOn(driver) > 0)
      throw new Violation('served by an unable host', `${monitor.settings.id} is failed and goes on serving`);
    for (const effect of effects) {
      if (effect.kind === 'command') this.checkOrder(driver);
      if (effect.kind === 'configure') this.checkAcquire(driver, effect.address, events);
    }
  }

  /** R25, R24: whoever orders leads by his own tables, and has waited until he may. */
  private checkOrder({ monitor }: Driver): void {
    const { id } = monitor.settings;
    if (monitor.leader !== id || monitor.leadership?.confirmed !== true)
      throw new Violation(
        'order without leadership',
        `${id} orders, and takes ${String(monitor.leader)} for leader`,
      );
  }

  /**
   * An address comes by the leader's order, one's own or another's, is handed over to a host that he had prepared (R55), or
   * is put back after somebody removed it, or configured again because a stranger's claim had come between.
   */
  private checkAcquire(driver: Driver, address: string, events: readonly Event[]): void {
    const { monitor } = driver;
    if (monitor.leadership?.confirmed === true) return;
    const isAgain = (event: Event): boolean =>
      (event.kind === 'lost' || event.kind === 'forestalled') && event.address === address;
    if (events.some(isAgain)) return;
    const isPrepared = this.before.prepared.has(address) && this.holdersOf(driver, address) === 0;
    const isOrdered =
      isPrepared ||
      events.some(
        (event) =>
          event.kind === 'command' && event.command.action === 'acquire' && this.isBinding(driver, event),
      );
    // In one step it may have become able and then been ordered.
    const wasAble = this.before.isAble || (events.length > 1 && isAble(driver));
    if (!isOrdered || !wasAble)
      throw new Violation(
        'unordered acquire',
        `${monitor.settings.id} acquires ${address} by nobody's valid order`,
      );
  }

  private holdersOf({ monitor }: Driver, address: string): number {
    return [...monitor.peers.values()].filter(
      (peer) =>
        peer.state === 'live' &&
        peer.information?.serving.some((entry) => entry.address === address && entry.state === 'online'),
    ).length;
  }

  /** R18, and R7: stragglers change nothing. */
  private checkObedience(driver: Driver, event: CommandEvent, effects: readonly Effect[]): void {
    const obeys =
      (isRelease(event) && onlineOn(driver) < this.before.online) ||
      effects.some(
        (effect) =>
          // What was prepared is taken, or forgotten in time, without anybody's order (R55).
          (effect.kind === 'configure' || effect.kind === 'deconfigure') &&
          !this.before.prepared.has(effect.address),
      );
    if (!obeys) return;
    const { id } = driver.monitor.settings;
    if (!this.isBinding(driver, event) && driver.monitor.leadership?.confirmed !== true)
      throw new Violation('unordered release', `${id} obeys ${event.from}, which it has no reason to obey`);
    const obeyed = this.obeyed.get(driver) ?? new Map<HostId, bigint>();
    this.obeyed.set(driver, obeyed);
    const last = obeyed.get(event.from);
    if (last !== undefined && event.sequence <= last)
      throw new Violation(
        'old order obeyed',
        `${id} obeys ${String(event.sequence)} of ${event.from} after ${String(last)}`,
      );
    obeyed.set(event.from, event.sequence);
  }

  private isBinding({ monitor, control }: Driver, { from, command, at }: CommandEvent): boolean {
    const isLate =
      command.action !== 'release' && elapsed(at, control.clock()) > orderLasts(monitor.settings);
    return (
      !isLate &&
      command.to === monitor.settings.id &&
      from === this.before.leader &&
      command.term >= this.before.term
    );
  }
}

const isAble = ({ monitor }: Driver): boolean =>
  monitor.failures.size === 0 &&
  !monitor.settings.observer &&
  !monitor.quiesced &&
  monitor.phase !== 'leaving';

const isRelease = (event: Event): boolean => event.kind === 'command' && event.command.action === 'release';

function preparedOn({ monitor }: Driver): ReadonlySet<string> {
  const prepared = [...monitor.local.values()].filter(
    ({ phase }) => phase === 'preparing' || phase === 'prepared',
  );
  return new Set(prepared.map(({ address }) => address));
}

function onlineOn({ monitor }: Driver): number {
  let online = 0;
  for (const { phase } of monitor.local.values()) if (phase === 'online') online += 1;
  return online;
}
