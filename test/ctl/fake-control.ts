// A control process as raisctl sees it: a unix socket on which requests come in, one JSON object a line.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RequestLine } from '../../src/ipc/operator-messages.js';

/** The client of one request. */
export interface Client {
  readonly request: RequestLine;
  result(value: unknown): void;
  event(value: unknown): void;
  error(text: string): void;
  /** Anything at all. */
  raw(data: string | Buffer): void;
  hangUp(): void;
  /** Resolves when raisctl has hung up. */
  readonly gone: Promise<unknown>;
}

export interface FakeControl {
  readonly path: string;
  readonly requests: RequestLine[];
  /** The daemon ends, with its connections and its socket. */
  close(): Promise<void>;
}

const directories: string[] = [];
const servers: (() => Promise<void>)[] = [];

/** A path for a socket in a directory of its own. */
export function socketPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'raisd-ctl-'));
  directories.push(directory);
  return join(directory, 'raisd.sock');
}

export async function fakeControl(
  onRequest: (client: Client) => void,
  path = socketPath(),
): Promise<FakeControl> {
  const requests: RequestLine[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      const request = JSON.parse(line) as RequestLine;
      requests.push(request);
      onRequest(clientOf(request, socket));
    });
  });
  server.listen(path);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  servers.push(close);
  return { path, requests, close };
}

function clientOf(request: RequestLine, socket: Socket): Client {
  const { id } = request;
  const line = (reply: object): void => void socket.write(`${JSON.stringify(reply)}\n`);
  return {
    request,
    result: (result) => {
      line({ id, result });
    },
    event: (event) => {
      line({ id, event });
    },
    error: (error) => {
      line({ id, error });
    },
    raw: (data) => void socket.write(data),
    hangUp: () => void socket.end(),
    gone: new Promise((resolve) => socket.once('close', resolve)),
  };
}

/** A control process that answers every request with the same result. */
export const answering = (result: unknown): Promise<FakeControl> =>
  fakeControl((client) => {
    client.result(result);
  });

/** Ends the servers and removes the sockets that were made since the last time. */
export async function cleanUp(): Promise<void> {
  await Promise.all(servers.splice(0).map((close) => close()));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}
