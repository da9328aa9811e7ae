// The load-balancing act of `npm run farm`: three hosts under changing load, a name server on a fourth that observes, and after each
// change what the hosts use, what they weigh, and what dig is answered (R36–R39).

import type { Timing } from './configuration.js';
import type { Host } from './host.js';
import { ZoneStage } from './zone-stage.js';

export const BALANCING = 'balancing';

interface Act {
  readonly does: string;
  /** Percent of each host's capacity. */
  readonly loads: readonly [number, number, number];
  /** Numbers of the hosts whose addresses must be answered then. */
  readonly answered: readonly number[];
}

/** The marks are 80 and 60 percent, the minimum is 1. */
const ACTS: readonly Act[] = [
  { does: 'all hosts are calm', loads: [10, 10, 10], answered: [1, 2, 3] },
  { does: 'h3 goes above the high water mark: it leaves the zone', loads: [10, 30, 92], answered: [1, 2] },
  { does: 'h3 is between the marks again: it stays out', loads: [10, 85, 70], answered: [1] },
  { does: 'h3 is below the low mark: it is back; h2 stays out', loads: [10, 70, 50], answered: [1, 3] },
  { does: 'all are above the high mark: the minimum stays', loads: [97, 95, 99], answered: [2] },
  { does: 'all are calm again', loads: [10, 10, 10], answered: [1, 2, 3] },
];

/** Plays it and tells it; null: every answer was as it should be. */
export async function showBalancing(timing: Timing, tell: (text: string) => void): Promise<string | null> {
  tell(
    '\nload balancing: three hosts, BIND 9 on a fourth one that observes; marks 80 % and 60 %, minimum 1\n\n',
  );
  const farm = await ZoneStage.raise({ ...timing, hosts: 4, server: 'bind' });
  try {
    for (const act of ACTS) await play(farm, act, tell);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await farm.close();
  }
}

async function play(farm: ZoneStage, act: Act, tell: (text: string) => void): Promise<void> {
  const hosts = farm.stage.farm.hosts.slice(0, 3);
  const observer = farm.stage.host(4);
  for (const [index, load] of act.loads.entries()) farm.setLoad(hosts[index] as Host, load);
  for (const [index, load] of act.loads.entries())
    await farm.waitForLoad(observer, hosts[index] as Host, load);
  await farm.expect(...act.answered.map((number) => farm.stage.host(number)));
  const { entries, scale } = await farm.dns(observer);
  const answer = await farm.server.dig();
  tell(`  ${act.does}\n`);
  for (const host of hosts) {
    const entry = entries.find((each) => each.host === host.id);
    if (entry === undefined) continue;
    const shown = [entry.utilization ?? 0, entry.weighted].map(
      (value) => `${((value * 100) / scale).toFixed(0).padStart(4)} %`,
    );
    const place = answer.includes(host.preferred) ? 'in ' : 'out';
    tell(
      `    ${host.name}  ${host.preferred}  used ${shown[0] ?? ''}  weight ${shown[1] ?? ''}  ${place}  ${entry.reason}\n`,
    );
  }
  tell(`    dig: ${answer.join(' ')}\n`);
}
