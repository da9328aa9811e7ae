// In calm every order is answered and every acquire succeeds: a host that is passed over without a cause is no excuse for an
// address that nobody serves.

import type { Effect, RecordName } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Driver } from './driver.js';
import { Violation } from './violation.js';
import type { Observer, World } from './world.js';

const UNANSWERED: ReadonlySet<RecordName> = new Set<RecordName>(['command-unanswered', 'acquire-fail']);

export class AnswerCheck implements Observer {
  /** From then on nothing is left that could keep a host from answering; ∞ while a storm goes on. */
  expectedFrom = Infinity;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  afterStep(_driver: Driver, _events: readonly Event[], effects: readonly Effect[]): void {
    if (this.world.now < this.expectedFrom) return;
    for (const effect of effects)
      if (effect.kind === 'record' && UNANSWERED.has(effect.event))
        throw new Violation('unanswered in calm', effect.message);
  }
}
