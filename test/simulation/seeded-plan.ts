// The plan that a seed stands for: the farm, and the schedule of faults. The same seed and options give the same plan.

import { makePlan, type Plan, type PlanOptions } from './fault-plan.js';
import { Random } from './random.js';
import { makeScenario, withZones, type Scenario, type Size } from './scenario.js';

export interface SeedOptions extends Size, PlanOptions {}

/** From the shortest orphan timeout to beyond the longest time for which anything is remembered: 4 s to 3 h. */
const LULL = { probability: 0.25, span: [4000, 10_800_000] } as const;

const PASSES_IN_A_LULL = 40;

export const USUAL: SeedOptions = {
  hosts: null,
  addresses: null,
  episodes: 3,
  coincidence: 0.15,
  kinds: null,
  calm: 500,
  lull: LULL,
};

export function planOfSeed(seed: number, options: SeedOptions = USUAL): Plan {
  const random = new Random(seed);
  // A source of its own each: one more draw for the farm does not turn the schedule into another.
  const [ofScenario, ofFaults] = [random.fork(), random.fork()];
  const [ofCoincidences, ofZones, ofOrders] = [random.fork(), random.fork(), random.fork()];
  const [ofMoves, ofRifts, ofStandIns] = [random.fork(), random.fork(), random.fork()];
  const scenario = withZones(makeScenario(seed, options, ofScenario), ofZones);
  return makePlan(scenario, withShortLulls(scenario, options), {
    ofFaults,
    ofCoincidences,
    ofZones,
    ofOrders,
    ofMoves,
    ofRifts,
    ofStandIns,
  });
}

/** Each pass over a zone is gone through beat by beat: no more of them than are worth it. */
function withShortLulls({ groups }: Scenario, options: SeedOptions): SeedOptions {
  const intervals = groups.flatMap(({ zone }) => (zone === null ? [] : [zone.interval]));
  if (intervals.length === 0) return options;
  const longest = PASSES_IN_A_LULL * Math.min(...intervals);
  const { probability, span } = options.lull;
  const [low, high] = span.map((each) => Math.min(each, longest)) as [number, number];
  return { ...options, lull: { probability, span: [low, high] } };
}
