// A test by TCP: a connection can be made, and where a text is expected, it comes first.

import { connect } from 'node:net';
import type { TestProbe } from '../../config/configuration.js';
import { lookUpHost } from '../host-lookup.js';
import { shortened, type Probe } from './probe.js';

type TcpTest = Extract<TestProbe, { kind: 'tcp' }>;

export const tcpProbe = (test: TcpTest): Probe => ({
  async run(abort) {
    const host = await lookUpHost(test.host, abort);
    return abort.aborted ? null : exchange(host, test, abort);
  },
  close: () => undefined,
});

function exchange(host: string, { port, expect }: TcpTest, abort: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const end = (failure: string | null): void => {
      abort.removeEventListener('abort', give);
      socket.destroy();
      resolve(failure);
    };
    const give = (): void => {
      end('given up');
    };
    abort.addEventListener('abort', give, { once: true });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      end(`${error.syscall ?? 'connection'}: ${error.code ?? error.message}`);
    });
    socket.on('connect', () => {
      if (expect === null) end(null);
    });
    if (expect === null) return;
    const wanted = Buffer.from(expect);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = Math.min(received.length, wanted.length);
      if (!received.subarray(0, length).equals(wanted.subarray(0, length))) end(greeting(received, expect));
      else if (length === wanted.length) end(null);
    });
    socket.on('end', () => {
      end(received.length === 0 ? 'closed without a word' : greeting(received, expect));
    });
  });
}

const greeting = (received: Buffer, expect: string): string =>
  `begins with "${shortened(printable(received.subarray(0, expect.length)))}", not with "${expect}"`;

const printable = (bytes: Buffer): string =>
  bytes.toString('utf8').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
