// The simulator is worth what it catches: cores that are broken on purpose.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Core } from './core-under-test.js';
import { MUTANTS, withMutant } from './mutants.js';
import { planOfSeed } from './seeded-plan.js';
import { simulate } from './simulation.js';

/** Where the seed that is known does not catch it any more, these are tried. */
const SEEDS = 60;

function isCaught(core: Core, known: number): boolean {
  if (simulate(planOfSeed(known), core).violation !== null) return true;
  for (let seed = 0; seed < SEEDS; seed++)
    if (simulate(planOfSeed(seed), core).violation !== null) return true;
  return false;
}

for (const mutant of MUTANTS)
  test(`R59: the simulator catches this: ${mutant.name}`, async () => {
    assert.ok(await withMutant(mutant, (core) => isCaught(core, mutant.seed)));
  });

test('R59: there are at least 20 broken cores', () => {
  assert.ok(MUTANTS.length >= 20);
});
