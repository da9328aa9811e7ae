// Plays a scenario once on a settled farm and tells what its clients saw.

import { whoHas } from '../test/farm/asker.js';
import type { ProbedAddress } from '../test/farm/prober.js';
import { slowInSilence } from '../test/farm/witness.js';
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
  await ground.asker.report();
  // What began before the mark may end in a silence behind it.
  const earlier = await ground.witness.report();
  await ground.prober.mark(name);
  const followed =
    prepared ?? (await attempt(() => fault.act(ground))) ?? (await attempt(() => fault.follows(ground)));
  await attempt(() => watchOn(ground));
  const { addresses } = await ground.prober.mark('after');
  const asked = await ground.asker.report();
  const phases = [...earlier, ...(await ground.witness.report())];
  const holders = holdersAfterwards(ground);
  const goesOn = after?.fault.continues === fault && followed === null;
  const unsettled = await attempt(async () => {
    if (goesOn) return;
    await fault.undo(ground);
    await ground.settle();
  });
  const sample: Sample = {
    scenario: name,
    peer: ground.kind.name,
    silenceMs: Math.max(0, ...addresses.map(({ silenceMs }) => silenceMs)),
    lost: sum(addresses, ({ lost }) => lost),
    doubled: sum(addresses, ({ doubled }) => doubled) + asked.byTwo,
    holders,
    gapMs: Math.max(0, ...addresses.map(({ widestGapMs }) => widestGapMs)),
    slowMs: slowInSilence(phases, addresses, 2 * ground.terms.setting.timeoutMs),
    failure: followed,
  };
  return { sample, unsettled };
}

const sum = (addresses: readonly ProbedAddress[], of: (address: ProbedAddress) => number): number =>
  addresses.reduce((total, address) => total + of(address), 0);

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
