// The whole daemon ends, is killed or frozen, and is there again.

import { waitForFailBack, waitForTakeover } from './scenario-steps.js';
import type { Scenario } from './scenario.js';
import type { Stage } from './stage.js';

async function startAgain(stage: Stage): Promise<void> {
  await stage.start(stage.host(2));
  await waitForFailBack(stage, stage.host(2));
}

const terminated: Scenario = {
  name: 'sigterm',
  requirements: ['R22', 'R29'],
  does: 'SIGTERM to the daemon',
  expects: 'it ends with 0 and has no address, another takes it over',
  async run(stage) {
    await stage.stop(stage.host(2));
    await waitForTakeover(stage, stage.host(2));
    const left = stage.host(2).servedAddresses();
    if (left.length > 0) throw new Error(`still on the interface: ${left.join(', ')}`);
  },
  undo: (stage) => stage.start(stage.host(2)),
};

const startedAgain: Scenario = {
  name: 'start-after-sigterm',
  requirements: ['R30', 'R34'],
  does: 'the daemon is started again',
  expects: 'its address returns to it',
  prepare: terminated.run,
  run: startAgain,
};

const killed: Scenario = {
  name: 'sigkill',
  requirements: ['R26', 'R29', 'R52'],
  does: 'SIGKILL to every process of the daemon',
  expects: 'another takes its address over',
  async run(stage) {
    stage.members.delete(stage.host(2));
    await stage.host(2).daemon.killWhole();
    await waitForTakeover(stage, stage.host(2));
  },
  undo: (stage) => stage.start(stage.host(2)),
};

const startedAfterKill: Scenario = {
  name: 'start-after-sigkill',
  requirements: ['R7', 'R30', 'R53'],
  does: 'the killed daemon is started again',
  expects: 'its address returns to it',
  prepare: killed.run,
  run: startAgain,
};

const frozen: Scenario = {
  name: 'sigstop',
  requirements: ['R26', 'R29', 'R52'],
  does: 'SIGSTOP to every process of the daemon',
  expects: 'another takes its address over',
  async run(stage) {
    stage.members.delete(stage.host(2));
    stage.host(2).daemon.freeze();
    await waitForTakeover(stage, stage.host(2));
  },
  async undo(stage) {
    stage.host(2).daemon.thaw();
    stage.members.add(stage.host(2));
    await waitForFailBack(stage, stage.host(2));
  },
};

const thawed: Scenario = {
  name: 'sigcont',
  requirements: ['R52', 'R30'],
  does: 'the frozen daemon goes on',
  expects: 'it gives up first, then its address returns to it',
  prepare: frozen.run,
  async run(stage) {
    stage.host(2).daemon.thaw();
    stage.members.add(stage.host(2));
    await waitForFailBack(stage, stage.host(2));
  },
};

export const WHOLE_DAEMONS: readonly Scenario[] = [
  terminated,
  startedAgain,
  killed,
  startedAfterKill,
  frozen,
  thawed,
];
