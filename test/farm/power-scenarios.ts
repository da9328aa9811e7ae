// Hosts that lose their power, one or nearly all, and come back.

import type { Host } from './host.js';
import { waitForFailBack, waitForTakeover } from './scenario-steps.js';
import type { Scenario } from './scenario.js';
import type { Stage } from './stage.js';

const powerLoss: Scenario = {
  name: 'power-loss',
  requirements: ['R26', 'R29', 'R45'],
  does: 'a host loses its power',
  expects: 'another takes its address over',
  async run(stage) {
    stage.lose(stage.host(3));
    await waitForTakeover(stage, stage.host(3));
  },
  undo: (stage) => stage.bringBack(stage.host(3)),
};

const powerReturn: Scenario = {
  name: 'return',
  requirements: ['R30', 'R34', 'R57'],
  does: 'the host is back',
  expects: 'its address returns to it',
  prepare: powerLoss.run,
  async run(stage) {
    await stage.bringBack(stage.host(3));
    await waitForFailBack(stage, stage.host(3));
  },
};

const leaderLoss: Scenario = {
  name: 'leader-loss',
  requirements: ['R24', 'R26', 'R29'],
  does: 'the leader loses its power',
  expects: 'the next id leads, another takes its address over',
  async run(stage) {
    stage.lose(stage.host(1));
    await waitForTakeover(stage, stage.host(1));
    await stage.waitForGroup(stage.host(3), 'h2 leads', ({ leader }) => leader === stage.host(2).id);
  },
  undo: (stage) => stage.bringBack(stage.host(1)),
};

const allButOne: Scenario = {
  name: 'all-but-one-lost',
  requirements: ['R35'],
  does: 'all hosts but one lose their power at once',
  expects: 'the last one serves every address',
  async run(stage) {
    const [last, ...rest] = [...stage.members];
    stage.lose(...rest);
    for (const host of rest) await waitForTakeover(stage, host);
    const served = last!.servedAddresses();
    const missing = stage.addresses.filter((address) => !served.includes(address));
    if (missing.length > 0) throw new Error(`not served: ${missing.join(', ')}`);
  },
  undo: (stage) => stage.bringBack(...lostHosts(stage)),
};

const allReturn: Scenario = {
  name: 'all-return',
  requirements: ['R30', 'R34', 'R35'],
  does: 'the lost hosts are back',
  expects: 'every address returns to its host',
  prepare: allButOne.run,
  async run(stage) {
    const lost = lostHosts(stage);
    await stage.bringBack(...lost);
    for (const host of lost) await waitForFailBack(stage, host);
  },
};

const lostHosts = (stage: Stage): Host[] => stage.farm.hosts.filter((host) => !stage.members.has(host));

export const POWER_LOSSES: readonly Scenario[] = [powerLoss, powerReturn, leaderLoss];

export const LOSSES_OF_ALL: readonly Scenario[] = [allButOne, allReturn];
