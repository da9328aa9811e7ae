// What a test object does once: it asks, and says whether the answer is good.

export interface Probe {
  /**
   * One run. Null: it passes. Otherwise why it fails, in a few words: `connect: ECONNREFUSED`. What rejects fails as well.
   * It should end soon after `abort`; nobody waits for it then, and it is not run again before it has ended.
   */
  run(abort: AbortSignal): Promise<string | null>;
  /** Called back at once with the reason when it becomes known between two runs that it fails. */
  onFailure?: (detail: string) => void;
  /** It is not run any more. */
  close(): void;
}

/** Of errors and answers, so much is shown. Characters. */
export const MAX_DETAIL = 200;

/** One line, not too long. */
export const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= MAX_DETAIL ? line : `${line.slice(0, MAX_DETAIL)}…`;
};
