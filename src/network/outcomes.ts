// What is made of the kernel's answers to address changes.

import { constants } from 'node:os';
import { elapsed, NEVER, type Instant } from '../core/time.js';
import type { AddressResult } from '../ipc/network-messages.js';
import type { Outcome } from './address-writer.js';
import { errorName, FOREIGN, resultOf, type Placement } from './placement.js';

/** Called with each part of the results as it is known; `done` comes with the last part, which may be empty. */
export type Results = (results: readonly AddressResult[], done: boolean) => void;

/** On removal: it is gone already, which is what was wanted. */
const GONE = new Set([constants.errno.EADDRNOTAVAIL, constants.errno.ENODEV, constants.errno.ENXIO]);

export const isGone = (errno: number): boolean => errno === 0 || GONE.has(errno);

function addFailure(errno: number): string | null {
  if (errno === 0) return null;
  // It came between the look at the table and the write.
  return errno === constants.errno.EEXIST ? FOREIGN : errorName(errno);
}

/** Parts that follow sooner than this after one that was told wait for the next: milliseconds. */
export const GATHER_MILLISECONDS = 10;

/**
 * Tells the first part at once, and then what has come together: of hundreds of IPv6 addresses a few are written at a time, and
 * each answer has control tell the whole group what it serves.
 */
export function gatherResults(now: () => Instant, answer: Results): Results {
  let gathered: AddressResult[] = [];
  let toldAt: Instant = NEVER;
  return (results, done) => {
    gathered.push(...results);
    if (!done && elapsed(toldAt, now()) < GATHER_MILLISECONDS) return;
    const told = gathered;
    gathered = [];
    if (told.length > 0) toldAt = now();
    answer(told, done);
  };
}

export const addResults = (outcomes: readonly Outcome[]): AddressResult[] =>
  outcomes.map(({ placement, errno }) => resultOf(placement, 'add', addFailure(errno)));

export const removeResults = (outcomes: readonly Outcome[]): AddressResult[] =>
  outcomes.map(({ placement, errno }) =>
    resultOf(placement, 'remove', isGone(errno) ? null : errorName(errno)),
  );

export function warnOfFailure(
  log: { warn(message: string): void },
  verb: 'remove' | 'renew',
  { address, interface: name }: Placement,
  errno: number,
): void {
  // A later change of the same address took its place.
  if (errno === constants.errno.ECANCELED) return;
  log.warn(`cannot ${verb} ${address} on ${name}: ${errorName(errno)}`);
}
