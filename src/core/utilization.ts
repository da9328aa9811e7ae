// R37: how much of its capacity a host uses. The one place where load and capacity are divided.

/**
 * Load × scale ÷ capacity, rounded down to an integer: 0 and more; above `scale` where a host carries more than its capacity.
 * Load and capacity are unsigned 32-bit, the scale is 100 to 1000, so that no digit is lost on the way. Null where the
 * capacity is 0: such a host was not measured.
 */
export function utilization(load: number, capacity: number, scale: number): number | null {
  return capacity === 0 ? null : Math.floor((load * scale) / capacity);
}

/** A water mark, in percent, on the same scale: 0 to 100 become 0 to `scale`. Not rounded: integers are compared with it. */
export const markOnScale = (percent: number, scale: number): number => (percent * scale) / 100;
