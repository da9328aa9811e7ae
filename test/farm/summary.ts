// What a client saw, over all runs of each scenario: the table at the end.

import type { Outcome } from './play.js';
import type { Scenario } from './scenario.js';

export interface Result {
  readonly scenario: Pick<Scenario, 'name' | 'requirements' | 'does' | 'expects'>;
  readonly outcomes: readonly Outcome[];
}

/** The value in the middle; of an even number the lower one of the two. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}

const HEADINGS = [
  'scenario',
  'silence ms: median',
  'max',
  'runs',
  'quick machine: median',
  'max',
  'runs',
  'online after ms',
  'lost',
  'doubled',
  'who answers',
  'what was told',
];
/** Columns of figures are aligned to the right. */
const FIGURES: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9]);

/** An aligned table, one line a scenario; failures follow it. */
export function renderResults(results: readonly Result[]): string {
  const rows = [HEADINGS, ...results.map(rowOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        FIGURES.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return [...lines, ...failuresOf(results)].join('\n');
}

function rowOf({ scenario, outcomes }: Result): string[] {
  const most = (values: readonly number[]): string => String(Math.max(...values));
  return [
    scenario.name,
    ...silenceOf(outcomes),
    ...silenceOf(outcomes.filter(({ slowMs }) => slowMs === 0)),
    onlineOf(outcomes),
    most(outcomes.map(({ lost }) => lost)),
    most(outcomes.map(({ doubled }) => doubled)),
    movesOf(outcomes),
    outcomes.some(({ failure }) => failure !== null) ? 'FAILED' : (outcomes.at(-1)?.told ?? []).join(', '),
  ];
}

/** Median, largest, and of how many runs. */
function silenceOf(outcomes: readonly Outcome[]): string[] {
  const silences = outcomes.map(({ silenceMs }) => silenceMs);
  if (silences.length === 0) return ['', '', '0'];
  return [median(silences).toFixed(1), Math.max(...silences).toFixed(1), String(silences.length)];
}

/** In the median of the runs in which an address came online somewhere. */
function onlineOf(outcomes: readonly Outcome[]): string {
  const times = outcomes.flatMap(({ onlineMs }) => onlineMs ?? []);
  return times.length === 0 ? '' : median(times).toFixed(0);
}

/** The moves of the last run, with what the runs did not agree on left to --json. */
function movesOf(outcomes: readonly Outcome[]): string {
  const moves = outcomes.at(-1)?.moves ?? [];
  return moves.length === 0
    ? 'nothing moves'
    : moves.map((move) => move.replace(/^10\.77\.0/, '')).join(', ');
}

function failuresOf(results: readonly Result[]): string[] {
  const failures = results.flatMap(({ scenario, outcomes }) =>
    outcomes.flatMap(({ failure }, run) =>
      failure === null ? [] : [`${scenario.name}, run ${String(run + 1)}: ${scenario.expects}: ${failure}`],
    ),
  );
  return failures.length === 0 ? [] : ['', 'did not do what it should:', ...failures];
}
