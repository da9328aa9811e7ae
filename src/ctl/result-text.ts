// From a result, as it came over the socket, to what is written: with `--json` the very object on one line,
// otherwise its text. Results are checked only for their text: a script gets what the daemon said.

import type {
  Done,
  Explanation,
  History,
  HistoryEntry,
  OperatorRequest,
  Plan,
  Status,
} from '../ipc/operator-messages.js';
import { cleanText } from './clean-text.js';
import { misunderstood } from './connection.js';
import { explanationText } from './explanation-view.js';
import { entryFormatter, historyText, type EntryFormatter } from './history-view.js';
import { planText } from './plan-view.js';
import {
  doneShape,
  explanationShape,
  historyEntryShape,
  historyShape,
  planShape,
  statusShape,
  type Shape,
} from './reply-shape.js';
import type { Screen } from './screen.js';
import { statusText } from './status-view.js';

export interface Presentation {
  readonly json: boolean;
  /** `status`, `watch`: a row for each host and address. */
  readonly all: boolean;
  readonly screen: Screen;
  /** For the error if the result is not what it must be. */
  readonly socket: string;
}

/** What to write for the result of `command`. Throws a ToolError if it cannot be that. */
export function resultText(command: OperatorRequest['command'], result: unknown, how: Presentation): string {
  if (how.json) return jsonLine(result);
  switch (command) {
    case 'status':
      return statusText(checked<Status>(statusShape, result, how), how.all, how.screen);
    case 'explain':
      return explanationText(checked<Explanation>(explanationShape, result, how), how.screen);
    case 'history': {
      const { entries } = checked<History>(historyShape, result, how);
      return entries.length === 0 ? 'No events.\n' : historyText(entries, entryFormatter(entries));
    }
    case 'plan':
      return planText(checked<Plan>(planShape, result, how), how.screen);
    case 'quiesce':
    case 'resume':
    case 'move':
    case 'fail-back':
    case 'forget':
    case 'reload':
    case 'restart':
      return checked<Done>(doneShape, result, how)
        .done.map((line) => `${line}\n`)
        .join('');
  }
}

/** The entries that `history --follow` begins with, and a formatter that goes on after them. */
export function firstEntries(result: unknown, how: Presentation): { text: string; format: EntryFormatter } {
  const { entries } = checked<History>(historyShape, result, how);
  const format = entryFormatter(entries);
  if (!how.json) return { text: historyText(entries, format), format };
  const raw = (result as { readonly entries: readonly unknown[] }).entries;
  return { text: raw.map(jsonLine).join(''), format };
}

/** One more entry of `history --follow`. */
export function entryText(event: unknown, format: EntryFormatter, how: Presentation): string {
  return how.json ? jsonLine(event) : `${format(checked<HistoryEntry>(historyEntryShape, event, how))}\n`;
}

const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;

export function checked<T>(shape: Shape, result: unknown, how: Presentation): T {
  const fault = shape(result, 'result');
  if (fault !== null) throw misunderstood(how.socket, fault);
  return cleanText(result as T);
}
