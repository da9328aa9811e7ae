// The simulator is worth what it catches: cores that are broken on purpose.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Core } from './core-under-test.js';
import { MUTANTS, withMutant, type Mutant } from './mutants.js';
import { planOfSeed, USUAL } from './seeded-plan.js';
import { simulate } from './simulation.js';

/** Where the seed that is known does not catch it any more, these are tried. */
const SEEDS = 60;

function isCaught(core: Core, { seed: known, options }: Mutant): boolean {
  const fails = (seed: number): boolean =>
    simulate(planOfSeed(seed, { ...USUAL, ...options }), core).violation !== null;
  if (fails(known)) return true;
  for (let seed = 0; seed < SEEDS; seed++) if (fails(seed)) return true;
  return false;
}

for (const mutant of MUTANTS)
  test(`R59: the simulator catches this: ${mutant.name}`, async () => {
    assert.ok(await withMutant(mutant, (core) => isCaught(core, mutant)));
  });

test('R59: there are at least 20 broken cores', () => {
  assert.ok(MUTANTS.length >= 20);
});
