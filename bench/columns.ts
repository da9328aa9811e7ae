// What is said of one scenario with one peer: the columns of the table in a terminal and of that in the report.

import type { Figures } from './statistics.js';

export interface Column {
  readonly head: string;
  readonly cell: (figures: Figures) => string;
  /** Whether a reader should look there; absent: never. */
  readonly isBad?: (figures: Figures) => boolean;
}

export const ms = (value: number): string => value.toFixed(1);

export const COLUMNS: readonly Column[] = [
  { head: 'peer', cell: ({ peer }) => peer },
  { head: 'median ms', cell: ({ median }) => ms(median) },
  { head: 'p95', cell: ({ p95 }) => ms(p95) },
  { head: 'max', cell: ({ max }) => ms(max) },
  { head: 'n', cell: ({ n }) => String(n) },
  { head: 'quick machine: median', cell: ({ quick }) => (quick === null ? '' : ms(quick.median)) },
  { head: 'max', cell: ({ quick }) => (quick === null ? '' : ms(quick.max)) },
  { head: 'n', cell: ({ quick }) => (quick === null ? '' : String(quick.n)) },
  { head: 'lost', cell: ({ lost }) => String(lost) },
  { head: 'doubled', cell: ({ doubled }) => String(doubled), isBad: ({ doubled }) => doubled > 0 },
  { head: 'holders after', cell: ({ holders }) => String(holders), isBad: ({ holders }) => holders !== 1 },
  {
    head: 'did not follow',
    cell: ({ failures }) => (failures === 0 ? '' : String(failures)),
    isBad: ({ failures }) => failures > 0,
  },
  { head: 'raisd ÷ peer', cell: ({ ratio }) => (ratio === null ? '' : ratio.toFixed(2)) },
];
