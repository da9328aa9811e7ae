// How often addresses are moved: in calm not at all, and in a storm no more than its faults explain (no flapping).

import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Driver } from './driver.js';
import { Violation } from './violation.js';
import type { Observer } from './world.js';

/** Orders to acquire or release that one fault may lead to for each address, whatever else goes on. */
const ORDERS_A_FAULT = 10;

export class MoveCount implements Observer {
  /** Orders of leaders, and what interfaces were asked for. */
  orders = 0;
  private moves = 0;
  private lastMove = '';

  afterStep(driver: Driver, _events: readonly Event[], effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'record' && effect.event === 'assigned') this.orders += 1;
      if (effect.kind !== 'configure' && effect.kind !== 'deconfigure') continue;
      this.moves += 1;
      this.lastMove = `${driver.host.id} is to ${effect.kind} ${effect.address}`;
    }
  }

  /** Call what it returns when the calm is over: nothing may have moved since. */
  beginCalm(): () => void {
    const before = this.moves;
    return () => {
      if (this.moves > before) throw new Violation('restless', `in calm ${this.lastMove}`);
    };
  }

  /** `before`: the orders at the episode's beginning. */
  checkStorm(before: number, addresses: number, faults: number): void {
    const orders = this.orders - before;
    const bound = ORDERS_A_FAULT * addresses * (faults + 2);
    if (orders > bound)
      throw new Violation('flapping', `${String(orders)} orders, where ${String(bound)} are the bound`);
  }
}
