// How long the daemon runs. Not by the wall clock, which is set while it runs: often just after the boot, by months.

import { elapsed, instant, type Instant } from '../core/time.js';
import type { StartMessage } from '../ipc/supervisor-messages.js';

/** Milliseconds. A supervisor of before `startedBoot` says the wall clock alone. */
export const uptimeMs = (
  { startedAt, startedBoot }: Pick<StartMessage, 'startedAt' | 'startedBoot'>,
  now: Instant,
  wall: number,
): number =>
  Math.round(
    Math.max(
      0,
      startedBoot === undefined ? wall - Date.parse(startedAt) : elapsed(instant(startedBoot), now),
    ),
  );
