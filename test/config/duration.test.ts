import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/config/duration.js';
import { milliseconds } from '../../src/core/time.js';

test('R13: durations are whole numbers with a unit', () => {
  const known = {
    '20ms': 20,
    '5s': 5000,
    '2m': 120_000,
    '1h': 3_600_000,
    '30d': 2_592_000_000,
    '1y': 31_536_000_000,
  };
  for (const [text, value] of Object.entries(known)) assert.equal(parseDuration(text), value);
});

test('R13: nothing else is a duration', () => {
  for (const text of [
    '',
    '5',
    's',
    '0s',
    '-1s',
    '+1s',
    '1.5s',
    '05s',
    '1 s',
    '1S',
    '1e3ms',
    ' 1s',
    '1s ',
    '1m30s',
    '1w',
    '1s\n',
    '٣s',
    '9007199254740993ms',
    `${'9'.repeat(400)}y`,
  ])
    assert.equal(parseDuration(text), null, text);
});

test('R56: a duration is printed with the largest unit that says it exactly, and read back', () => {
  assert.deepEqual(
    [1, 1500, 60_000, 90_000, 86_400_000, 366 * 86_400_000].map((span) => formatDuration(milliseconds(span))),
    ['1ms', '1500ms', '1m', '90s', '1d', '366d'],
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (span) => {
      assert.equal(parseDuration(formatDuration(milliseconds(span))), span);
    }),
  );
});
