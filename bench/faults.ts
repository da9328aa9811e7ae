// The faults, as data. Everything happens to host 3, which owns an address and decides nothing.

import { killService, startService } from './service.js';
import type { Ground } from './ground.js';
import type { Fault } from './scenario.js';
import { VICTIM } from './terms.js';
import type { Host } from '../test/farm/host.js';

/** What must follow follows within this, or it does not. */
const FOLLOW_BOUND_MS = 15_000;
/** One request a millisecond: nothing happens for a second. */
const STEADY_ANSWERS = 1_000;

const victim = (ground: Ground): Host => ground.host(VICTIM);
const others = (ground: Ground): Host[] => ground.farm.hosts.filter(({ number }) => number !== VICTIM);

const takenOver = (ground: Ground): Promise<void> =>
  ground.waitForAnswers(victim(ground), others(ground), FOLLOW_BOUND_MS);
const home = (ground: Ground): Promise<void> =>
  ground.waitForAnswers(victim(ground), [victim(ground)], FOLLOW_BOUND_MS);

/** Every address is answered for a second on end, whoever answers. */
async function steady(ground: Ground): Promise<void> {
  for (const address of ground.asked) {
    await ground.prober.waitForAnswers(address, STEADY_ANSWERS, FOLLOW_BOUND_MS);
  }
}

const restart = async (ground: Ground): Promise<void> => {
  ground.peer.forget(victim(ground));
  await ground.start(victim(ground));
};

export const powerLoss: Fault = {
  does: 'a host loses its power',
  act: (ground) => {
    ground.lose(victim(ground));
  },
  follows: takenOver,
  undo: (ground) => ground.bringBack(victim(ground)),
};

export const powerReturn: Fault = {
  does: 'its power returns: fail-back to it when it has started',
  continues: powerLoss,
  async prepare(ground) {
    ground.lose(victim(ground));
    await takenOver(ground);
  },
  act: (ground) => ground.bringBack(victim(ground)),
  follows: home,
  undo: () => undefined,
};

export const terminated: Fault = {
  does: 'SIGTERM',
  act: (ground) => ground.stop(victim(ground)),
  follows: takenOver,
  undo: (ground) => ground.start(victim(ground)),
};

export const startedAgain: Fault = {
  does: 'fail-back: started again after SIGTERM',
  continues: terminated,
  async prepare(ground) {
    await ground.stop(victim(ground));
    await takenOver(ground);
  },
  act: (ground) => ground.start(victim(ground)),
  follows: home,
  undo: () => undefined,
};

export const killed: Fault = {
  does: 'SIGKILL to every process',
  act: (ground) => {
    ground.kill(victim(ground));
  },
  follows: takenOver,
  undo: restart,
};

export const frozen: Fault = {
  does: 'SIGSTOP to every process',
  act: (ground) => {
    ground.freeze(victim(ground));
  },
  follows: takenOver,
  undo: (ground) => {
    ground.thaw(victim(ground));
  },
};

export const thawed: Fault = {
  does: 'SIGCONT after SIGSTOP, and fail-back',
  continues: frozen,
  async prepare(ground) {
    ground.freeze(victim(ground));
    await takenOver(ground);
  },
  act: (ground) => {
    ground.thaw(victim(ground));
  },
  follows: home,
  undo: () => undefined,
};

export const workerKilled: Fault = {
  does: 'SIGKILL to the one process that decides (raisd: control; keepalived: the VRRP process; FRR: vrrpd)',
  act: (ground) => {
    const pid = ground.peer.worker(victim(ground));
    process.kill(pid, 'SIGKILL');
  },
  follows: steady,
  async undo(ground) {
    if (ground.peer.restartsWorkers) return;
    ground.kill(victim(ground));
    await restart(ground);
  },
};

export const serviceDied: Fault = {
  does: 'the service dies on a host that tests it',
  act: (ground) => {
    killService(victim(ground));
  },
  follows: takenOver,
  undo: (ground) => startService(victim(ground)),
};

export const serviceUnplugged: Fault = {
  does: "a host's service cable is pulled",
  act: (ground) => {
    ground.farm.switch.pull(victim(ground).ports('svc0'));
  },
  follows: takenOver,
  undo: (ground) => {
    ground.farm.switch.plug(victim(ground).ports('svc0'));
  },
};

export const controlUnplugged: Fault = {
  does: 'one of the two control cables of a host is pulled',
  act: (ground) => {
    ground.farm.switch.pull(victim(ground).ports('ctl0'));
  },
  follows: steady,
  undo: (ground) => {
    ground.farm.switch.plug(victim(ground).ports('ctl0'));
  },
};

export const moved: Fault = {
  does: 'the operator moves an address to another host',
  act: async (ground) => {
    for (const address of ground.addressesOf(victim(ground)))
      await ground.peer.move?.(address, ground.host(1));
  },
  follows: takenOver,
  undo: async (ground) => {
    for (const address of ground.addressesOf(victim(ground))) await ground.peer.moveHome?.(address);
  },
};
