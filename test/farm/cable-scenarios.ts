// Networks that are cut: one control network, both, the service network, all.

import {
  nothingMoves,
  others,
  stateOf,
  waitForEvent,
  waitForFailBack,
  waitForTakeover,
} from './scenario-steps.js';
import type { Scenario } from './scenario.js';
import type { Stage } from './stage.js';

const oneControlNetwork: Scenario = {
  name: 'control-network-cut',
  requirements: ['R6', 'R12'],
  does: 'one control cable of a host is pulled',
  expects: 'nothing moves, the log and the history of each member tell it',
  async run(stage) {
    const host = stage.host(2);
    const since = Date.now();
    stage.farm.switch.pull(host.ports('ctl0'));
    await stage.waitForGroup(stage.host(1), `${host.name} not heard on ctl0`, (group) => {
      const links = group.hosts.find(({ id }) => id === host.id)?.links;
      return links?.find((link) => link.interface === 'ctl0')?.up === false;
    });
    for (const member of stage.members) await waitForEvent(stage, member, 'network-silent', since);
    await nothingMoves(stage);
  },
  undo(stage) {
    stage.farm.switch.plug(stage.host(2).ports('ctl0'));
    return Promise.resolve();
  },
};

const wholeControlNetwork: Scenario = {
  name: 'control-network-dead',
  requirements: ['R6'],
  does: 'one control network dies, for all',
  expects: 'nothing moves',
  async run(stage) {
    stage.farm.switch.stopNetwork('ctl1');
    await stage.waitForGroup(stage.host(1), 'nobody heard on ctl1', (group) =>
      group.hosts.every(({ links }) => links.find((link) => link.interface === 'ctl1')?.up === false),
    );
    await nothingMoves(stage);
  },
  undo(stage) {
    stage.farm.switch.startNetwork('ctl1');
    return Promise.resolve();
  },
};

/** Host 2 is heard on no control network any more, and the others know that it lives. */
async function cutOffControl(stage: Stage): Promise<void> {
  const host = stage.host(2);
  stage.farm.switch.pull(host.ports('ctl0', 'ctl1'));
  for (const other of others(stage, host)) {
    await stage.waitForGroup(other, `${host.name} partitioned`, stateOf(host, 'partitioned'));
  }
}

const partition: Scenario = {
  name: 'partition',
  requirements: ['R61'],
  does: 'both control cables of a host are pulled, its service lives',
  expects: 'nothing moves, it is reported as partitioned',
  async run(stage) {
    await cutOffControl(stage);
    await nothingMoves(stage);
  },
  undo(stage) {
    stage.farm.switch.plug(stage.host(2).ports('ctl0', 'ctl1'));
    return Promise.resolve();
  },
};

const partitionedKilled: Scenario = {
  name: 'partition-sigkill',
  requirements: ['R52', 'R61'],
  does: 'SIGKILL to every process of the daemon of a partitioned host',
  expects: 'another takes its address over once the service network is silent as well',
  prepare: cutOffControl,
  async run(stage) {
    stage.members.delete(stage.host(2));
    await stage.host(2).daemon.killWhole();
    await waitForTakeover(stage, stage.host(2));
  },
  async undo(stage) {
    stage.farm.switch.plug(stage.host(2).ports('ctl0', 'ctl1'));
    await stage.start(stage.host(2));
  },
};

/** Both control cables of host 2 are pulled, and its daemon has ended in order. */
async function stopCutOff(stage: Stage): Promise<void> {
  await cutOffControl(stage);
  await stage.stop(stage.host(2));
  await waitForTakeover(stage, stage.host(2));
}

const partitionedStarted: Scenario = {
  name: 'partition-start',
  requirements: ['R15', 'R61'],
  does: 'the daemon of a host whose control cables are pulled is started again',
  expects: 'it knows by whom the addresses are served, and serves none of them beside the others',
  prepare: stopCutOff,
  async run(stage) {
    const host = stage.host(2);
    const rest = others(stage, host);
    await stage.start(host);
    for (const other of rest)
      await stage.waitForGroup(host, `${other.name} partitioned`, stateOf(other, 'partitioned'));
    await nothingMoves(stage);
    const served = host.servedAddresses();
    if (served.length > 0) throw new Error(`${host.name} serves ${served.join(', ')} as well`);
  },
  undo(stage) {
    stage.farm.switch.plug(stage.host(2).ports('ctl0', 'ctl1'));
    return Promise.resolve();
  },
};

const everythingCut: Scenario = {
  name: 'everything-cut',
  requirements: ['R26', 'R29', 'R61'],
  does: 'a host is cut off on every network and lives on',
  expects: 'another takes its address over',
  async run(stage) {
    stage.farm.switch.block(stage.host(2).ports());
    await waitForTakeover(stage, stage.host(2));
  },
  undo(stage) {
    stage.farm.switch.unblock(stage.host(2).ports());
    return Promise.resolve();
  },
};

const everythingHealed: Scenario = {
  name: 'everything-healed',
  requirements: ['R30', 'R31'],
  does: 'the host that was cut off is connected again',
  expects: 'it alone has its address again',
  prepare: everythingCut.run,
  async run(stage) {
    stage.farm.switch.unblock(stage.host(2).ports());
    await waitForFailBack(stage, stage.host(2));
  },
};

const serviceUnplugged: Scenario = {
  name: 'service-unplugged',
  requirements: ['R54', 'R45'],
  does: "a host's service cable is pulled",
  expects: 'it fails, another takes its address over',
  async run(stage) {
    const host = stage.host(2);
    stage.farm.switch.pull(host.ports('svc0'));
    await waitForTakeover(stage, host);
    await stage.waitForGroup(host, 'failed', ({ state }) => state === 'failed');
  },
  undo(stage) {
    stage.farm.switch.plug(stage.host(2).ports('svc0'));
    return Promise.resolve();
  },
};

const servicePlugged: Scenario = {
  name: 'service-plugged',
  requirements: ['R54', 'R30'],
  does: 'the service cable is plugged in again',
  expects: 'its address returns to it',
  prepare: serviceUnplugged.run,
  async run(stage) {
    stage.farm.switch.plug(stage.host(2).ports('svc0'));
    await waitForFailBack(stage, stage.host(2));
  },
};

export const CABLES: readonly Scenario[] = [
  oneControlNetwork,
  wholeControlNetwork,
  partition,
  partitionedKilled,
  partitionedStarted,
  everythingCut,
  everythingHealed,
  serviceUnplugged,
  servicePlugged,
];
