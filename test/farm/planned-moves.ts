// Moves that an operator asks for (R55): the client must not notice any of them.

import { others, raisctl, waitForFailBack, waitForHolder } from './scenario-steps.js';
import type { Scenario } from './scenario.js';
import { BOUND_MS, type Stage } from './stage.js';
import { waitUntil } from './wait.js';

async function moveAway(stage: Stage): Promise<void> {
  for (const address of stage.addressesOf(stage.host(2))) {
    await raisctl(stage.host(1), 'move', 'web', address, stage.host(3).id);
    await waitForHolder(stage, address, stage.host(3));
  }
}

async function moveBack(stage: Stage): Promise<void> {
  for (const address of stage.addressesOf(stage.host(2)))
    await raisctl(stage.host(1), 'fail-back', 'web', address);
  await waitForFailBack(stage, stage.host(2));
}

const moved: Scenario = {
  name: 'move',
  requirements: ['R55', 'R56'],
  does: 'raisctl moves an address to another host',
  expects: 'that host takes it over and keeps it',
  async run(stage) {
    await moveAway(stage);
    await stays(stage);
  },
  undo: moveBack,
};

/** Once it has moved, it stays: the preferred host is able and does not take it back by itself. */
async function stays(stage: Stage): Promise<void> {
  for (const address of stage.addressesOf(stage.host(2))) {
    await stage.prober.waitForAnswers(address, 300, BOUND_MS);
    const by = stage.prober.hostOf(address);
    if (by !== stage.host(3).name) throw new Error(`${address} did not stay: ${by ?? 'nobody'} answers`);
  }
}

const movedBack: Scenario = {
  name: 'fail-back-command',
  requirements: ['R55', 'R57'],
  does: 'raisctl fail-back ends the move',
  expects: 'the address returns to its preferred host',
  prepare: moveAway,
  run: moveBack,
};

const listed = (addresses: readonly string[]): string | null =>
  addresses.length === 0 ? null : addresses.join(', ');

const drained: Scenario = {
  name: 'drain',
  requirements: ['R44', 'R55'],
  does: 'raisctl drain takes a host out',
  expects: 'it serves nothing, the others serve its address',
  async run(stage) {
    await raisctl(stage.host(2), 'drain', 'web');
    // Its kernel sends on for a moment what still comes for the address.
    await waitUntil('nothing on the interface', () => listed(stage.host(2).servedAddresses()), BOUND_MS);
    for (const address of stage.addressesOf(stage.host(2)))
      await stage.waitForAnswer(address, others(stage, stage.host(2)));
  },
  async undo(stage) {
    await raisctl(stage.host(2), 'resume', 'web');
    await moveBack(stage);
  },
};

/** In the order in which they are played. */
export const PLANNED_MOVES: readonly Scenario[] = [moved, movedBack, drained];
