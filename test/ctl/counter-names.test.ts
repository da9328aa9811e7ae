// What an operator sees in `raisctl status` is explained to him.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COUNTER_NAMES } from '../../src/ipc/heartbeat-messages.js';

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

test('R51: the README explains every name under which control messages are counted', () => {
  const table = /\| name +\| a control message that[^\n]*\n(?<rows>(?:\|[^\n]*\n)+)/.exec(readme);
  const rows = table?.groups?.['rows'] ?? '';
  // Of one kind, each with the position of its interface. What control itself counts stands beside them.
  const names = ['undecodable', ...COUNTER_NAMES].filter(
    (name) => !/^(accepted|sent|send-error-[1-7])$/.test(name),
  );
  assert.deepEqual(
    names.filter((name) => !rows.includes(`\`${name}\``)),
    [],
  );
});
