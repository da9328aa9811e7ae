// Whole walks as text, compared with what was read and found right before (golden/*.txt). To write them anew:
// RAISD_UPDATE_GOLDEN=1 node --test dist/test/core/golden.test.js, and read the difference.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { A, B, C, X, Y } from './builders.js';
import { Walk } from './walk.js';

const DIRECTORY = new URL('../../../test/core/golden/', import.meta.url);

function compare(name: string, walk: Walk): void {
  const file = new URL(`${name}.txt`, DIRECTORY);
  if (process.env['RAISD_UPDATE_GOLDEN'] === '1') writeFileSync(file, walk.toString());
  assert.equal(walk.toString(), readFileSync(file, 'utf8'));
}

/** A prefers X, B prefers Y, C is a hot spare. */
const farm = (): Walk =>
  new Walk()
    .starts(A, { preferred: [X] })
    .starts(B, { preferred: [Y] })
    .starts(C)
    .run(200);

test('R26, R29: golden: the leader dies, and a hot spare takes its address over', () => {
  compare('failover', farm().dies(A).run(200));
});

test('R30, R34: golden: a host comes back, and gets its address from the leader', () => {
  const walk = farm()
    .dies(A)
    .run(200)
    .starts(A, { preferred: [X] })
    .run(250);
  compare('fail-back', walk);
});

test('R31: golden: after a partition of the control networks each address is left with one host', () => {
  compare('duplicate', farm().cut(A).run(250).cut().run(150));
});

test('R22, R24, R55: golden: the leader leaves in order, and gives what it served to another', () => {
  const walk = new Walk()
    .starts(A, { preferred: [X], releaseScript: true })
    .starts(B, { preferred: [Y], acquireScript: true })
    .run(200)
    .happens(A, `${A} is told to leave`, { kind: 'leave' })
    .run(150);
  compare('leave', walk);
});
