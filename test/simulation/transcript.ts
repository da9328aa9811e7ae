// What happened, in lines for people: faults, records of the cores, orders, and who holds what.

import type { ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Driver } from './driver.js';
import type { Host } from './host.js';
import type { MoveMessage } from './move-messages.js';
import type { Observer, World } from './world.js';

/** The newest lines are kept. */
const LINES_KEPT = 4000;

export class Transcript implements Observer {
  private readonly world: World;
  private lines: string[] = [];
  /** What each monitor was last told by each host: only news is worth a line. */
  private readonly told = new WeakMap<Driver, Map<string, string>>();

  constructor(world: World) {
    this.world = world;
  }

  /** The last `count` lines. */
  text(count = LINES_KEPT): string {
    return this.lines.slice(-count).join('\n');
  }

  onNews(text: string): void {
    this.line('', text);
  }

  beforeStep(driver: Driver, events: readonly Event[]): void {
    for (const event of events) {
      const text = tellEvent(event);
      if (text !== null && this.isNews(driver, event, text)) this.line(this.who(driver), text);
    }
  }

  afterStep(driver: Driver, _events: readonly Event[], effects: readonly Effect[]): void {
    for (const effect of effects) {
      const text = tellEffect(effect);
      if (text !== null) this.line(this.who(driver), text);
    }
  }

  onMessageLost(message: MoveMessage): void {
    this.line('', `lost: ${message}`);
  }

  onHolding(host: Host, address: ServiceAddress): void {
    this.line(host.id, `interface: ${address} is ${host.kernel.has(address) ? 'on' : 'off'}`);
  }

  private isNews(driver: Driver, event: Event, text: string): boolean {
    if (event.kind !== 'information') return true;
    const told = this.told.get(driver) ?? new Map<string, string>();
    this.told.set(driver, told);
    const { id } = event.information.host;
    if (told.get(id) === text) return false;
    told.set(id, text);
    return true;
  }

  private who({ host, monitor }: Driver): string {
    return this.world.scenario.groups.length === 1 ? host.id : `${host.id} ${monitor.settings.group}`;
  }

  private line(who: string, text: string): void {
    this.lines.push(`${this.world.now.toFixed(2).padStart(11)}  ${who.padEnd(13)} ${text}`);
    if (this.lines.length > 2 * LINES_KEPT) this.lines = this.lines.slice(-LINES_KEPT);
  }
}

function tellEvent(event: Event): string | null {
  switch (event.kind) {
    case 'heard':
    case 'tick':
    case 'drained':
      return null;
    case 'information': {
      const { host } = event.information;
      const serving = host.serving.map(({ address, state }) => `${address} ${state}`).join(', ');
      return `  < ${host.id} says: ${host.ok ? 'ok' : 'failed'}${host.quiesced ? ', quiesced' : ''}; ${serving}`;
    }
    case 'command': {
      const { action, term, to, orders } = event.command;
      return `  < ${event.from} orders ${to}: ${action} ${orders.map(({ address }) => address).join(', ')} (term ${String(term)})`;
    }
    case 'answer':
      return `  < ${event.hardwareAddress} answers for ${event.address}`;
    default:
      return `  < ${JSON.stringify(event)}`;
  }
}

function tellEffect(effect: Effect): string | null {
  switch (effect.kind) {
    case 'record':
      return effect.message;
    case 'command':
      return `  > orders ${effect.command.to}: ${effect.command.action} ${effect.command.orders
        .map(({ address, reason }) => `${address} (${reason})`)
        .join(', ')}`;
    case 'probe':
      return `  > asks who has ${effect.addresses.join(', ')}`;
    case 'configure':
    case 'deconfigure':
    case 'prepare':
    case 'hand-over':
      return `  > ${effect.kind} ${effect.address}`;
    case 'reply':
      return `  > answers the operator: ${effect.error ?? effect.done.join('; ')}`;
    case 'run-script':
      return `  > ${effect.action} script for ${effect.address}`;
    default:
      return null;
  }
}
