// What is made of the kernel's answers to address changes.

import { constants } from 'node:os';
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
