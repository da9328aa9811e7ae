// The operator socket as raisctl sees it: one request at a time, its replies as they come. Everything that can be
// wrong with the daemon at the other end becomes a ToolError here, with what to do about it.

import { connect, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { MAX_REQUEST_BYTES, type OperatorRequest, type RequestLine } from '../ipc/operator-messages.js';
import { formatDuration } from './duration.js';
import { ToolError } from './tool-error.js';

/** A reply longer than this is not raisd's: 255 hosts and 1,000 addresses a group take about 0.5 MB a group. */
export const MAX_REPLY_BYTES = 64 * 1024 * 1024;

export interface OperatorConnection {
  /**
   * Sends `request` and waits for its result, as the daemon sent it. Throws a ToolError: `refused` with the
   * daemon's words, `no-daemon` if it hangs up or does not answer in time.
   */
  ask(request: OperatorRequest): Promise<unknown>;
  /** The next event of a `history` with `follow`, without a time limit. */
  nextEvent(): Promise<unknown>;
  close(): void;
}

/** Connects to the daemon at `path`. `answerWithin`: milliseconds that connecting, and later each answer, may take. */
export async function openConnection(path: string, answerWithin: number): Promise<OperatorConnection> {
  const socket = await connected(path, answerWithin);
  const lines = linesOf(socket, path);
  let lastId = 0;
  return {
    async ask(request) {
      lastId += 1;
      socket.write(requestLine({ ...request, id: lastId }));
      const line = await withBound(socket, path, answerWithin, lines.next());
      return fieldOf(lineValue(line, path, 'before it had answered'), path, lastId, 'result');
    },
    async nextEvent() {
      return fieldOf(lineValue(await lines.next(), path, 'and sends no more'), path, lastId, 'event');
    },
    close() {
      socket.destroy();
    },
  };
}

function requestLine(request: RequestLine): string {
  const line = `${JSON.stringify(request)}\n`;
  if (Buffer.byteLength(line) <= MAX_REQUEST_BYTES) return line;
  throw new ToolError('usage', `the request is longer than ${String(MAX_REQUEST_BYTES)} bytes`);
}

async function connected(path: string, answerWithin: number): Promise<Socket> {
  const socket = connect({ path });
  const outcome = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      reject(connectError(path, error.code ?? error.message));
    });
  });
  await withBound(socket, path, answerWithin, outcome);
  // What fails from here on ends the lines, and is told there.
  socket.on('error', () => undefined);
  return socket;
}

function connectError(path: string, code: string): ToolError {
  switch (code) {
    case 'ENOENT':
      return new ToolError(
        'no-daemon',
        `no daemon: ${path} does not exist; start raisd, or say where its socket is with --socket`,
      );
    case 'ECONNREFUSED':
      return new ToolError('no-daemon', `no daemon: nobody listens at ${path} any more; start raisd`);
    case 'EAGAIN':
      return new ToolError(
        'no-daemon',
        `no daemon: ${path} takes no more connections; raisd hangs, look at its log`,
      );
    case 'EACCES':
    case 'EPERM':
      return new ToolError(
        'refused',
        `cannot connect to ${path}: ${code}; only root and members of the group raisd may`,
      );
    default:
      return new ToolError('no-daemon', `no daemon: cannot connect to ${path}: ${code}`);
  }
}

/** Ends the socket, and with it whatever waits for it, when `work` takes longer than `bound` milliseconds. */
async function withBound<T>(socket: Socket, path: string, bound: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `no answer from ${path} within ${formatDuration(bound)}; raisd hangs or is stopped, look at its log`;
      reject(new ToolError('no-daemon', message));
      socket.destroy();
    }, bound);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
    // Once destroyed, the loser of the race fails as well, and nobody else listens to it.
    work.catch(() => undefined);
  }
}

/** The lines that arrive, without their ends; returns when the daemon hangs up, dropping a line that it left unfinished. */
async function* linesOf(socket: Socket, path: string): AsyncGenerator<string, undefined> {
  const decoder = new StringDecoder('utf8');
  // Kept in parts: joining at each arrival would take quadratic time for a long line.
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of arrivals(socket)) {
    const pieces = decoder.write(chunk).split('\n');
    for (const [index, piece] of pieces.entries()) {
      parts.push(piece);
      length += piece.length;
      if (length > MAX_REPLY_BYTES) throw misunderstood(path, 'the line is too long');
      if (index === pieces.length - 1) continue;
      yield parts.join('');
      parts = [];
      length = 0;
    }
  }
  return undefined;
}

/** A connection that breaks is one that ended: raisd is gone either way. */
async function* arrivals(socket: Socket): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of socket) yield chunk as Buffer;
  } catch {
    return;
  }
}

/** The object that a line holds; `closed` says what it means if there is no line any more. */
function lineValue(
  line: IteratorResult<string, undefined>,
  path: string,
  closed: string,
): Record<string, unknown> {
  if (line.done === true) {
    const message = `raisd closed the connection at ${path} ${closed}; was it stopped or restarted? Look at its log`;
    throw new ToolError('no-daemon', message);
  }
  let value: unknown;
  try {
    value = JSON.parse(line.value);
  } catch {
    throw misunderstood(path, 'not JSON');
  }
  if (typeof value !== 'object' || value === null) throw misunderstood(path, 'not an object');
  return value as Record<string, unknown>;
}

function fieldOf(
  reply: Record<string, unknown>,
  path: string,
  id: number,
  field: 'result' | 'event',
): unknown {
  if (reply['id'] !== id)
    throw misunderstood(path, `it is for request ${JSON.stringify(reply['id'] ?? null)}`);
  if (typeof reply['error'] === 'string') throw new ToolError('refused', reply['error']);
  if (reply[field] === undefined) throw misunderstood(path, `it has no ${field}`);
  return reply[field];
}

/** What arrived is no answer of a raisd of this version. */
export function misunderstood(path: string, fault: string): ToolError {
  const message = `cannot understand what ${path} answers (${fault}); is it raisd, and of the same version as this raisctl?`;
  return new ToolError('refused', message);
}
