// When the scripts process counts as hanging: on a clock that the test moves.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { ScriptsWatch } from '../../src/control/scripts-watch.js';
import { instant } from '../../src/core/time.js';
import { ALIVE_MS } from '../../src/ipc/scripts-messages.js';

const opened: ScriptsWatch[] = [];
afterEach(() => {
  for (const watch of opened.splice(0)) watch.close();
});

function watching() {
  const told: string[] = [];
  const clock = { now: 0 };
  const watch = new ScriptsWatch({
    now: () => instant(clock.now),
    hangs: (silentFor) => told.push(`hangs ${String(silentFor)}`),
    silent: (silentFor) => told.push(`silent ${String(silentFor)}`),
  });
  opened.push(watch);
  const check = (times: number, late = 0): void => {
    for (let count = 0; count < times; count++) {
      clock.now += ALIVE_MS + late;
      watch.check();
    }
  };
  const take = (): string[] => told.splice(0);
  return { watch, check, take };
}

test('R14: a process that says nothing for two seconds is told of once, and its silence as long as it lasts', () => {
  const { watch, check, take } = watching();
  watch.begun();
  check(3);
  assert.deepEqual(take(), []);
  check(2);
  assert.deepEqual(take(), ['hangs 2000', 'silent 2000', 'silent 2500']);
});

test('R14: who says something does not hang, and its end is no silence yet', () => {
  const { watch, check, take } = watching();
  watch.begun();
  for (let second = 0; second < 10; second++) {
    check(2);
    watch.heard();
  }
  watch.gone();
  check(3);
  assert.deepEqual(take(), []);
});

test('R14: a new process has its own two seconds; the silence before it goes on until it says something', () => {
  const { watch, check, take } = watching();
  watch.begun();
  check(4);
  watch.gone();
  watch.begun();
  take();
  check(3);
  assert.deepEqual(take(), ['silent 2500', 'silent 3000', 'silent 3500']);
  watch.heard();
  check(3);
  assert.deepEqual(take(), []);
});

test('R14: what this process itself stood still for is nobody’s silence', () => {
  const { watch, check, take } = watching();
  watch.begun();
  check(1, 60_000);
  assert.deepEqual(take(), []);
  check(3);
  assert.deepEqual(take(), ['hangs 2000', 'silent 2000']);
});
