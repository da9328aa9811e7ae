// The service behind an address dies or falls sick, and the host’s tests tell.

import { HEALTH } from './configuration.js';
import type { Host } from './host.js';
import { waitForFailBack, waitForTakeover } from './scenario-steps.js';
import type { Scenario } from './scenario.js';

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

export const SERVICES: readonly Scenario[] = [serviceDeath, serviceSick];
