import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uptimeMs } from '../../src/control/uptime.js';
import { instant } from '../../src/core/time.js';

const startedAt = '2026-01-01T00:00:00.000Z';
const HOUR = 3_600_000;

test('R58: a wall clock that is set makes the daemon neither older nor younger', () => {
  for (const wall of [0, Date.parse(startedAt) + HOUR, Date.parse(startedAt) + 1e12])
    assert.equal(uptimeMs({ startedAt, startedBoot: 5000 }, instant(65_000.4), wall), 60_000);
});

test('R58: without a start on the clock since boot the wall clock has to do', () => {
  assert.equal(uptimeMs({ startedAt }, instant(1), Date.parse(startedAt) + HOUR), HOUR);
});
