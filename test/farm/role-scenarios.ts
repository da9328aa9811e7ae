// One process of the daemon dies or hangs alone (R53).

import type { Role } from '../../src/ipc/supervisor-messages.js';
import type { Host } from './host.js';
import { activeProcess, ROLES, waitForStandIns, waitForSuccessor } from './role-processes.js';
import { processTree, programOf, waitUntilGone } from './processes.js';
import type { Scenario } from './scenario.js';
import { answersGoOn, nothingMoves, waitForTakeover } from './scenario-steps.js';
import { BOUND_MS, type Stage } from './stage.js';

/** Followers in turn, so that a host has its stand-ins again by the next time. */
function follower(): (stage: Stage) => Host {
  let turns = 0;
  let chosen = 2;
  return (stage) => {
    chosen = 2 + (turns++ % 2);
    return stage.host(chosen);
  };
}

function killed(name: string, role: Role, next: (stage: Stage) => Host, whose: string): Scenario {
  let host: Host | null = null;
  return {
    name,
    requirements: ['R53'],
    does: `SIGKILL to the ${role} process${whose}`,
    expects: 'its stand-in goes on; where the host is too busy for that its address moves, and comes back',
    async prepare(stage) {
      host = next(stage);
      await waitForStandIns(host);
    },
    async run(stage) {
      if (host === null) throw new Error('not prepared');
      const pid = activeProcess(host, role);
      process.kill(pid, 'SIGKILL');
      await waitForSuccessor(host, role, pid);
      await answersGoOn(stage);
      await stage.settle();
    },
  };
}

/** It is ended by its supervisor, and its stand-in goes on; stopped, it cannot. */
function stopped(name: string, role: Role, expects: string): Scenario {
  return {
    name,
    requirements: ['R52', 'R53'],
    does: `SIGSTOP to the ${role} process`,
    expects,
    async prepare(stage) {
      await waitForStandIns(stage.host(2));
    },
    async run(stage) {
      const host = stage.host(2);
      const pid = activeProcess(host, role);
      process.kill(pid, 'SIGSTOP');
      await waitForSuccessor(host, role, pid);
      await stage.settle();
    },
  };
}

const supervisorStopped: Scenario = {
  name: 'stop-supervisor',
  requirements: ['R52', 'R53'],
  does: 'SIGSTOP to the supervisor; SIGCONT later',
  expects: 'nothing moves',
  async prepare(stage) {
    await waitForStandIns(stage.host(2));
  },
  async run(stage) {
    stage.host(2).daemon.signal('SIGSTOP');
    await nothingMoves(stage);
    stage.host(2).daemon.signal('SIGCONT');
    await nothingMoves(stage);
  },
};

const restarted: Scenario = {
  name: 'restart',
  requirements: ['R53'],
  does: 'raisctl restart',
  expects:
    'the supervisor is another program, every other process is another one; where the host is too busy its address moves, and comes back',
  async prepare(stage) {
    await waitForStandIns(stage.host(2));
  },
  async run(stage) {
    const host = stage.host(2);
    const before = ROLES.map((role) => ({ role, pid: activeProcess(host, role) }));
    const program = programOf(host.daemon.pid);
    await host.daemon.request({ command: 'restart' });
    if (programOf(host.daemon.pid) === program) throw new Error('the supervisor is still the same program');
    for (const { role, pid } of before) await waitForSuccessor(host, role, pid);
    await answersGoOn(stage);
    await stage.settle();
  },
};

const supervisorKilled: Scenario = {
  name: 'kill-supervisor',
  requirements: ['R52', 'R55'],
  does: 'SIGKILL to the supervisor alone',
  expects: 'its address is handed over, everything ends by itself',
  async run(stage) {
    const host = stage.host(2);
    const tree = processTree(host.daemon.pid);
    stage.members.delete(host);
    host.daemon.signal('SIGKILL');
    await waitForTakeover(stage, host);
    if (!waitUntilGone(tree, BOUND_MS)) throw new Error('some of its processes live on');
    const left = host.servedAddresses();
    if (left.length > 0) throw new Error(`still on the interface: ${left.join(', ')}`);
  },
  undo: (stage) => stage.start(stage.host(2)),
};

const leader = (stage: Stage): Host => stage.host(1);

export const ROLE_SCENARIOS: readonly Scenario[] = [
  killed('kill-heartbeat', 'heartbeat', follower(), ''),
  killed('kill-control', 'control', follower(), ' of a host that does not lead'),
  killed('kill-leader-control', 'control', leader, ' of the leader'),
  killed('kill-network', 'network', follower(), ''),
  killed('kill-scripts', 'scripts', follower(), ''),
  supervisorKilled,
  stopped(
    'stop-heartbeat',
    'heartbeat',
    'another host takes over at once; it is replaced and has its address again',
  ),
  stopped(
    'stop-control',
    'control',
    'another host takes over at once; it is replaced and has its address again',
  ),
  stopped(
    'stop-network',
    'network',
    'it is replaced before the kernel takes its address away: nothing moves',
  ),
  stopped('stop-scripts', 'scripts', 'it is replaced, nothing moves'),
  supervisorStopped,
  restarted,
];
