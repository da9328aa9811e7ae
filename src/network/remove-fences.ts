// Takes the fence off every interface on which a daemon that was killed has left one (R52): a fence that nobody opens any
// more would lock its addresses, were they ever configured here again by hand.

import { constants } from 'node:os';
import type { NetworkAddon } from './addon.js';
import { errorName } from './placement.js';

/** There was none of ours there, or no interface any more. */
const NONE = new Set([constants.errno.ENOENT, constants.errno.ENODEV, constants.errno.EEXIST]);

/** What was removed, and what could not be, one line each. After the addresses, which it keeps from answering. */
export function removeFences(addon: NetworkAddon): {
  readonly removed: readonly string[];
  readonly failed: readonly string[];
} {
  const removed: string[] = [];
  const failed: string[] = [];
  // Without programs and marks: it only takes away.
  const fence = new addon.Fence(-1, -1, -1);
  for (const event of new addon.RequestSocket().dump()) {
    if (event.kind !== 'link') continue;
    const errno = fence.detach(event.index);
    const line = `the fence from ${event.name}`;
    if (errno === 0) removed.push(line);
    else if (!NONE.has(errno)) failed.push(`${line}: ${errorName(errno)}`);
  }
  return { removed, failed };
}
