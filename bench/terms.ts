// On what terms a farm is raised: how fast, with which addresses, whether the service is looked after.

import { serviceAddress } from '../test/farm/addressing.js';
import { MAX_SERVICE_ADDRESSES } from '../src/wire/limits.js';
import type { Setting } from './setting.js';

export interface Terms {
  readonly setting: Setting;
  /** Service addresses that each host has; beyond 1 they are host 3's alone, and the others have one each, within what a group may have. */
  readonly addresses: number;
  readonly family: 4 | 6;
  /** A test of the service makes a host give its addresses up. */
  readonly serviceTest: boolean;
}

export const HOSTS = 3;
/** The host that things happen to. It leads nothing: its id is the highest. */
export const VICTIM = 3;
/** How often the service is looked at, where a peer can be told in parts of a second. */
export const SERVICE_TEST_INTERVAL_MS = 100;

/** So many addresses are asked at the most, spread evenly with the first and the last among them. */
const MOST_ASKED = 20;
const BLOCK = 250;

export const prefixOf = (terms: Terms): string => (terms.family === 4 ? '/24' : '/64');

/** Networks that the service addresses are in, beside that of the service network itself. */
export const EXTRA_NETWORKS = { 4: '10.88.0.0/16', 6: 'fd88::/64' } as const;

/** The preferred addresses of a host. */
export function addressesOf(terms: Terms, number: number): string[] {
  if (terms.addresses === 1 && terms.family === 4) return [serviceAddress(number)];
  if (number !== VICTIM) return [manyAddress(terms.family, 100_000 + number)];
  const length = Math.min(terms.addresses, MAX_SERVICE_ADDRESSES - (HOSTS - 1));
  return Array.from({ length }, (_, index) => manyAddress(terms.family, index));
}

function manyAddress(family: 4 | 6, index: number): string {
  const block = 1 + Math.floor(index / BLOCK);
  const last = 1 + (index % BLOCK);
  if (index >= 100_000)
    return family === 4 ? `10.88.200.${String(index - 100_000)}` : `fd88::f:${String(index - 100_000)}`;
  return family === 4
    ? `10.88.${String(block)}.${String(last)}`
    : `fd88::${String(block)}:${last.toString(16)}`;
}

/** Those of a host's addresses that a client asks. */
export function askedOf(terms: Terms, number: number): string[] {
  const all = addressesOf(terms, number);
  if (all.length <= MOST_ASKED) return all;
  return Array.from(
    { length: MOST_ASKED },
    (_, index) => all[Math.round((index * (all.length - 1)) / (MOST_ASKED - 1))] ?? '',
  );
}

/** Every millisecond; where many are asked, every two. */
export const askedEveryUs = (terms: Terms): number => (terms.addresses > MOST_ASKED ? 2_000 : 1_000);
