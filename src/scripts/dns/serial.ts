// The serial number of a zone (RFC 1982): it ascends round a circle of 2^32 numbers.

const CIRCLE = 2 ** 32;
const HALF = 2 ** 31;

/** The next serial. 0 is left out: some servers take it for "none". */
export const nextSerial = (serial: number): number => (serial + 1) % CIRCLE || 1;

/** RFC 1982, 3.2: whether `a` is newer than `b`. */
export function isNewer(a: number, b: number): boolean {
  const ahead = (a - b + CIRCLE) % CIRCLE;
  return ahead > 0 && ahead < HALF;
}
