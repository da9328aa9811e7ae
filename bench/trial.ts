// Plays a scenario once on a settled farm and tells what its clients saw.

import { whoHas } from '../test/farm/asker.js';
import type { Ground } from './ground.js';
import type { Sample } from './results.js';
import type { BenchScenario } from './scenario.js';
import { VICTIM } from './terms.js';

/** Requests that are still watched when what must follow has followed: two who answer would be seen now. */
const ANSWERS_AFTERWARDS = 200;
const AFTERWARDS_BOUND_MS = 10_000;
/** Addresses that are looked at for who has them afterwards. */
const MOST_LOOKED_AT = 5;

/** What is played before and after it on the same farm, if anything is. */
export interface Neighbours {
  readonly before: BenchScenario | undefined;
  readonly after: BenchScenario | undefined;
}

/**
 * Plays it: prepares, breaks, watches, undoes, and waits until the farm is settled again. `unsettled` says that the farm must
 * be raised anew.
 */
export async function playOnce(
  ground: Ground,
  { name, fault }: BenchScenario,
  { before, after }: Neighbours,
): Promise<{ sample: Sample; unsettled: string | null }> {
  const continues = fault.continues !== undefined && before?.fault === fault.continues;
  const prepared = continues
    ? null
    : await attempt(async () => {
        for (const host of ground.members) await ground.peer.rest?.(host);
        await fault.prepare?.(ground);
      });
  const { result, addresses, silenceMs, doubled, slowMs } = await ground.observe(name, async () => {
    const followed =
      prepared ?? (await attempt(() => fault.act(ground))) ?? (await attempt(() => fault.follows(ground)));
    await attempt(() => watchOn(ground));
    return followed;
  });
  const holders = holdersAfterwards(ground);
  const goesOn = after?.fault.continues === fault && result === null;
  const unsettled = await attempt(async () => {
    if (goesOn) return;
    await fault.undo(ground);
    await ground.settle();
  });
  const sample: Sample = {
    scenario: name,
    peer: ground.kind.name,
    silenceMs,
    lost: addresses.reduce((total, { lost }) => total + lost, 0),
    doubled,
    holders,
    gapMs: Math.max(0, ...addresses.map(({ widestGapMs }) => widestGapMs)),
    slowMs,
    failure: result,
  };
  return { sample, unsettled };
}

/** Until the addresses of the victim that somebody answers for were answered some more. */
async function watchOn(ground: Ground): Promise<void> {
  const address = ground.askedOf(ground.host(VICTIM))[0] ?? '';
  await ground.prober.waitForAnswers(address, ANSWERS_AFTERWARDS, AFTERWARDS_BOUND_MS);
}

/** The most hosts that answer for one of the victim's addresses; where they answer with one MAC, that have it. */
function holdersAfterwards(ground: Ground): number {
  const asked = ground.askedOf(ground.host(VICTIM)).slice(-MOST_LOOKED_AT);
  if (ground.kind.sharesMac) return Math.max(...asked.map((each) => ground.holdersOf(each).length));
  return Math.max(...[...whoHas(ground.farm.client, asked).values()].map((macs) => macs.length));
}

/** Null: done; otherwise why not. */
async function attempt(act: () => unknown): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
