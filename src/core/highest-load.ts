// R38: of several load objects the one with the highest utilization counts.

/** Unsigned 32-bit each; capacity 1 or more. */
export interface MeasuredLoad {
  readonly load: number;
  readonly capacity: number;
}

/** The load of the highest utilization, the first among equals; null where nothing was measured. A capacity of 0 is none. */
export function highestLoad(loads: readonly MeasuredLoad[]): MeasuredLoad | null {
  let highest: MeasuredLoad | null = null;
  for (const each of loads) {
    if (each.capacity === 0) continue;
    if (highest === null || each.load / each.capacity > highest.load / highest.capacity) highest = each;
  }
  return highest;
}
