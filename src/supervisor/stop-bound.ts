// How long control may take to give up everything in order before network does it at once.

import type { Configuration } from '../config/configuration.js';
import { leavingSpan } from '../core/settings.js';

/** For what else an orderly end takes. */
const MARGIN_MILLISECONDS = 10_000;

/** Milliseconds: the hand-over to other hosts (R55), the longest release script (R22), and a margin. */
export const stopBound = ({ groups }: Configuration): number =>
  MARGIN_MILLISECONDS +
  Math.max(
    0,
    ...Object.values(groups).map(
      ({ heartbeat, onRelease }) => leavingSpan(heartbeat.timeout) + (onRelease?.timeout ?? 0),
    ),
  );
