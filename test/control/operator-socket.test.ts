// The operator socket, over a real one: a JSON object a line, both ways.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, Socket, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { afterEach, test } from 'node:test';
import {
  serveOperators,
  serveReader,
  type Conversation,
  type RequestHandler,
} from '../../src/control/operator-socket.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import {
  MAX_REQUEST_BYTES,
  type HistoryEntry,
  type OperatorRequest,
} from '../../src/ipc/operator-messages.js';
import { A } from '../core/builders.js';

interface Client {
  readonly socket: Socket;
  send(line: unknown): void;
  /** The next line, or null when the server has hung up. */
  next(): Promise<unknown>;
}

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function serve(handler: RequestHandler): { path: string; server: Server } {
  const directory = mkdtempSync(join(tmpdir(), 'raisd-operator-'));
  const path = join(directory, 'raisd.sock');
  const server = serveOperators(processAddon.openUnixListener(path, 0o660), handler);
  cleanups.push(async () => {
    server.close();
    await once(server, 'close');
    rmSync(directory, { recursive: true });
  });
  return { path, server };
}

async function client(path: string): Promise<Client> {
  const socket = connect(path);
  cleanups.push(() => {
    socket.destroy();
  });
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  const lines = reader(socket);
  return {
    socket,
    send: (line) => socket.write(typeof line === 'string' ? line : `${JSON.stringify(line)}\n`),
    next: lines,
  };
}

function reader(socket: Socket): () => Promise<unknown> {
  const lines: Interface = createInterface({ input: socket });
  const arrived: unknown[] = [];
  let wake: (() => void) | null = null;
  let closed = false;
  lines.on('line', (line) => {
    arrived.push(JSON.parse(line));
    wake?.();
  });
  lines.on('close', () => {
    closed = true;
    wake?.();
  });
  return async () => {
    while (arrived.length === 0 && !closed)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return arrived.shift() ?? null;
  };
}

const echo: RequestHandler = (request, conversation) => {
  conversation.result({ done: [JSON.stringify(request)] });
};

test('R58: a request is answered under its own number', async () => {
  const { path } = serve(echo);
  const { send, next } = await client(path);
  send({ id: 7, command: 'status' });
  assert.deepEqual(await next(), { id: 7, result: { done: ['{"command":"status"}'] } });
});

test('R58: every command of the interface is understood', async () => {
  const requests: OperatorRequest[] = [
    { command: 'status', group: 'web' },
    { command: 'explain', address: '10.77.0.101' },
    { command: 'history', group: 'web', address: '10.77.0.101', since: 5, follow: false },
    { command: 'quiesce' },
    { command: 'resume', group: 'web' },
    { command: 'move', group: 'web', address: '10.77.0.101', host: '10.77.1.11' },
    { command: 'fail-back', group: 'web' },
    { command: 'fail-back', group: 'web', address: '10.77.0.101' },
    { command: 'forget', group: 'web', address: '10.77.0.101' },
    { command: 'plan', without: ['10.77.1.11'] },
    { command: 'reload' },
  ];
  const { path } = serve(echo);
  const { send, next } = await client(path);
  for (const [id, request] of requests.entries()) {
    send({ id, ...request });
    assert.deepEqual(await next(), { id, result: { done: [JSON.stringify(request)] } });
  }
});

test('R58: several requests may come in one piece, and one in several', async () => {
  const { path } = serve(echo);
  const { send, next } = await client(path);
  const text = `${JSON.stringify({ id: 1, command: 'quiesce' })}\n${JSON.stringify({ id: 2, command: 'resume' })}\n`;
  send(text.slice(0, 50));
  assert.deepEqual(await next(), { id: 1, result: { done: ['{"command":"quiesce"}'] } });
  send(text.slice(50));
  assert.deepEqual(await next(), { id: 2, result: { done: ['{"command":"resume"}'] } });
});

test('R58: a refusal is one line that names the cause', async () => {
  const { path } = serve((_request, conversation) => {
    conversation.refuse('web: no such group on this host');
  });
  const { send, next } = await client(path);
  send({ id: 3, command: 'status', group: 'web' });
  assert.deepEqual(await next(), { id: 3, error: 'web: no such group on this host' });
});

test('R58: a bad line is answered with what is wrong with it, and the connection goes on', async () => {
  const { path } = serve(echo);
  const { send, next } = await client(path);
  const bad: [unknown, RegExp][] = [
    ['not json\n', /^bad request: not JSON$/],
    ['null\n', /^bad request: /],
    [{ id: 1, command: 'reboot' }, /^bad request: command: /],
    [{ id: 1, command: 'explain' }, /^bad request: address: /],
    [{ id: 1, command: 'status', grup: 'web' }, /grup/],
    [{ id: 'one', command: 'status' }, /^bad request: id: /],
    [{ id: 1, command: 'plan', without: 'all' }, /^bad request: without: /],
  ];
  for (const [line, pattern] of bad) {
    send(line);
    const answer = (await next()) as { error: string };
    assert.match(answer.error, pattern);
  }
  send({ id: 9, command: 'status' });
  assert.equal(((await next()) as { id: number }).id, 9);
});

