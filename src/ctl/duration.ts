// Spans of time as the operator reads them. How they are written is the configuration's: src/config/duration.ts.

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

/** Two units at the most, rounded down, so that a countdown never shows more than is left: `4 ms`, `3 min 20 s`, `29 d 23 h`. */
export function formatDuration(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  if (span < SECOND) return `${String(Math.floor(span))} ms`;
  if (span < 10 * SECOND) return `${String(Math.floor(span / 100) / 10)} s`;
  if (span < MINUTE) return whole(span, SECOND, 's');
  if (span < HOUR) return two(span, MINUTE, 'min', SECOND, 's');
  if (span < DAY) return two(span, HOUR, 'h', MINUTE, 'min');
  return two(span, DAY, 'd', HOUR, 'h');
}

const whole = (span: number, unit: number, name: string): string =>
  `${String(Math.floor(span / unit))} ${name}`;

function two(span: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((span % large) / small);
  const head = whole(span, large, largeName);
  return rest === 0 ? head : `${head} ${String(rest)} ${smallName}`;
}
