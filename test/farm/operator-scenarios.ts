// What an operator does by signal and command where no address moves for it, and a host that joins.

import { nothingMoves, others, raisctl, waitForFailBack } from './scenario-steps.js';
import type { Scenario } from './scenario.js';

const quiescedBySignal: Scenario = {
  name: 'quiesce-signal',
  requirements: ['R44'],
  does: 'SIGUSR1 quiesces a host, SIGUSR2 resumes it',
  expects: 'it serves on, nothing moves',
  async run(stage) {
    const host = stage.host(2);
    host.daemon.signal('SIGUSR1');
    await stage.waitForGroup(host, 'quiesced', ({ state }) => state === 'quiesced');
    await nothingMoves(stage);
    host.daemon.signal('SIGUSR2');
    await stage.waitForGroup(host, 'resumed', ({ state }) => state === 'ok');
    await nothingMoves(stage);
  },
};

const quiescedByCommand: Scenario = {
  name: 'quiesce-command',
  requirements: ['R44', 'R29'],
  does: 'raisctl quiesces a host, then another loses its power',
  expects: 'the third takes the address over: the quiesced one serves on and acquires nothing',
  async run(stage) {
    await raisctl(stage.host(2), 'quiesce', 'web');
    await stage.waitForGroup(stage.host(1), 'h2 quiesced', (group) =>
      group.hosts.some(({ id, quiesced }) => id === stage.host(2).id && quiesced),
    );
    stage.lose(stage.host(3));
    for (const address of stage.addressesOf(stage.host(3))) {
      await stage.waitForAnswer(address, others(stage, stage.host(2)));
    }
    for (const address of stage.addressesOf(stage.host(2))) {
      const by = stage.prober.hostOf(address);
      if (by !== stage.host(2).name)
        throw new Error(`${address} left the quiesced host for ${by ?? 'nobody'}`);
    }
  },
  async undo(stage) {
    await raisctl(stage.host(2), 'resume', 'web');
    await stage.bringBack(stage.host(3));
  },
};

export const hostAdded: Scenario = {
  name: 'host-added',
  requirements: ['R4', 'R34'],
  does: 'a host that nobody knew is added',
  expects: 'it serves its own address, no other host is configured anew',
  async run(stage) {
    const host = await stage.farm.addHost();
    for (const address of stage.addressesOf(host)) {
      stage.prober.add(address);
      stage.asker.add(address);
    }
    await stage.join(host);
    await waitForFailBack(stage, host);
  },
  async undo(stage) {
    const host = stage.farm.hosts.at(-1)!;
    await stage.stop(host);
    for (const address of stage.addressesOf(host)) {
      await stage.waitForAnswer(address, others(stage));
      await raisctl(stage.host(1), 'forget', 'web', address);
      stage.prober.remove(address);
      stage.asker.remove(address);
    }
    stage.farm.removeHost(host);
  },
};

export const QUIESCING: readonly Scenario[] = [quiescedBySignal, quiescedByCommand];