test('R58: a bad request that has a number is answered under it', async () => {
  const { path } = serve(echo);
  const { send, next } = await client(path);
  send({ id: 12, command: 'reboot' });
  assert.equal(((await next()) as { id: number }).id, 12);
});

test('R51: a line that never ends ends the connection', async () => {
  const { path } = serve(echo);
  const { send, next } = await client(path);
  send('x'.repeat(MAX_REQUEST_BYTES + 1));
  assert.match(((await next()) as { error: string }).error, /at most 65536 bytes/);
  assert.equal(await next(), null);
});

test('R51: one connection more than 64 is closed at once, and one less lets the next in', async () => {
  const { path } = serve(echo);
  const clients = [];
  for (let count = 0; count < 64; count++) clients.push(await client(path));
  clients[63]!.send({ id: 1, command: 'status' });
  assert.ok((await clients[63]!.next()) !== null);
  const refused = await client(path);
  assert.equal(await refused.next(), null);
  clients[0]!.socket.destroy();
  for (let tries = 0; tries < 50; tries++) {
    const again = await client(path);
    again.send({ id: 2, command: 'status' });
    if ((await again.next()) !== null) return;
  }
  assert.fail('no connection was accepted again');
});

const event = (message: string): HistoryEntry => ({
  at: '2026-11-24T08:00:00.000Z',
  host: A,
  group: 'web',
  event: 'leader',
  address: null,
  message,
});

test('R58: further events follow the answer until the client hangs up, and that is noticed', async () => {
  let conversation: Conversation | null = null;
  let hungUp: (() => void) | null = null;
  const gone = new Promise<void>((resolve) => (hungUp = resolve));
  const { path } = serve((_request, begun) => {
    conversation = begun;
    begun.onClosed(() => hungUp?.());
    begun.result({ entries: [] });
  });
  const { socket, send, next } = await client(path);
  send({ id: 4, command: 'history', follow: true });
  assert.deepEqual(await next(), { id: 4, result: { entries: [] } });
  conversation!.event(event('first'));
  conversation!.event(event('second'));
  assert.deepEqual(await next(), { id: 4, event: event('first') });
  assert.deepEqual(await next(), { id: 4, event: event('second') });
  socket.destroy();
  await gone;
  conversation!.event(event('nobody hears this'));
});

test('R16: a client that reads nothing is disconnected before it costs memory', async () => {
  let conversation: Conversation | null = null;
  let hungUp: (() => void) | null = null;
  const gone = new Promise<void>((resolve) => (hungUp = resolve));
  const { path } = serve((_request, begun) => {
    conversation = begun;
    begun.onClosed(() => hungUp?.());
    begun.result({ entries: [] });
  });
  const { socket, send, next } = await client(path);
  send({ id: 4, command: 'history', follow: true });
  await next();
  socket.pause();
  const long = event('x'.repeat(100_000));
  for (let count = 0; count < 200; count++) conversation!.event(long);
  await gone;
});

test('R58: a large answer reaches a client that reads', async () => {
  const entries = Array.from({ length: 10_000 }, () => event('x'.repeat(1500)));
  const { path } = serve((_request, conversation) => {
    conversation.result({ entries });
  });
  const { send, next } = await client(path);
  send({ id: 5, command: 'history' });
  const answer = (await next()) as { result: { entries: unknown[] } } | null;
  assert.equal(answer?.result.entries.length, 10_000);
});

test('R58: who may only ask is answered, and refused everything else', async () => {
  const done: string[] = [];
  const [ours, theirs] = processAddon.streamPair();
  serveReader(ours, ({ command }, conversation) => {
    done.push(command);
    conversation.result({ done: [command] });
  });
  const socket = new Socket({ fd: theirs, readable: true, writable: true });
  cleanups.push(() => {
    socket.destroy();
  });
  const next = reader(socket);
  const requests = [
    { command: 'quiesce' },
    { command: 'resume' },
    { command: 'move', group: 'web', address: '10.77.0.101', host: '10.77.1.11' },
    { command: 'fail-back', group: 'web' },
    { command: 'forget', group: 'web', address: '10.77.0.101' },
    { command: 'reload' },
  ];
  for (const [id, request] of requests.entries()) {
    socket.write(`${JSON.stringify({ ...request, id })}\n`);
    assert.deepEqual(await next(), { id, error: `${request.command}: only questions are answered here` });
  }
  assert.deepEqual(done, []);
  socket.write(`${JSON.stringify({ id: 9, command: 'status' })}\n`);
  assert.deepEqual(await next(), { id: 9, result: { done: ['status'] } });
});
