// The plan that a seed stands for: the farm, and the schedule of faults. The same seed and options give the same plan.

import { makePlan, type Plan, type PlanOptions } from './fault-plan.js';
import { Random } from './random.js';
import { makeScenario, type Size } from './scenario.js';

export interface SeedOptions extends Size, PlanOptions {}

/** From the shortest orphan timeout to beyond the longest time for which anything is remembered: 4 s to 3 h. */
const LULL = { probability: 0.25, span: [4000, 10_800_000] } as const;

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
  const [ofScenario, ofFaults, ofCoincidences] = [random.fork(), random.fork(), random.fork()];
  const scenario = makeScenario(seed, options, ofScenario);
  return makePlan(scenario, options, ofFaults, ofCoincidences);
}
