// Many seeds, one after the other, and what all of them together have covered.

import type { Core } from './core-under-test.js';
import { Coverage, Tally } from './coverage.js';
import { planOfSeed, type SeedOptions } from './seeded-plan.js';
import { simulate } from './simulation.js';
import type { Violation } from './violation.js';

export class Campaign {
  seeds = 0;
  /** Virtual milliseconds of the worlds, and the same times the hosts in each. */
  simulated = 0;
  hostTime = 0;
  happened = 0;
  excusedOverlaps = 0;
  longestOverlap = 0;
  readonly faults = new Tally();
  readonly coverage = new Coverage();
  readonly failures: { readonly seed: number; readonly violation: Violation }[] = [];
  private readonly core: Core;
  private readonly options: SeedOptions;

  constructor(core: Core, options: SeedOptions) {
    this.core = core;
    this.options = options;
  }

  /** The rule that the seed broke, if it did. */
  run(seed: number): Violation | null {
    const plan = planOfSeed(seed, this.options);
    const outcome = simulate(plan, this.core);
    this.seeds += 1;
    this.simulated += outcome.simulated;
    this.hostTime += outcome.simulated * plan.scenario.hosts.length;
    this.happened += outcome.happened;
    this.excusedOverlaps += outcome.excusedOverlaps;
    this.longestOverlap = Math.max(this.longestOverlap, outcome.longestOverlap);
    this.faults.addAll(outcome.faults);
    this.coverage.addAll(outcome.coverage);
    if (outcome.violation !== null) this.failures.push({ seed, violation: outcome.violation });
    return outcome.violation;
  }
}
