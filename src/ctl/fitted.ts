// What of a text has room on a terminal: its top, where the problems are. log-update would cut that off.

import { rowsOf } from './wrapping.js';

/** The last row stays free for the cursor. */
export function fitted(text: string, columns: number, rows: number): string {
  const lines = text.trimEnd().split('\n');
  const room = Math.max(2, rows - 1);
  if (rowsTogether(lines, columns) <= room) return lines.join('\n');
  const kept = lines.slice(0, linesIn(lines, columns, room));
  for (;;) {
    const notice = cutNotice(lines.length - kept.length);
    // The heading stays, however low the terminal is.
    if (kept.length <= 1 || rowsTogether([...kept, notice], columns) <= room)
      return [...kept, notice].join('\n');
    kept.pop();
  }
}

const cutNotice = (lines: number): string =>
  `... ${String(lines)} more lines: make the window larger, or raisctl status`;

const rowsTogether = (lines: readonly string[], columns: number): number =>
  lines.reduce((sum, line) => sum + rowsOf(line, columns), 0);

/** As many lines from the top on as have room. */
function linesIn(lines: readonly string[], columns: number, room: number): number {
  let taken = 0;
  const first = lines.findIndex((line) => (taken += rowsOf(line, columns)) > room);
  return first === -1 ? lines.length : first;
}
