// What the web role answers: the status as a page, as JSON, and as metrics. It reads and never writes; everything that a client
// may take its time with, or ask too much of, has a bound.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Status } from '../ipc/operator-messages.js';
import { messageOf } from '../log/error-message.js';
import { CONTENT_TYPE, metricsText } from './metrics.js';
import { STYLE, statusPage, troublePage } from './page.js';
import { NoStatus } from './status-source.js';

/** Connections at the same time; one more is closed at once. */
const MOST_CONNECTIONS = 64;
/** For a request to arrive whole, and for a client to read its answer, in milliseconds. */
const REQUEST_MS = 5_000;
const IDLE_MS = 15_000;
const MAX_HEADER_BYTES = 8 << 10;

const HTML = 'text/html; charset=utf-8';

const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type View = (status: Status) => Answer | Promise<Answer>;

const good = (type: string, body: string): Answer => ({ status: 200, type, body });

const VIEWS: ReadonlyMap<string, View> = new Map<string, View>([
  ['/', (status) => good(HTML, statusPage(status))],
  ['/status', (status) => good('application/json', `${JSON.stringify(status)}\n`)],
  ['/metrics', async (status) => good(CONTENT_TYPE, await metricsOnce(status))],
]);

/** `ask` rejects with NoStatus where there is no status at the moment. Serves the listening socket that the supervisor opened. */
export function serveWeb(descriptor: number, ask: () => Promise<Status>): Server {
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => {
      void answer(request, ask).then((reply) => {
        send(request, response, reply);
      });
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = IDLE_MS;
  server.listen({ fd: descriptor });
  return server;
}

async function answer(request: IncomingMessage, ask: () => Promise<Status>): Promise<Answer> {
  const path = (request.url ?? '').split('?', 1).join('');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return plain(405, 'this is for reading alone: use raisctl\n');
  if (path === '/style.css') return good('text/css; charset=utf-8', STYLE);
  const view = VIEWS.get(path);
  if (view === undefined) return plain(404, 'there are /, /status and /metrics\n');
  try {
    return await view(await ask());
  } catch (error) {
    if (!(error instanceof NoStatus)) throw error;
    const body = path === '/' ? troublePage(messageOf(error)) : `${messageOf(error)}\n`;
    return { status: 503, type: path === '/' ? HTML : PLAIN, body };
  }
}

const PLAIN = 'text/plain; charset=utf-8';

const plain = (status: number, body: string): Answer => ({ status, type: PLAIN, body });

function send(request: IncomingMessage, response: ServerResponse, { status, type, body }: Answer): void {
  const allow: Readonly<Record<string, string>> =
    status === 405 ? { Allow: 'GET, HEAD', Connection: 'close' } : {};
  response.writeHead(status, {
    ...HEADERS,
    ...allow,
    'Content-Type': type,
    'Content-Length': String(Buffer.byteLength(body)),
  });
  response.end(request.method === 'HEAD' ? '' : body);
}

const texts = new WeakMap<Status, Promise<string>>();

/** As many as ask for it, each status is put into metrics once. */
function metricsOnce(status: Status): Promise<string> {
  const text = texts.get(status) ?? metricsText(status);
  texts.set(status, text);
  return text;
}
