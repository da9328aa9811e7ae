// The commands that go on until they are interrupted: `history --follow` and `watch`.

import { setTimeout as pause } from 'node:timers/promises';
import type { OperatorRequest } from '../ipc/operator-messages.js';
import { openConnection, type OperatorConnection } from './connection.js';
import type { Output } from './output.js';
import { entryText, firstEntries, type Presentation } from './result-text.js';

export interface Stream {
  readonly request: OperatorRequest;
  readonly socket: string;
  /** Milliseconds that connecting and each answer may take. */
  readonly answerWithin: number;
  readonly how: Presentation;
  readonly output: Output;
  /** Aborted by SIGINT and SIGTERM: the stream then ends well. */
  readonly stop: AbortSignal;
}

/** `history --follow`. Ends when told to stop; throws a ToolError when the daemon hangs up. */
export async function followHistory(stream: Stream): Promise<void> {
  await connectedUntilStopped(stream, async (connection) => {
    const { text, format } = firstEntries(await connection.ask(stream.request), stream.how);
    if (text !== '') await stream.output.write(text);
    for (;;) await stream.output.write(entryText(await connection.nextEvent(), format, stream.how));
  });
}

/** `watch` where the output is no terminal: one result after the other, every `every` milliseconds. */
export async function watchPlainly(
  stream: Stream,
  every: number,
  show: (result: unknown) => string,
): Promise<void> {
  await connectedUntilStopped(stream, async (connection) => {
    for (;;) {
      await stream.output.write(show(await connection.ask(stream.request)));
      await pause(every, undefined, { signal: stream.stop });
    }
  });
}

/** Whatever fails after the stop was asked for fails because of it. */
async function connectedUntilStopped(
  stream: Stream,
  work: (connection: OperatorConnection) => Promise<void>,
): Promise<void> {
  let connection: OperatorConnection | undefined;
  const hangUp = (): void => connection?.close();
  stream.stop.addEventListener('abort', hangUp);
  try {
    connection = await openConnection(stream.socket, stream.answerWithin);
    await work(connection);
  } catch (error) {
    if (!stream.stop.aborted) throw error;
  } finally {
    stream.stop.removeEventListener('abort', hangUp);
    connection?.close();
  }
}
