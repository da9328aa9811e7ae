// The operator socket: one JSON object a line (src/ipc/operator-messages.ts). Who may write to it is decided by the
// file's mode; what they write is checked all the same, and a bad line is answered with what is wrong with it.

import { createServer, Socket, type Server } from 'node:net';
import { z } from 'zod';
import {
  MAX_REQUEST_BYTES,
  type OperatorRequest,
  type OperatorResult,
  type ReplyLine,
} from '../ipc/operator-messages.js';

/** Connections at the same time; one more is closed at once. */
const MOST_CONNECTIONS = 64;
/** A reader that leaves this much unread gets nothing more and is disconnected (`history --follow` into a stopped pipe). */
const MOST_UNREAD_BYTES = 8 << 20;

const group = z.string().optional();
const requestLine = z.discriminatedUnion('command', [
  z.strictObject({ id: z.number(), command: z.literal('status'), group }),
  z.strictObject({ id: z.number(), command: z.literal('explain'), address: z.string() }),
  z.strictObject({
    id: z.number(),
    command: z.literal('history'),
    group,
    address: z.string().optional(),
    since: z.number().optional(),
    follow: z.boolean().optional(),
  }),
  z.strictObject({ id: z.number(), command: z.literal('quiesce'), group }),
  z.strictObject({ id: z.number(), command: z.literal('resume'), group }),
  z.strictObject({
    id: z.number(),
    command: z.literal('move'),
    group: z.string(),
    address: z.string(),
    host: z.string(),
  }),
  z.strictObject({
    id: z.number(),
    command: z.literal('fail-back'),
    group: z.string(),
    address: z.string().optional(),
  }),
  z.strictObject({ id: z.number(), command: z.literal('forget'), group: z.string(), address: z.string() }),
  z.strictObject({ id: z.number(), command: z.literal('plan'), group, without: z.array(z.string()) }),
  z.strictObject({ id: z.number(), command: z.literal('reload') }),
  z.strictObject({ id: z.number(), command: z.literal('restart') }),
]);

const numbered = z.object({ id: z.number() });

/** One request in progress. `result` or `refuse` ends it; `event` may follow a result while the client listens. */
export interface Conversation {
  result(result: OperatorResult): void;
  refuse(error: string): void;
  event(entry: Extract<ReplyLine, { event: unknown }>['event']): void;
  /** Called once when the client has hung up. */
  onClosed(callback: () => void): void;
}

export type RequestHandler = (request: OperatorRequest, conversation: Conversation) => void;

/** Serves the listening socket that the supervisor opened. */
export function serveOperators(descriptor: number, handler: RequestHandler): Server {
  const server = createServer((socket) => {
    serveConnection(socket, handler);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.listen({ fd: descriptor });
  return server;
}

/** What may be asked where nothing may be done. */
const QUESTIONS: ReadonlySet<OperatorRequest['command']> = new Set(['status', 'explain', 'history', 'plan']);

/** Serves one connection that the supervisor made, for somebody who may ask and not order. */
export function serveReader(descriptor: number, handler: RequestHandler): void {
  serveConnection(new Socket({ fd: descriptor, readable: true, writable: true }), (request, conversation) => {
    if (QUESTIONS.has(request.command)) handler(request, conversation);
    else conversation.refuse(`${request.command}: only questions are answered here`);
  });
}

function serveConnection(socket: Socket, handler: RequestHandler): void {
  let unread = '';
  socket.setEncoding('utf8');
  socket.on('error', () => {
    socket.destroy(); // The client hung up in the middle: its affair.
  });
  socket.on('data', (data: string) => {
    const lines = (unread + data).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) serveLine(socket, line, handler);
    if (unread.length > MAX_REQUEST_BYTES) {
      reply(socket, { id: 0, error: `a request is at most ${String(MAX_REQUEST_BYTES)} bytes long` });
      socket.destroySoon();
    }
  });
}

function reply(socket: Socket, line: ReplyLine): void {
  if (socket.destroyed) return;
  if (socket.writableLength > MOST_UNREAD_BYTES) socket.destroy();
  else socket.write(`${JSON.stringify(line)}\n`);
}

function serveLine(socket: Socket, line: string, handler: RequestHandler): void {
  const parsed = parseLine(line);
  if (!parsed.success) {
    reply(socket, { id: parsed.id, error: `bad request: ${parsed.error}` });
    return;
  }
  const { id, ...request } = parsed.request;
  handler(request as OperatorRequest, {
    result: (result) => {
      reply(socket, { id, result });
    },
    refuse: (error) => {
      reply(socket, { id, error });
    },
    event: (event) => {
      reply(socket, { id, event });
    },
    onClosed: (callback) => {
      socket.once('close', callback);
    },
  });
}

type Parsed =
  | { readonly success: true; readonly request: z.infer<typeof requestLine> }
  /** `id`: the number that the line has all the same; otherwise 0. */
  | { readonly success: false; readonly id: number; readonly error: string };

function parseLine(line: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { success: false, id: 0, error: 'not JSON' };
  }
  const result = requestLine.safeParse(value);
  if (result.success) return { success: true, request: result.data };
  const [issue] = result.error.issues;
  const { data: { id } = { id: 0 } } = numbered.safeParse(value);
  return { success: false, id, error: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'}` };
}
