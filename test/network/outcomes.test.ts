// What control is told of many changes that take long.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../../src/core/time.js';
import { GATHER_MILLISECONDS, gatherResults } from '../../src/network/outcomes.js';
import { resultOf } from '../../src/network/placement.js';
import { placed } from './addressing.js';

const result = (last: number) => resultOf(placed(`10.77.0.${String(last)}`), 'add', null);

test('R50: of results that come a few at a time the first are told at once, the others together, the last with the end', () => {
  let clock = 1000;
  const told: [number[], boolean][] = [];
  const gather = gatherResults(
    () => instant(clock),
    (results, done) => {
      told.push([results.map(({ address }) => Number(address.split('.').at(-1))), done]);
    },
  );
  gather([result(1)], false);
  gather([result(2)], false);
  gather([result(3)], false);
  assert.deepEqual(told, [[[1], false]]);
  clock += GATHER_MILLISECONDS;
  gather([result(4)], false);
  gather([result(5)], false);
  gather([], true);
  assert.deepEqual(told.slice(1), [
    [[2, 3, 4], false],
    [[5], true],
  ]);
});
