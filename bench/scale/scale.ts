// One real daemon, which leads, among many emulated members: what it costs, and how long it takes to decide when one falls silent.

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { STRANGER_OCTET, v4Of } from '../../test/farm/addressing.js';
import { configureHost, GROUP, GROUP_ADDRESS, GROUP_KEY, GROUP_PORT } from '../../test/farm/configuration.js';
import { Farm } from '../../test/farm/farm.js';
import type { Host } from '../../test/farm/host.js';
import { LineProcess } from '../../test/farm/line-process.js';
import type { Line } from '../../test/farm/line-process.js';
import { processTree } from '../../test/farm/processes.js';
import { waitUntil } from '../../test/farm/wait.js';
import { proportionalMemoryOf, usageOf } from '../process-cost.js';
import type { Recorder } from '../recorder.js';
import type { Scale } from '../results.js';
import { SETTINGS } from '../setting.js';
import type { Setting } from '../setting.js';
import { tell } from '../tell.js';
import type { EmulatorSettings } from './members.js';

const SIZES = [32, 128, 255];
const ASKED = [SETTINGS.middle, SETTINGS.slow];
const SECONDS = 5;
const DECISIONS = 10;
const LIVE_BOUND_MS = 20_000;
const ADDRESS = '10.77.0.250';

export async function measureScale(recorder: Recorder): Promise<void> {
  for (const setting of ASKED) {
    for (const members of SIZES) {
      tell(`${String(members)} members at ${setting.name} …`);
      const scale = await measureOne(members, setting);
      recorder.add('scale', scale);
      recorder.keep();
      const [median] = scale.decideMs.slice(Math.floor((scale.decideMs.length - 1) / 2));
      tell(` ${scale.cpuPercent.toFixed(1)}% of a core, ${median?.toFixed(1) ?? 'never'} ms to decide\n`);
    }
  }
}

async function measureOne(members: number, setting: Setting): Promise<Scale> {
  const farm = await Farm.create({ hosts: 1 });
  try {
    const host = farm.host(1);
    configureHost(host, setting);
    host.daemon.start();
    await host.daemon.waitForSocket();
    const emulator = await startEmulator(farm, members - 1, setting);
    await waitUntil('all members live', () => whyNotLive(host, members), LIVE_BOUND_MS);
    const pids = processTree(host.daemon.pid);
    const before = usageOf(pids);
    const start = performance.now();
    await delay(SECONDS * 1000);
    const busyMs = Number(usageOf(pids).busyNs - before.busyNs) / 1e6;
    const cpuPercent = (100 * busyMs) / (performance.now() - start);
    const pssMb = proportionalMemoryOf(pids);
    return {
      members,
      setting: setting.name,
      cpuPercent,
      pssMb,
      decideMs: await decisions(host, members, emulator),
    };
  } finally {
    farm.close();
  }
}

async function startEmulator(farm: Farm, members: number, setting: Setting): Promise<LineProcess> {
  const settings: EmulatorSettings = {
    members,
    name: GROUP,
    group: GROUP_ADDRESS,
    port: GROUP_PORT,
    key: GROUP_KEY.trimEnd(),
    own: [v4Of('ctl0', STRANGER_OCTET), v4Of('ctl1', STRANGER_OCTET)],
    intervalMs: setting.intervalMs,
    timeoutMs: setting.timeoutMs,
    address: ADDRESS,
  };
  const args = [join(import.meta.dirname, 'emulator.js'), JSON.stringify(settings)];
  const emulator = new LineProcess(farm.addStranger(), process.execPath, args, () => undefined);
  await emulator.ready();
  return emulator;
}

/** Null: the daemon takes every member for live, and the address for served. */
async function whyNotLive(host: Host, members: number): Promise<string | null> {
  const group = (await host.daemon.status())?.groups[GROUP];
  const live = group?.hosts.filter(({ state }) => state === 'live').length ?? 0;
  const served = group?.addresses.find(({ address }) => address === ADDRESS)?.state ?? 'unknown';
  return live === members && served === 'online' ? null : `${String(live)} are, ${ADDRESS} is ${served}`;
}

/** Milliseconds from the end of the timeout to the order, sorted. */
async function decisions(host: Host, members: number, emulator: LineProcess): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; round < DECISIONS; round++) {
    emulator.send('silence');
    const { ms } = (await emulator.expect('decided')) as Line & { ms: number };
    all.push(ms);
    await waitUntil('all members live again', () => whyNotLive(host, members), LIVE_BOUND_MS);
  }
  return all.toSorted((a, b) => a - b);
}
