import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../../src/core/time.js';
import { countDeath, NO_DEATHS, restartDelay } from '../../src/supervisor/back-off.js';
import type { Deaths } from '../../src/supervisor/back-off.js';

/** Deaths at these seconds, each of a process that was started at the death before. */
function deathsAt(...seconds: number[]): (number | null)[] {
  let deaths: Deaths = NO_DEATHS;
  let started = instant(0);
  return seconds.map((second) => {
    const now = instant(second * 1000);
    deaths = countDeath(deaths, started, now);
    started = now;
    return restartDelay(deaths);
  });
}

test('a first death is mended at once, the next ones after a doubling delay', () => {
  assert.deepEqual(deathsAt(1, 2, 3, 4, 5), [0, 100, 200, 400, 800]);
});

test('the sixth death within 60 s is one too many', () => {
  assert.deepEqual(deathsAt(1, 2, 3, 4, 5, 60.9), [0, 100, 200, 400, 800, null]);
  assert.deepEqual(deathsAt(1, 2, 3, 4, 5, 61), [0, 100, 200, 400, 800, 1600]);
});

test('the delay ends at 5 s where deaths come in a row, but slowly', () => {
  assert.deepEqual(deathsAt(0, 20, 40, 60, 80, 100, 120, 140, 160).slice(-4), [1600, 3200, 5000, 5000]);
});

test('a process that lived for 60 s begins a new row', () => {
  assert.deepEqual(deathsAt(1, 2, 3, 63), [0, 100, 200, 0]);
});
