// Durations as the operator writes them: a whole number and a unit, `20ms`, `5s`, `2m`, `1h`, `30d`, `1y`.
// A year is 365 days: the source document allows orphan timeouts of years, nobody needs their leap days.

import { milliseconds, type Milliseconds } from '../core/time.js';

const UNITS: readonly (readonly [string, number])[] = [
  ['y', 365 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** For editors: what `parseDuration` accepts, apart from the range. */
export const DURATION_PATTERN = '^[1-9][0-9]*(ms|s|m|h|d|y)$';

/** The milliseconds that `text` denotes, or null. Positive, whole, at most 2^53 − 1 ms. */
export function parseDuration(text: string): Milliseconds | null {
  const [, digits = '', name = ''] = /^([1-9][0-9]*)(ms|s|m|h|d|y)$/.exec(text) ?? [];
  const unit = UNITS.find((candidate) => candidate[0] === name);
  if (unit === undefined) return null;
  const value = Number(digits) * unit[1];
  return Number.isSafeInteger(value) ? milliseconds(value) : null;
}

/** The shortest text with one unit that `parseDuration` reads as `span`, a positive whole number of milliseconds. */
export function formatDuration(span: Milliseconds): string {
  const [name, size] = UNITS.find((candidate) => span % candidate[1] === 0) ?? ['ms', 1];
  return `${String(span / size)}${name}`;
}
