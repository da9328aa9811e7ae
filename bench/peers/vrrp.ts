// What the VRRP peers have in common.

import { HOSTS } from '../terms.js';

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
