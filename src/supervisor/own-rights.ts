// What the supervisor itself must be allowed to do, asked before anything is opened: a daemon that lacks a right says
// which, instead of failing in the middle.

import { readFileSync } from 'node:fs';
import { CAPABILITIES } from './rights.js';
import type { Capability } from './rights.js';

/** Right → what it is for. */
const NEEDED: readonly (readonly [right: Capability, purpose: string])[] = [
  ['CAP_SETUID', 'to start roles as another user'],
  ['CAP_SETGID', 'to start roles as another user'],
  ['CAP_SETPCAP', 'to take rights from roles'],
  ['CAP_KILL', 'to end roles'],
  ['CAP_NET_ADMIN', 'to give the role network what it needs'],
  ['CAP_NET_RAW', 'to give the role network what it needs'],
];

/** `CapEff` of a /proc/PID/status. */
export function effectiveCapabilities(status: string): bigint {
  const field = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (field === undefined) throw new Error('/proc/self/status has no CapEff');
  return BigInt(`0x${field}`);
}

/** One sentence a missing right; empty: all are there. */
export function missingRights(effective: bigint): string[] {
  return NEEDED.filter(([right]) => ((effective >> BigInt(CAPABILITIES[right])) & 1n) === 0n).map(
    ([right, purpose]) => `${right} is missing, which raisd needs ${purpose}`,
  );
}

export const ownCapabilities = (): bigint => effectiveCapabilities(readFileSync('/proc/self/status', 'utf8'));
