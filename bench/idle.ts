// What a host costs when nothing happens. The instruments' own processes are not counted, and do not ask meanwhile.

import { setTimeout as delay } from 'node:timers/promises';

import { Ground } from './ground.js';
import { killed } from './faults.js';
import type { PeerKind } from './peer.js';
import { namesOf, proportionalMemoryOf, usageOf, type Usage } from './process-cost.js';
import type { Recorder } from './recorder.js';
import type { Cost, IdleCost } from './results.js';
import { SETTINGS } from './setting.js';
import { tell } from './tell.js';
import type { Terms } from './terms.js';

const SECONDS = 10;
/** Node.js goes on compiling for a minute and more what runs often; asked for is what a daemon costs that runs for months. */
const WARM_UP_SECONDS = 100;
const ASKED = [SETTINGS.fast, SETTINGS.middle, SETTINGS.slow];

export async function measureIdle(kinds: readonly PeerKind[], recorder: Recorder): Promise<void> {
  for (const setting of ASKED) {
    const terms: Terms = { setting, addresses: 1, family: 4, serviceTest: false };
    for (const kind of kinds) {
      if (kind.cannot(terms, killed) !== null) continue;
      tell(`${kind.name}: idle at ${setting.name} …`);
      const ground = await Ground.raise(kind, terms);
      try {
        const cost = await costOf(ground);
        recorder.add('idle', cost);
        tell(
          ` ${cost.cpuPercent.toFixed(2)}% of a core, ${cost.pssMb.toFixed(1)} MiB, ${cost.wakeUps.toFixed(0)} wake-ups/s\n`,
        );
      } finally {
        ground.close();
      }
      recorder.keep();
    }
  }
}

/** Host 1's: where there is a leader it is that. */
async function costOf(ground: Ground): Promise<IdleCost> {
  for (const host of ground.members) await ground.peer.rest?.(host);
  await ground.prober.stop();
  await ground.asker.stop();
  if (ground.peer.rest !== undefined) await delay(WARM_UP_SECONDS * 1000);
  const pids = ground.peer.processes(ground.host(1)).sort((a, b) => a - b);
  const names = namesOf(pids);
  const before = pids.map((pid) => usageOf([pid]));
  const start = process.hrtime.bigint();
  await delay(SECONDS * 1000);
  const after = pids.map((pid) => usageOf([pid]));
  const took = Number(process.hrtime.bigint() - start);
  const parts = pids.map((pid, index) => ({
    name: names[index] ?? '',
    ...costBetween(before[index] ?? NOTHING, after[index] ?? NOTHING, took),
    pssMb: proportionalMemoryOf([pid]),
  }));
  const sumOf = (part: keyof Cost): number => parts.reduce((sum, each) => sum + each[part], 0);
  return {
    peer: ground.kind.name,
    setting: ground.terms.setting.name,
    cpuPercent: sumOf('cpuPercent'),
    pssMb: sumOf('pssMb'),
    wakeUps: sumOf('wakeUps'),
    processes: pids.length,
    seconds: SECONDS,
    parts,
  };
}

const NOTHING: Usage = { busyNs: 0n, wakeUps: 0 };

const costBetween = (before: Usage, after: Usage, tookNs: number): Omit<Cost, 'pssMb'> => ({
  cpuPercent: (100 * Number(after.busyNs - before.busyNs)) / tookNs,
  wakeUps: (after.wakeUps - before.wakeUps) / (tookNs / 1e9),
});
