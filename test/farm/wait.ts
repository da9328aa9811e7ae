// Waiting for a condition, with a bound.

import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;

/** A condition did not become true within its bound. */
export class WaitError extends Error {
  override readonly name = 'WaitError';
  readonly code = 'WAITED_IN_VAIN';
}

/**
 * Asks every 20 ms until `why` says null: nothing is missing any more. Throws a WaitError with what was still
 * missing after `boundMs`.
 */
export async function waitUntil(
  what: string,
  why: () => string | null | Promise<string | null>,
  boundMs: number,
): Promise<void> {
  const end = performance.now() + boundMs;
  for (;;) {
    const missing = await why();
    if (missing === null) return;
    if (performance.now() > end) throw new WaitError(`${what}: not within ${String(boundMs)} ms: ${missing}`);
    await delay(POLL_MS);
  }
}

/** The promise's value, or a WaitError after `boundMs`. */
export async function within<T>(what: string, promise: Promise<T>, boundMs: number): Promise<T> {
  const abort = new AbortController();
  const late = delay(boundMs, undefined, { signal: abort.signal }).then(() => {
    throw new WaitError(`${what}: not within ${String(boundMs)} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    abort.abort();
    late.catch(() => undefined);
  }
}

/** Milliseconds of CLOCK_MONOTONIC: the clock of the instruments in test/farm/probe. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
