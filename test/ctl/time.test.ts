import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration } from '../../src/ctl/duration.js';
import { parseSince } from '../../src/ctl/since.js';

const NOW = Date.UTC(2026, 10, 5, 12);

const moments: readonly (readonly [string, number | null])[] = [
  ['10m', NOW - 600_000],
  ['20ms', NOW - 20],
  ['30d', NOW - 30 * 86_400_000],
  ['2026-11-05T10:00:00.123Z', Date.UTC(2026, 10, 5, 10, 0, 0, 123)],
  ['2026-11-05 10:00Z', Date.UTC(2026, 10, 5, 10)],
  ['2026-11-05T10:00+02:00', Date.UTC(2026, 10, 5, 8)],
  ['2024-02-29T00:00Z', Date.UTC(2024, 1, 29)],
  ['2026-11-05', new Date(2026, 10, 5).getTime()],
  ['2026-11-05T10:00', new Date(2026, 10, 5, 10).getTime()],
  ['2026-02-29', null],
  ['2026-02-31T00:00Z', null],
  ['2026-13-01', null],
  ['2026-11-05T25:00', null],
  ['10:00', null],
  ['10', null],
  ['-10m', null],
  ['now', null],
  ['', null],
];

for (const [text, moment] of moments) {
  test(`--since ${JSON.stringify(text)} is ${moment === null ? 'refused' : new Date(moment).toISOString()}`, () => {
    assert.equal(parseSince(text, NOW), moment);
  });
}

const spans: readonly (readonly [number, string])[] = [
  [0, '0 ms'],
  [4.7, '4 ms'],
  [999, '999 ms'],
  [1000, '1 s'],
  [1290, '1.2 s'],
  [59_999, '59 s'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [2_591_000_000, '29 d 23 h'],
  [10 * 365 * 86_400_000, '3650 d'],
  [-5, '0 ms'],
];

for (const [span, text] of spans) {
  test(`${String(span)} ms are written ${text}`, () => {
    assert.equal(formatDuration(span), text);
  });
}
