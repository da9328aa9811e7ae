// From single runs to a verdict: so many passes in a row until a test counts as passing (`rise`), so many failures until it
// counts as failing (`fall`). The first run of all decides at once.

export interface Verdict {
  /** Null: it has not run yet. */
  readonly passed: boolean | null;
  /** Runs in a row that said otherwise. */
  readonly against: number;
}

export const NO_VERDICT: Verdict = { passed: null, against: 0 };

export function judge(
  { passed, against }: Verdict,
  runPassed: boolean,
  { rise, fall }: { readonly rise: number; readonly fall: number },
): Verdict {
  if (passed === null || passed === runPassed) return { passed: runPassed, against: 0 };
  const needed = runPassed ? rise : fall;
  return against + 1 >= needed ? { passed: runPassed, against: 0 } : { passed, against: against + 1 };
}
