// How long the supervisor waits for an orderly end: not shorter than the core may take for it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Configuration } from '../../src/config/configuration.js';
import { handOverPatience, heirPatience } from '../../src/core/settings.js';
import { milliseconds } from '../../src/core/time.js';
import { stopBound } from '../../src/supervisor/stop-bound.js';
import { groupOf } from './configurations.js';

const bound = (...groups: ReturnType<typeof groupOf>[]): number =>
  stopBound({ groups: Object.fromEntries(groups.entries()) } as unknown as Configuration);

const slow = { interval: milliseconds(2000), timeout: milliseconds(20_000) };

test('R55: a slow group may take its time to hand over, and its release script begins after that', () => {
  const script = { command: ['/bin/true'], user: null, timeout: milliseconds(30_000) };
  const needed = handOverPatience(slow.timeout) + heirPatience(slow.timeout) + 30_000;
  assert.ok(bound(groupOf({ heartbeat: slow, onRelease: script as never }), groupOf({})) > needed);
});

test('R22: the slowest group counts', () => {
  assert.equal(bound(groupOf({}), groupOf({ heartbeat: slow })), bound(groupOf({ heartbeat: slow })));
});

test('an end without any group is bounded as well', () => {
  assert.equal(bound(), 10_000);
});
