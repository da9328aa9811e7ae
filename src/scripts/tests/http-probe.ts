// A test by HTTP or HTTPS: one GET, without following redirections. The answer is good if its status is the one expected, and if
// the text expected is in it.

import { readFile } from 'node:fs/promises';
import { request as requestPlain, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestSecure, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { TestProbe } from '../../config/configuration.js';
import { messageOf } from '../../log/error-message.js';
import { lookUpHost } from '../host-lookup.js';
import type { Probe } from './probe.js';

type HttpTest = Extract<TestProbe, { kind: 'http' }>;

/** The text that is expected must be within so much of the answer. */
const MAX_BODY_BYTES = 64 * 1024;

export const httpProbe = (test: HttpTest): Probe => ({
  async run(abort) {
    const url = new URL(test.url);
    const address = await lookUpHost(url.hostname, abort);
    const options = { ...requestOptions(test, url, address), ...(await trust(test)) };
    if (abort.aborted) return null;
    const send = url.protocol === 'https:' ? requestSecure : requestPlain;
    return exchange(send(options), test, abort);
  },
  close: () => undefined,
});

function requestOptions(test: HttpTest, url: URL, address: string): RequestOptions {
  const host = test.host ?? url.host;
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return {
    agent: false,
    host: address,
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    path: `${url.pathname}${url.search}`,
    headers: { Host: host, 'User-Agent': 'raisd', Accept: '*/*', Connection: 'close' },
    // An address is no server name (RFC 6066).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(url.username === '' ? {} : { auth: credentials(url) }),
  };
}

const credentials = ({ username, password }: URL): string =>
  `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;

async function trust({ ca, verify }: HttpTest): Promise<RequestOptions> {
  if (!verify) return { rejectUnauthorized: false };
  return ca === null ? {} : { ca: await readFile(ca).catch(rethrowAs(`cannot read ca ${ca}`)) };
}

const rethrowAs =
  (what: string) =>
  (error: NodeJS.ErrnoException): never => {
    throw new Error(`${what}: ${error.code ?? error.message}`, { cause: error });
  };

function exchange(request: ClientRequest, test: HttpTest, abort: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const end = (failure: string | null): void => {
      abort.removeEventListener('abort', give);
      resolve(failure);
      request.destroy();
    };
    const give = (): void => {
      end('given up');
    };
    abort.addEventListener('abort', give, { once: true });
    request.on('error', (error) => {
      end(failureText(error));
    });
    request.on('response', (response) => {
      const wrong = wrongStatus(test.status, response.statusCode ?? 0);
      if (wrong !== null || test.body === null) end(wrong);
      else readBody(response, test.body, end);
    });
    request.end();
  });
}

function wrongStatus(expected: number | null, status: number): string | null {
  const good = expected === null ? status >= 200 && status < 400 : status === expected;
  return good ? null : `status ${String(status)}`;
}

function readBody(response: IncomingMessage, wanted: string, end: (failure: string | null) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const bytes = Buffer.from(wanted);
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < MAX_BODY_BYTES) return;
    const found = Buffer.concat(chunks).includes(bytes);
    end(found ? null : `the first ${String(MAX_BODY_BYTES / 1024)} KiB do not contain ${quoted(wanted)}`);
  });
  response.on('error', (error) => {
    end(failureText(error));
  });
  response.on('end', () => {
    end(Buffer.concat(chunks).includes(bytes) ? null : `the answer does not contain ${quoted(wanted)}`);
  });
}

const quoted = (text: string): string => `"${text}"`;

/** `connect: ECONNREFUSED`, `TLS: DEPTH_ZERO_SELF_SIGNED_CERT`, `answer: HPE_INVALID_CONSTANT`. */
function failureText(error: Error): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined) return messageOf(error);
  if (syscall === 'connect' || syscall === 'read' || syscall === 'write') return `${syscall}: ${code}`;
  if (code.startsWith('HPE_')) return `the answer is not HTTP: ${code}`;
  if (code === 'ECONNRESET') return 'read: ECONNRESET';
  return `TLS: ${code}`;
}
