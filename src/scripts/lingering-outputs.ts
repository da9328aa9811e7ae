// A program that has ended may have left a process behind that still holds its output: a service that the acquire
// script started, which is legitimate. It keeps its pipe, and what it prints is read on, because closing
// would end it by SIGPIPE. The number of such pipes is bounded; at the bound the oldest are closed.

import type { Readable } from 'node:stream';

/** Pipes, two a program. */
export const MAX_LINGERING = 256;

const lingering = new Set<Readable>();

/** Takes the still open outputs of a program that has ended. Returns how many older ones were closed for them. */
export function letLinger(outputs: readonly Readable[]): number {
  for (const output of outputs) {
    if (output.closed) continue;
    lingering.add(output);
    output.once('close', () => lingering.delete(output));
  }
  let closed = 0;
  for (const oldest of lingering) {
    if (lingering.size <= MAX_LINGERING) break;
    lingering.delete(oldest);
    oldest.destroy();
    closed += 1;
  }
  return closed;
}
