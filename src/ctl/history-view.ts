// Events, one line each, newest last. Columns widen as they must and never narrow again, so that lines that
// arrive later stay aligned with those above them.

import type { HistoryEntry } from '../ipc/operator-messages.js';

export type EntryFormatter = (entry: HistoryEntry) => string;

/** Formats entries one after the other; `known`: entries whose columns are to have room from the first line on. */
export function entryFormatter(known: readonly HistoryEntry[] = []): EntryFormatter {
  const widths: number[] = [];
  const widen = (cells: readonly string[]): void => {
    for (const [index, cell] of cells.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  };
  for (const entry of known) widen(cellsOf(entry));
  return (entry) => {
    const cells = cellsOf(entry);
    widen(cells);
    return [...cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)), entry.message]
      .join('  ')
      .trimEnd();
  };
}

const cellsOf = (entry: HistoryEntry): string[] => [entry.at, entry.host, entry.group ?? '-', entry.event];

/** The text of `history`. */
export function historyText(entries: readonly HistoryEntry[], format: EntryFormatter): string {
  return entries.map((entry) => `${format(entry)}\n`).join('');
}
