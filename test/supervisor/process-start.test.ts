import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processAddon } from '../../src/ipc/process-addon.js';
import { processStart } from '../../src/supervisor/process-start.js';

test('when this process began is known on the clock since boot', () => {
  const age = processAddon.bootTime() - processStart();
  assert.ok(Math.abs(age - process.uptime() * 1000) < 500, String(age));
});
