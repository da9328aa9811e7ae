// --stages: where the time goes between the last heartbeat of a host and the announcement of whoever takes its address, in runs
// of a power loss of which the leader itself takes the address over; on an idle machine and on a loaded one.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { GROUP_PORT } from '../../test/farm/configuration.js';
import { startLoad } from '../../test/farm/false-failover.js';
import type { Host } from '../../test/farm/host.js';
import { portName } from '../../test/farm/switch.js';
import type { Network } from '../../test/farm/switch.js';
import { powerLoss } from '../faults.js';
import { Ground } from '../ground.js';
import { raisd } from '../peers/raisd.js';
import { nameOf } from '../process-cost.js';
import { quantile } from '../statistics.js';
import { SETTINGS } from '../setting.js';
import { renderTable } from '../render-text.js';
import { tell } from '../tell.js';
import { VICTIM } from '../terms.js';
import { Capture } from './capture.js';
import { KernelTrace, wallOffsetMs } from './kernel-trace.js';
import { innerMoments, wireMoments } from './moments.js';
import type { InnerMoments, RoleOf, Sought, WireMoments } from './moments.js';

/** What passed between two moments, in milliseconds. The stages of one run, in their order. */
export type Stages = Readonly<Partial<Record<string, number>>>;

const { timeoutMs } = SETTINGS.fast;

/** The first line is the sum of the two that follow it less the timeout; inner stages are there where the kernel was traced. */
export function stagesOf(wire: WireMoments, inner: InnerMoments | null): Stages {
  const total = wire.announcement - wire.heartbeat;
  return {
    'last heartbeat → announcement': total,
    'of that, beyond the timeout (the reaction)': total - timeoutMs,
    ...(wire.lastAnswer === null
      ? {}
      : { 'last heartbeat → last answer of the lost host': wire.lastAnswer - wire.heartbeat }),
    ...(wire.probe === null ? {} : { 'last heartbeat → probe for the address': wire.probe - wire.heartbeat }),
    ...(inner === null
      ? {}
      : {
          'end of the timeout → control wakes up': total - timeoutMs - inner.controlWoke,
          'control wakes up → it tells network': inner.controlWoke - inner.controlTold,
          'control tells network → network reads it': inner.controlTold - inner.networkRead,
          'network reads it → the address is handed to the kernel': inner.networkRead - inner.addressSent,
          'the address is handed to the kernel → announcement': inner.addressSent,
        }),
    ...(wire.answer === null
      ? {}
      : { 'announcement → first answer to the client': wire.answer - wire.announcement }),
  };
}

function soughtOn(ground: Ground): Sought {
  const links = ground.farm.switch.namespace.ipJson(['link', 'show']) as {
    ifname: string;
    ifindex: number;
  }[];
  const indexOf = (network: Network): number =>
    links.find(({ ifname }) => ifname === portName({ station: ground.host(1).name, network }))?.ifindex ?? 0;
  const bytesOf = (address: string): Buffer => Buffer.from(address.split('.').map(Number));
  const victim = ground.host(VICTIM);
  return {
    controlPorts: [indexOf('ctl0'), indexOf('ctl1')],
    servicePort: indexOf('svc0'),
    victim: bytesOf(victim.id),
    address: bytesOf(ground.addressesOf(victim)[0] ?? ''),
    groupPort: GROUP_PORT,
  };
}

/** Roles by what stands on the command lines of the host's processes. */
function rolesOn(host: Host, ground: Ground): { pids: number[]; roleOf: RoleOf } {
  const pids = ground.peer.processes(host);
  const roles = new Map<number, string>();
  for (const pid of pids) {
    const name = nameOf(pid);
    for (const thread of threadsOf(pid)) roles.set(thread, name);
  }
  const known = ['heartbeat', 'control', 'network'] as const;
  return { pids, roleOf: (thread) => known.find((role) => role === roles.get(thread)) ?? null };
}

/** One run. */
interface Takeover {
  readonly stages: Stages;
  /** For how long the machine was slow in it, or before it (`beforeSilence`). Milliseconds. */
  readonly slowMs: number;
}

async function measureOnce(ground: Ground, trace: KernelTrace | null): Promise<Takeover | null> {
  const sought = soughtOn(ground);
  const { pids, roleOf } = rolesOn(ground.host(1), ground);
  const path = join(ground.farm.directory, 'stages.pcap');
  const filter = `arp or udp port ${String(GROUP_PORT)} or (udp and src host ${ground.addressesOf(ground.host(VICTIM))[0] ?? ''})`;
  const capture = await Capture.start(ground.farm.switch.namespace, path, filter);
  const { result: calls, slowMs } = await ground.observe('stages', async () => {
    trace?.start(pids);
    await powerLoss.act(ground);
    await powerLoss.follows(ground);
    return trace?.stop() ?? [];
  });
  const wire = wireMoments(await capture.stop(), sought);
  await powerLoss.undo(ground);
  await ground.settle();
  if (wire === null) return null;
  const stages = stagesOf(wire, innerMoments(calls, roleOf, wire.announcement - wallOffsetMs()));
  return { stages, slowMs };
}

async function measure(runs: number, trace: KernelTrace | null): Promise<Takeover[]> {
  const terms = { setting: SETTINGS.fast, addresses: 1, family: 4, serviceTest: false } as const;
  const all: Takeover[] = [];
  const ground = await Ground.raise(raisd, terms);
  try {
    for (let run = 0; run < runs; run++) {
      const takeover = await measureOnce(ground, trace);
      tell(
        takeover === null
          ? 'the leader was not seen to take it over\n'
          : `${Object.values(takeover.stages)[0]?.toFixed(2) ?? ''} ms\n`,
      );
      if (takeover !== null) all.push(takeover);
    }
  } finally {
    ground.close();
  }
  return all;
}

/** Longer than any run takes; it is ended before. */
const LOADED_SECONDS = 3_600;

/** Measures, and returns a table for each machine. */
export async function profileStages(runs: number): Promise<string> {
  const trace = KernelTrace.open();
  if (trace === null) tell('no tracefs: what happens inside the daemon is not shown\n');
  const idle = render('idle', await measure(runs, trace));
  tell(`${idle}\n`);
  const stress = startLoad(LOADED_SECONDS);
  let loaded: Takeover[];
  try {
    loaded = await measure(runs, trace);
  } finally {
    await stress.stop();
    trace?.close();
  }
  return [idle, render('under stress-ng', loaded)].join('\n\n');
}

/** Of each stage the median, the 99th percentile and the longest; then the same of the runs in which the machine was quick. */
function render(machine: string, all: readonly Takeover[]): string {
  const quick = all.filter(({ slowMs }) => slowMs === 0);
  const names = [...new Set(all.flatMap(({ stages }) => Object.keys(stages)))];
  const rows = names.map((name) => [name, ...figuresOf(name, all), ...figuresOf(name, quick)]);
  const head = [
    `at ${SETTINGS.fast.name}, ${machine}`,
    ...FIGURES,
    'quick machine: median',
    ...FIGURES.slice(1),
  ];
  return renderTable(head, rows, 1);
}

const FIGURES = ['median ms', 'p99', 'max', 'n'];

function figuresOf(name: string, all: readonly Takeover[]): string[] {
  const values = all.flatMap(({ stages }) => stages[name] ?? []);
  return [...[0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(2)), String(values.length)];
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${String(pid)}/task`).map(Number);
  } catch {
    return [];
  }
}
