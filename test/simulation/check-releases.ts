// Whoever is to give an address up, or to leave, does so: R18, R45, R55. What came while an acquire was under way is not
// forgotten with it.

import type { ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Driver } from './driver.js';
import { Violation } from './violation.js';
import type { Observer } from './world.js';

export class ReleaseCheck implements Observer {
  private readonly told = new WeakSet<Driver>();

  afterStep(driver: Driver, events: readonly Event[], effects: readonly Effect[]): void {
    if (events.some(({ kind }) => kind === 'leave')) this.told.add(driver);
    const { monitor } = driver;
    const isLeaving = monitor.phase === 'leaving' || monitor.phase === 'left';
    if (this.told.has(driver) && !isLeaving)
      throw new Violation(
        'does not leave',
        `${monitor.settings.id} was told to leave and is ${monitor.phase}`,
      );
    for (const { address, phase, releaseWanted } of monitor.local.values())
      if (phase === 'online' && releaseWanted !== null && !isLeaving)
        throw new Violation(
          'release forgotten',
          `${monitor.settings.id} goes on serving ${address}, and was to release it: ${releaseWanted}`,
        );
    for (const effect of effects)
      if (effect.kind === 'run-script' && effect.action === 'acquire')
        checkScript(driver, effect.address, effects);
  }
}

/** R18: no acquire script is begun for an address that is to go again; one that has just begun is cancelled. */
function checkScript({ monitor }: Driver, address: ServiceAddress, effects: readonly Effect[]): void {
  const local = monitor.local.get(address);
  if (local === undefined || local.releaseWanted === null) return;
  if (effects.some((effect) => effect.kind === 'cancel-script' && effect.address === address)) return;
  throw new Violation(
    'release forgotten',
    `${monitor.settings.id} begins the acquire script of ${address}, which it is to release`,
  );
}
