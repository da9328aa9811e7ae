// The faults that the farm is put through, as data. Hosts 1 to 3 are the farm's; host 1 leads, because its id is the lowest.
// What they wait for stands in scenario-steps.ts.

import { HEALTH } from './configuration.js';
import { FLOOD_FRAMES_A_SECOND, flood } from './flood.js';
import type { Host } from './host.js';
import { PLANNED_MOVES } from './planned-moves.js';
import {
  nothingMoves,
  others,
  raisctl,
  stateOf,
  waitForFailBack,
  waitForTakeover,
} from './scenario-steps.js';
import type { Scenario } from './scenario.js';
import { ROLE_SCENARIOS } from './role-scenarios.js';
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
  undo: () => Promise.resolve(),
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

const oneControlNetwork: Scenario = {
  name: 'control-network-cut',
  requirements: ['R6', 'R12'],
  does: 'one control cable of a host is pulled',
  expects: 'nothing moves',
  async run(stage) {
    const host = stage.host(2);
    stage.farm.switch.pull(host.ports('ctl0'));
    await stage.waitForGroup(stage.host(1), `${host.name} not heard on ctl0`, (group) => {
      const links = group.hosts.find(({ id }) => id === host.id)?.links;
      return links?.find((link) => link.interface === 'ctl0')?.up === false;
    });
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

const partition: Scenario = {
  name: 'partition',
  requirements: ['R61'],
  does: 'both control cables of a host are pulled, its service lives',
  expects: 'nothing moves, it is reported as partitioned',
  async run(stage) {
    const host = stage.host(2);
    stage.farm.switch.pull(host.ports('ctl0', 'ctl1'));
    for (const other of others(stage, host)) {
      await stage.waitForGroup(other, `${host.name} partitioned`, stateOf(host, 'partitioned'));
    }
    await nothingMoves(stage);
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
  undo: () => Promise.resolve(),
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
  undo: () => Promise.resolve(),
};

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
  undo: () => Promise.resolve(),
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
  undo: () => Promise.resolve(),
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
  undo: () => Promise.resolve(),
};

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
  undo: () => Promise.resolve(),
};

const serviceDeath: Scenario = {
  name: 'service-death',
  requirements: ['R14', 'R45'],
  does: 'the service behind a process test dies',
  expects: 'its host fails, another takes its address over',
  async run(stage) {
    stage.host(2).signalResponder('SIGKILL');
    await waitForTakeover(stage, stage.host(2));
    await stage.waitForGroup(stage.host(1), 'h2 failed', failsBy(stage.host(2), 'test process'));
  },
  async undo(stage) {
    await stage.host(2).startResponder();
    await waitForFailBack(stage, stage.host(2));
  },
};

const serviceSick: Scenario = {
  name: 'service-sick',
  requirements: ['R14', 'R45'],
  does: `the service behind an http test answers 503 (asked every ${String(HEALTH.intervalMs)} ms, fall ${String(HEALTH.fall)})`,
  expects: 'its host fails, another takes its address over; once it is well the address returns',
  async run(stage) {
    stage.host(2).signalResponder('SIGUSR1');
    await waitForTakeover(stage, stage.host(2));
    await stage.waitForGroup(stage.host(1), 'h2 failed', failsBy(stage.host(2), 'test health: status 503'));
  },
  async undo(stage) {
    stage.host(2).signalResponder('SIGUSR2');
    await waitForFailBack(stage, stage.host(2));
  },
};

const failsBy =
  (host: Host, reason: string) =>
  (group: { hosts: readonly { id: string; ok: boolean; failures: readonly string[] }[] }): boolean => {
    const seen = group.hosts.find(({ id }) => id === host.id);
    return seen?.ok === false && seen.failures.some((failure) => failure.includes(reason));
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

/** Counters of frames that were not believed, whatever the reason. */
const refusals = (counters: Readonly<Record<string, number>>): number =>
  Object.entries(counters)
    .filter(([reason]) => !/^(accepted|sent|send-error.*|undelivered|undecodable)$/.test(reason))
    .reduce((sum, [, count]) => sum + count, 0);

/** Counters come to control once a second; a busy one may take as long again. */
const COUNTERS_LATE_MS = 2000;
/** A virtual machine stands still now and then. */
const HEARTBEATS_KEPT = 0.98;

const flooded: Scenario = {
  name: 'flood',
  requirements: ['R51', 'R16'],
  does: `${String(FLOOD_FRAMES_A_SECOND)} forged, replayed and random frames a second on the control networks`,
  expects: 'no failover, no heartbeat is missed',
  async run(stage) {
    const since = Date.now();
    const start = performance.now();
    const before = await Promise.all(stage.farm.hosts.map((host) => stage.group(host)));
    const { sent } = await flood(stage, stage.options.floodSeconds ?? 5);
    const promised = FLOOD_FRAMES_A_SECOND * (stage.options.floodSeconds ?? 5);
    if (sent < promised / 4)
      throw new Error(`only ${String(sent)} of ${String(promised)} frames could be sent: too busy a machine`);
    const after = await Promise.all(stage.farm.hosts.map((host) => stage.group(host)));
    const heartbeats = ((performance.now() - start - COUNTERS_LATE_MS) / stage.options.intervalMs) * 2;
    for (const [position, { name }] of stage.farm.hosts.entries()) {
      const [old, now] = [before[position]!.counters, after[position]!.counters];
      const refused = refusals(now) - refusals(old);
      // A host that heard little of the flood has shown nothing.
      if (refused < sent / 2)
        throw new Error(`${name} refused ${String(refused)} frames of ${String(sent)} that were sent`);
      const beaten = (now['sent'] ?? 0) - (old['sent'] ?? 0);
      if (beaten < heartbeats * HEARTBEATS_KEPT)
        throw new Error(`${name} sent ${String(beaten)} heartbeats in place of ${heartbeats.toFixed(0)}`);
    }
    await nothingMoves(stage);
    const told = (await stage.historySince(since)).filter(({ event }) => event !== 'conflict');
    if (told.length > 0) throw new Error(told.map(({ message }) => message).join('\n'));
  },
  undo: () => Promise.resolve(),
};

const hostAdded: Scenario = {
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
  undo: () => Promise.resolve(),
};

const lostHosts = (stage: Stage): Host[] => stage.farm.hosts.filter((host) => !stage.members.has(host));

/** In the order in which they are played. */
export const SCENARIOS: readonly Scenario[] = [
  powerLoss,
  powerReturn,
  leaderLoss,
  oneControlNetwork,
  wholeControlNetwork,
  partition,
  everythingCut,
  everythingHealed,
  serviceUnplugged,
  servicePlugged,
  serviceDeath,
  serviceSick,
  terminated,
  startedAgain,
  killed,
  startedAfterKill,
  frozen,
  thawed,
  ...PLANNED_MOVES,
  ...ROLE_SCENARIOS,
  quiescedBySignal,
  quiescedByCommand,
  flooded,
  hostAdded,
  allButOne,
  allReturn,
];
