import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import pino from 'pino';
import { rehearseSuccession } from '../../src/control/dress-rehearsal.js';

const descriptors = (): number => readdirSync('/proc/self/fd').length;
const waiting = (): number => process.getActiveResourcesInfo().length;

test('R53: the control processes of a rehearsal go on one after the other, and leave nothing behind', async () => {
  const lines: string[] = [];
  const log = pino(
    { level: 'info' },
    { write: (line) => lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
  await rehearseSuccession(log);
  const before = { descriptors: descriptors(), waiting: waiting() };
  lines.length = 0;
  await rehearseSuccession(log);
  await new Promise((resolve) => setImmediate(resolve));
  const wentOn = lines.filter(
    (line) => line === 'rehearsal: control goes on where the process before it ended',
  );
  assert.equal(wentOn.length, 2);
  // The runner of tests lets go of one of its own.
  assert.ok(descriptors() <= before.descriptors && waiting() <= before.waiting);
});
