// A table without lines: columns two spaces apart, indented by two. The last column holds free text and is the one that is
// wrapped where the terminal is narrow. Where it is too narrow for that as well, the text stands below its row, and then the
// widest of the other columns.

import Table from 'cli-table3';
import { visibleLength, wrapWords } from './wrapping.js';

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

const GAP = 2;
/** A last column narrower than this cannot be read. */
const NARROWEST_LAST_COLUMN = 20;
/** Of what stands below its row. */
const INDENT = 4;

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
  const natural = naturalWidths(columns, rows);
  if (width === null) return drawn(columns, rows, natural);
  const room = width - widthTogether(natural.slice(0, -1));
  const last = natural.at(-1) ?? 0;
  if (room >= Math.min(last, NARROWEST_LAST_COLUMN))
    return drawn(columns, rows, [...natural.slice(0, -1), Math.min(last, room)]);
  return withTextBelow(columns, rows, natural, width);
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ head }, index) =>
    rows.reduce((widest, row) => Math.max(widest, visibleLength(row[index] ?? '')), head.length),
  );
}

/** Of these columns, with the gap behind the last one. */
const widthTogether = (widths: readonly number[]): number =>
  widths.reduce((sum, each) => sum + each + GAP, GAP);

function drawn(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
): string[] {
  const table = new Table({
    head: columns.map((column) => column.head),
    colAligns: columns.map((column) => column.align ?? 'left'),
    colWidths: [...widths],
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

function withTextBelow(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  width: number,
): string[] {
  const kept = keptColumns(widths, width);
  const ofKept = <T>(list: readonly T[]): T[] => list.filter((_, index) => kept.has(index));
  const [head = '', ...lines] = drawn(ofKept(columns), rows.map(ofKept), ofKept(widths));
  return [
    head,
    ...rows.flatMap((row, index) => [lines[index] ?? '', ...belowLines(columns, row, kept, width)]),
  ];
}

/** All but the last one and, while the others have no room, the widest of them; the first one names the row. */
function keptColumns(widths: readonly number[], width: number): ReadonlySet<number> {
  const kept = widths.slice(0, -1).map((each, index) => ({ each, index }));
  while (kept.length > 1 && widthTogether(kept.map(({ each }) => each)) - GAP > width) {
    const widest = Math.max(...kept.slice(1).map(({ each }) => each));
    kept.splice(
      kept.findLastIndex(({ each, index }) => index > 0 && each === widest),
      1,
    );
  }
  return new Set(kept.map(({ index }) => index));
}

/** The cells of the columns that were not kept, if they say anything. Each with its column's name, but the last: it is a sentence. */
function belowLines(
  columns: readonly Column[],
  row: readonly string[],
  kept: ReadonlySet<number>,
  width: number,
): string[] {
  const cells = row.flatMap((cell, index) => {
    if (kept.has(index) || cell === '' || cell === '-') return [];
    return [index === row.length - 1 ? cell : `${(columns[index]?.head ?? '').toLowerCase()}: ${cell}`];
  });
  if (cells.length === 0) return [];
  const indent = ' '.repeat(INDENT);
  return wrapWords(cells.join('; '), width - INDENT).map((line) => indent + line);
}
