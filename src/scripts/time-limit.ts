// Work with an end: what has not finished by then is told to stop, and is not waited for.

import { once } from 'node:events';

/** What became of a piece of work. */
export type Limited<T> = { readonly done: true; readonly value: T } | { readonly done: false };

/**
 * Gives `work` so many milliseconds. Past them its signal aborts and the answer is `done: false`, whatever the work does
 * then. `settled` resolves when the work itself has ended, which it may never do. Rejects as the work does.
 */
export function limited<T>(
  limit: number,
  work: (abort: AbortSignal) => Promise<T>,
): { readonly answer: Promise<Limited<T>>; readonly settled: Promise<void>; cancel(): void } {
  const abort = new AbortController();
  const running = work(abort.signal);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Limited<T>>((resolve) => {
    timer = setTimeout(() => {
      // This process may be the one that is late: what has arrived meanwhile is looked at first.
      setImmediate(() => {
        resolve({ done: false });
        abort.abort();
      });
    }, limit);
  });
  const cancelled = once(abort.signal, 'abort').then((): Limited<T> => ({ done: false }));
  const answer = Promise.race([
    running.then((value): Limited<T> => ({ done: true, value })),
    late,
    cancelled,
  ]).finally(() => {
    clearTimeout(timer);
  });
  return {
    answer,
    settled: running.then(
      () => undefined,
      () => undefined,
    ),
    cancel: () => {
      abort.abort();
    },
  };
}

/** `400 ms`, `5 s`. */
export const spanText = (span: number): string =>
  span % 1000 === 0 ? `${String(span / 1000)} s` : `${String(span)} ms`;
