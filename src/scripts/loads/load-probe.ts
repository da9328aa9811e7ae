// What a load object measures: how much is in use, of how much.

/** Unsigned 32-bit each; capacity is 1 or more. */
export interface Measurement {
  readonly load: number;
  readonly capacity: number;
}

export interface LoadProbe {
  /** Null: nothing to compare with yet, as with the first reading of a counter. Rejects with the cause in a few words. */
  measure(abort: AbortSignal): Promise<Measurement | null>;
}

export const MAX_LOAD = 2 ** 32 - 1;

/** What is more than fits counts as the most that does. */
export const saturated = (value: number): number =>
  Math.min(MAX_LOAD, Math.max(0, Math.round(Number.isFinite(value) ? value : MAX_LOAD)));
