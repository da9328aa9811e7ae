// When orphans' countdowns ended: what follows is no disturbance, but takes its time.

import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Driver } from './driver.js';
import type { Observer, World } from './world.js';

export class ExpiryWatch implements Observer {
  /** The last time that some host gave up an orphan, or was told to release one. */
  lastAt = -Infinity;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  afterStep(_driver: Driver, _events: readonly Event[], effects: readonly Effect[]): void {
    for (const effect of effects)
      if (effect.kind === 'record' && effect.event === 'expired') this.lastAt = this.world.now;
  }
}
