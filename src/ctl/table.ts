// A table without lines: columns two spaces apart, indented by two. The last column holds free text and is
// the one that is wrapped where the terminal is too narrow.

import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

const GAP = 2;
/** Below this the last column is not squeezed further: the terminal wraps by itself. */
const NARROWEST_LAST_COLUMN = 20;

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: ' '.repeat(GAP),
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
};

/** The table as lines; none if there are no rows. `width`: characters a line, null for as wide as it gets. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | null,
): string[] {
  if (rows.length === 0) return [];
  const table = new Table({
    head: columns.map((column) => column.head),
    colAligns: columns.map((column) => column.align ?? 'left'),
    colWidths: widthsOf(columns, rows, width),
    wordWrap: true,
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

function widthsOf(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | null,
): number[] {
  const widths = columns.map((column, index) =>
    rows.reduce((widest, row) => Math.max(widest, visibleLength(row[index] ?? '')), column.head.length),
  );
  const last = widths.pop() ?? 0;
  const before = widths.reduce((sum, each) => sum + each + GAP, GAP);
  const room = width === null ? last : Math.max(NARROWEST_LAST_COLUMN, width - before);
  return [...widths, Math.min(last, room)];
}

const visibleLength = (text: string): number => stripVTControlCharacters(text).length;
