// Every scenario of `npm run farm`, once, on real daemons: that what must follow follows. What it costs in time is measured
// by `npm run farm`, not asserted here.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { watchService } from './configuration.js';
import { play } from './play.js';
import { SCENARIOS } from './scenarios.js';
import { Stage, TIMING } from './stage.js';

const raise = (): Promise<Stage> => Stage.raise({ hosts: 3, ...TIMING, adjust: watchService });

describe('three hosts in network namespaces', () => {
  let stage: Stage;

  before(async () => {
    stage = await raise();
  });
  after(() => {
    stage.close();
  });

  it('R5, R24: they hear each other, agree on the lowest id as leader, and serve their own addresses', async () => {
    for (const host of stage.farm.hosts) {
      const group = await stage.group(host);
      assert.equal(group.leader, stage.host(1).id);
      assert.deepEqual(
        group.hosts.map(({ id }) => id),
        stage.farm.hosts.map(({ id }) => id),
      );
      assert.deepEqual(host.servedAddresses(), [host.preferred]);
    }
  });

  const played = new Set<string>();

  /** `neverTwo`: nor are two hosts seen to answer meanwhile, by either client. `nothingLost`: nor is a request lost, nor does anything move. */
  async function plays(name: string, neverTwo = false, nothingLost = false): Promise<void> {
    const scenario = SCENARIOS.find((candidate) => candidate.name === name);
    assert.ok(scenario, `there is no scenario ${name}`);
    played.add(name);
    const { failure, doubled, answeredByTwo, lost, moves } = await play(stage, scenario);
    if (failure === null) {
      if (neverTwo) assert.equal(doubled, 0, ['two hosts answered', ...answeredByTwo].join('; '));
      if (nothingLost) assert.deepEqual({ lost, moves }, { lost: 0, moves: [] });
      return;
    }
    const logs = stage.farm.hosts.map((host) => `${host.name}:\n${host.daemon.logTail()}`).join('\n');
    // What a failed scenario has left behind must not be blamed on the next one.
    stage.close();
    stage = await raise();
    assert.fail(`${failure}\n${logs}`);
  }

  it('R26, R29, R45: a host loses its power: another takes its address over', () => plays('power-loss'));

  it('R30, R34, R57: the host is back: its address returns to it', () => plays('return'));

  it('R24, R26, R29: the leader loses its power: the next id leads, another takes its address over', () =>
    plays('leader-loss'));

  it('R6, R12: one control cable of a host is pulled: nothing moves', () => plays('control-network-cut'));

  it('R6: one control network dies, for all: nothing moves', () => plays('control-network-dead'));

  it('R61: both control cables of a host are pulled, its service lives: nothing moves, it is reported as partitioned', () =>
    plays('partition'));

  it('R52, R61: SIGKILL to every process of the daemon of a partitioned host: another takes its address over', () =>
    plays('partition-sigkill', true));

  it('R15, R61: the daemon of a host whose control cables are pulled is started again: it serves nothing beside the others', () =>
    plays('partition-start', true));

  it('R26, R29, R61: a host is cut off on every network and lives on: another takes its address over', () =>
    plays('everything-cut'));

  it('R30, R31: the host that was cut off is connected again: it alone has its address again', () =>
    plays('everything-healed'));

  it("R54, R45: a host's service cable is pulled: it fails, another takes its address over", () =>
    plays('service-unplugged'));

  it('R54, R30: the service cable is plugged in again: its address returns to it', () =>
    plays('service-plugged'));

  it('R14, R45: the service behind a process test dies: its host fails, another takes its address over', () =>
    plays('service-death'));

  it('R14, R45: the service behind an http test answers 503: its host fails, another takes its address over; once it is well the address returns', () =>
    plays('service-sick'));

  it('R22, R29: SIGTERM to the daemon: it ends with 0 and has no address, another takes it over', () =>
    plays('sigterm'));

  it('R30, R34: the daemon is started again: its address returns to it', () => plays('start-after-sigterm'));

  it('R26, R29, R52: SIGKILL to every process of the daemon: another takes its address over', () =>
    plays('sigkill', true));

  it('R7, R30, R53: the killed daemon is started again: its address returns to it', () =>
    plays('start-after-sigkill'));

  it('R26, R29, R52: SIGSTOP to every process of the daemon: another takes its address over', () =>
    plays('sigstop', true));

  it('R52, R30: the frozen daemon goes on: it gives up first, then its address returns to it', () =>
    plays('sigcont', true));

  it('R55, R56: raisctl moves an address to another host: that host takes it over and keeps it', () =>
    plays('move', true));

  it('R55, R57: raisctl fail-back ends the move: the address returns to its preferred host', () =>
    plays('fail-back-command', true));

  it('R44, R55: raisctl drain takes a host out: it serves nothing, the others serve its address', () =>
    plays('drain', true));

  it('R44: SIGUSR1 quiesces a host, SIGUSR2 resumes it: it serves on, nothing moves', () =>
    plays('quiesce-signal'));

  it('R44, R29: raisctl quiesces a host, then another loses its power: the third takes the address over: the quiesced one serves on and acquires nothing', () =>
    plays('quiesce-command'));

  for (const [role, whose, name] of [
    ['heartbeat', '', 'kill-heartbeat'],
    ['control', ' of a host that does not lead', 'kill-control'],
    ['control', ' of the leader', 'kill-leader-control'],
    ['network', '', 'kill-network'],
    ['scripts', '', 'kill-scripts'],
  ] as const)
    it(`R53: SIGKILL to the ${role} process${whose}: nothing moves, nothing is lost`, () =>
      plays(name, true, true));

  it('R52, R55: SIGKILL to the supervisor alone: its address is handed over, everything ends by itself', () =>
    plays('kill-supervisor', true));

  for (const [role, name] of [
    ['heartbeat', 'stop-heartbeat'],
    ['control', 'stop-control'],
  ] as const)
    it(`R52, R53: SIGSTOP to the ${role} process: another host takes over; it is replaced and has its address again`, () =>
      plays(name, true));

  for (const [role, name] of [
    ['network', 'stop-network'],
    ['scripts', 'stop-scripts'],
  ] as const)
    it(`R52, R53: SIGSTOP to the ${role} process: it is replaced, nothing is lost`, () =>
      plays(name, true, true));

  it('R52, R53: SIGSTOP to the supervisor, and SIGCONT: nothing is lost', () =>
    plays('stop-supervisor', true, true));

  it('R53: raisctl restart: the supervisor is another program, every other process is another one, nothing is lost', () =>
    plays('restart', true, true));

  it('R51, R16: 20000 forged, replayed and random frames a second on the control networks: no failover, no heartbeat is missed', () =>
    plays('flood'));

  it('R4, R34: a host that nobody knew is added: it serves its own address, no other host is configured anew', () =>
    plays('host-added'));

  it('R35: all hosts but one lose their power at once: the last one serves every address', () =>
    plays('all-but-one-lost'));

  it('R30, R34, R35: the lost hosts are back: every address returns to its host', () => plays('all-return'));

  it('no scenario of npm run farm is left out', () => {
    assert.deepEqual(
      SCENARIOS.map(({ name }) => name).filter((name) => !played.has(name)),
      [],
    );
  });
});
