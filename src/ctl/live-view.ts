// `watch` on a terminal: the status in place, refreshed. It stays when the daemon goes away, says how old what it
// shows is, and goes on when the daemon is back: an upgrade is watched through.

import { setTimeout as pause } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { openConnection, type OperatorConnection } from './connection.js';
import { formatDuration } from './duration.js';
import { fitted } from './fitted.js';
import type { Stream } from './streams.js';
import { ToolError } from './tool-error.js';

export interface LiveView {
  readonly terminal: NodeJS.WriteStream;
  /** Milliseconds from one look to the next. */
  readonly every: number;
  show(result: unknown): string;
}

/** Ends when told to stop. Throws a ToolError if there is no daemon at the start, or it refuses. */
export async function watchLive(stream: Stream, view: LiveView): Promise<void> {
  const screen = createLogUpdate(view.terminal);
  let connection: OperatorConnection | null = null;
  const hangUp = (): void => {
    connection?.close();
    connection = null;
  };
  stream.stop.addEventListener('abort', hangUp);
  try {
    let shown = { text: '', at: 0 };
    for (;;) {
      let trouble = '';
      try {
        connection ??= await openConnection(stream.socket, stream.answerWithin);
        shown = { text: view.show(await connection.ask(stream.request)), at: performance.now() };
      } catch (error) {
        trouble = troubleText(error, shown, stream);
        hangUp();
      }
      screen(fitted(trouble + shown.text, view.terminal.columns, view.terminal.rows));
      await pause(view.every, undefined, { signal: stream.stop });
    }
  } catch (error) {
    // Whatever fails after the stop was asked for fails because of it.
    if (!stream.stop.aborted) throw error;
  } finally {
    hangUp();
    screen.done();
  }
}

/** A daemon that went away may come back; anything else, and a daemon that never was there, is final. */
function troubleText(error: unknown, shown: { text: string; at: number }, stream: Stream): string {
  const final = !(error instanceof ToolError) || error.kind !== 'no-daemon' || shown.text === '';
  if (final || stream.stop.aborted) throw error;
  const age = formatDuration(performance.now() - shown.at);
  return `${stream.how.screen.paint.bad(`NO ANSWER, what follows is ${age} old:`)} ${error.message}\n\n`;
}
