// R57: when an address returns to its preferred host.

import { z } from 'zod';
import { milliseconds, type Milliseconds } from '../core/time.js';
import { DURATION_PATTERN, formatDuration, parseDuration } from './duration.js';
import { quoted } from './fault.js';

export const failBack = z
  .string({
    error: (issue) =>
      typeof issue.input === 'number' ? 'must be now, never or a duration such as 5m' : undefined,
  })
  .meta({
    description: 'when an address returns to its preferred host (R57): now, never, or after a delay',
    pattern: `^(now|never)$|${DURATION_PATTERN}`,
    examples: ['now', '5m', 'never'],
  })
  .transform((text, context): Milliseconds | 'never' => {
    if (text === 'never') return 'never';
    const delay = text === 'now' ? milliseconds(0) : parseDuration(text);
    if (delay !== null && delay <= LONGEST) return delay;
    const message =
      delay === null
        ? `${quoted(text)} must be now, never or a duration such as 5m`
        : `${formatDuration(delay)} is out of range: at most ${formatDuration(LONGEST)}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const LONGEST = milliseconds(365 * 86_400_000);

export const formatFailBack = (value: Milliseconds | 'never'): string =>
  value === 'never' ? value : value === 0 ? 'now' : formatDuration(value);
