// Figures of many runs. Quantiles are values that were measured, never between two of them: with few runs the 95th percentile
// is the largest.

import type { PeerName } from './peer.js';
import type { Sample } from './results.js';

/** The smallest value that at least this share of the values does not exceed (nearest rank). NaN for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** What runs of one scenario with one peer come to. Times in milliseconds. */
export interface Figures {
  readonly scenario: string;
  readonly peer: PeerName;
  readonly n: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  /** Of the runs in whose longest silence the machine itself was quick (probe/phases.h); null: it was in none, or nobody watched. */
  readonly quick: { readonly n: number; readonly median: number; readonly max: number } | null;
  /** Runs in which what must follow did not; their silences count none the less. */
  readonly failures: number;
  /** Requests lost, the median of the runs. */
  readonly lost: number;
  /** Of all runs together. */
  readonly doubled: number;
  /** The most hosts that answered for one address when it was over. */
  readonly holders: number;
  /** Our median ÷ this peer's, where there are both and neither is 0. */
  readonly ratio: number | null;
}

export function figuresOf(samples: readonly Sample[], scenario: string, peer: PeerName): Figures | null {
  const of = (name: PeerName): Sample[] =>
    samples.filter((sample) => sample.scenario === scenario && sample.peer === name);
  const runs = of(peer);
  if (runs.length === 0) return null;
  const silences = runs.map(({ silenceMs }) => silenceMs);
  const ours = quantile(
    of('raisd').map(({ silenceMs }) => silenceMs),
    0.5,
  );
  const median = quantile(silences, 0.5);
  return {
    scenario,
    peer,
    n: runs.length,
    median,
    p95: quantile(silences, 0.95),
    max: Math.max(...silences),
    quick: quickOf(runs),
    failures: runs.filter(({ failure }) => failure !== null).length,
    lost: quantile(
      runs.map(({ lost }) => lost),
      0.5,
    ),
    doubled: runs.reduce((total, { doubled }) => total + doubled, 0),
    holders: Math.max(...runs.map(({ holders }) => holders)),
    ratio: peer === 'raisd' || !(ours > 0) || !(median > 0) ? null : ours / median,
  };
}

function quickOf(runs: readonly Sample[]): Figures['quick'] {
  const silences = runs.filter(({ slowMs }) => slowMs === 0).map(({ silenceMs }) => silenceMs);
  if (silences.length === 0) return null;
  return { n: silences.length, median: quantile(silences, 0.5), max: Math.max(...silences) };
}

/** In the order in which scenarios and peers first appear. */
export function allFigures(samples: readonly Sample[]): Figures[] {
  const scenarios = [...new Set(samples.map(({ scenario }) => scenario))];
  const peers = [...new Set(samples.map(({ peer }) => peer))];
  return scenarios.flatMap((scenario) =>
    peers.flatMap((peer) => {
      const figures = figuresOf(samples, scenario, peer);
      return figures === null ? [] : [figures];
    }),
  );
}
