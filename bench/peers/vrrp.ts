// What the VRRP peers have in common.

import type { Setting } from '../setting.js';
import { HOSTS } from '../terms.js';

/** Of VRRP 3, milliseconds. */
const LEAST_INTERVAL_MS = 10;

/** Why VRRP cannot be set to be as fast; null: it can. */
export const tooFastForVrrp = ({ intervalMs }: Setting): string | null =>
  intervalMs < LEAST_INTERVAL_MS ? `the least interval of VRRP is ${String(LEAST_INTERVAL_MS)} ms` : null;

/**
 * The owner, the host that stands behind it, and the last one. 255 is for a router that owns the address; the higher, the smaller
 * the skew that is added to the timeout. The last one is far below, or it would become master in the same instant.
 */
const PRIORITIES = [254, 253, 100] as const;

/** A host's priority for the addresses of another: its owner first, then those after it in turn. */
export const priorityOf = (owner: number, host: number): number =>
  PRIORITIES[(host - owner + HOSTS) % HOSTS] ?? PRIORITIES[2];

/** The first thing in a program's words that looks like a version. Throws where there is none. */
export function firstVersion(text: string | null): string {
  const version = /v?([0-9]+(\.[0-9]+)+)/.exec(text ?? '')?.[1];
  if (version === undefined) throw new Error(`no version in ${JSON.stringify((text ?? '').slice(0, 200))}`);
  return version;
}
