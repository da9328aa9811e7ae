// A short number for everything that the cores did, and when: two runs with the same digest went the same way. Steps that do
// nothing leave no trace in it, so that a world that leaps over them can be compared with one that does not.

import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Driver } from './driver.js';
import type { Observer } from './world.js';

export class Digest implements Observer {
  clock: () => number = () => 0;
  private high = 0x811c9dc5;
  private low = 0x01000193;

  text(): string {
    return [this.high, this.low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }

  afterStep(driver: Driver, events: readonly Event[], effects: readonly Effect[]): void {
    if (effects.length === 0) return;
    this.mix(driver.host.index + events.length * 64);
    this.mix(Math.round(this.clock() * 1000));
    for (const effect of effects) {
      this.mix(effect.kind.length);
      if ('address' in effect && effect.address !== null)
        for (let index = 0; index < effect.address.length; index++)
          this.mix(effect.address.charCodeAt(index));
    }
  }

  private mix(value: number): void {
    this.high = Math.imul(this.high ^ value, 0x01000193);
    this.low = Math.imul(this.low ^ (this.high >>> 7), 0x85ebca6b);
  }
}
