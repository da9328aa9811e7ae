// The journal takes a syslog priority from a prefix `<n>` of each line, so that `journalctl -p err` works.

import type { DestinationStream } from 'pino';

/** pino's level numbers → priorities of syslog(3). */
const PRIORITIES: readonly (readonly [level: number, priority: number])[] = [
  [60, 2],
  [50, 3],
  [40, 4],
  [30, 6],
  [0, 7],
];

/** 2 critical … 7 debug. */
export function priorityOf(level: number): number {
  return PRIORITIES.find(([from]) => level >= from)?.[1] ?? 7;
}

/** A destination that puts the priority before each line. */
export function journalStream(destination: DestinationStream): DestinationStream {
  // With needsMetadata pino says the level of the line that it is about to write.
  const stream = {
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 30,
    write(line: string): void {
      destination.write(`<${String(priorityOf(stream.lastLevel))}>${line}`);
    },
  };
  return stream;
}
