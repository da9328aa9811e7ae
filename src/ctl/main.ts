// raisctl: argv → one request over the operator socket → text or JSON → exit code.

import type { Invocation } from './command-line.js';
import { parseCommandLine } from './command-line.js';
import { openConnection } from './connection.js';
import { outputTo, ReaderGone } from './output.js';
import { resultText, type Presentation } from './result-text.js';
import { screenOf } from './screen.js';
import { followHistory, watchPlainly, type Stream } from './streams.js';
import { EXIT_CODES, ToolError } from './tool-error.js';

/** Runs the command line `args` (without the program's name); the exit code. Failures are told on standard error. */
export async function runOperatorTool(args: readonly string[]): Promise<number> {
  try {
    const commandLine = parseCommandLine(args);
    if ('show' in commandLine) await outputTo(process.stdout).write(commandLine.show);
    else await perform(commandLine.invocation);
    return EXIT_CODES.done;
  } catch (error) {
    if (error instanceof ReaderGone) return EXIT_CODES.done;
    if (!(error instanceof ToolError)) throw error;
    process.stderr.write(`raisctl: ${error.message}\n`);
    return EXIT_CODES[error.kind];
  }
}

async function perform(invocation: Invocation): Promise<void> {
  const { request, every, drainWithin } = invocation;
  if (drainWithin !== null) await drainHost(invocation, drainWithin);
  else if (every !== null) await watch(invocation, every);
  else if (request.command === 'history' && request.follow === true)
    await followHistory(streamOf(invocation));
  else await askOnce(invocation);
}

async function askOnce(invocation: Invocation): Promise<void> {
  const { request, socket, answerWithin } = invocation;
  const connection = await openConnection(socket, answerWithin);
  try {
    const result = await connection.ask(request);
    await outputTo(process.stdout).write(resultText(request.command, result, presentationOf(invocation)));
  } finally {
    connection.close();
  }
}

async function drainHost(invocation: Invocation, within: number): Promise<void> {
  const { request } = invocation;
  const { drain } = await import('./drain.js');
  await drain(streamOf(invocation), 'group' in request ? request.group : undefined, within);
}

async function watch(invocation: Invocation, every: number): Promise<void> {
  const stream = streamOf(invocation);
  // The window may have been resized since the last time.
  const show = (result: unknown): string => resultText('status', result, presentationOf(invocation));
  if (stream.how.screen.rows === null || invocation.json) {
    await watchPlainly(stream, every, show);
    return;
  }
  // Loaded only here: it takes a third of the start of a command.
  const { watchLive } = await import('./live-view.js');
  await watchLive(stream, { terminal: process.stdout, every, show });
}

function streamOf(invocation: Invocation): Stream {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop.abort();
    });
  }
  const { request, socket, answerWithin } = invocation;
  const how = presentationOf(invocation);
  return { request, socket, answerWithin, how, output: outputTo(process.stdout), stop: stop.signal };
}

const presentationOf = ({ json, all, socket }: Invocation): Presentation => ({
  json,
  all,
  socket,
  screen: screenOf(process.stdout, process.env),
});
