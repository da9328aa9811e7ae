// Speaks to a daemon's operator socket as raisctl does. The socket is a file: it is reached from outside the host's
// namespace, and without the 100 ms that starting raisctl takes.

import { connect } from 'node:net';

import type { OperatorRequest, ReplyLine, Status } from '../../src/ipc/operator-messages.js';

const REPLY_BOUND_MS = 20_000;

/** One request, one reply. Throws where there is no daemon, it hangs up, or it refuses. */
export function ask(socketPath: string, request: OperatorRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let text = '';
    const end = (act: () => void): void => {
      socket.destroy();
      act();
    };
    socket.setTimeout(REPLY_BOUND_MS, () => {
      end(() => {
        reject(new Error(`${socketPath}: no reply to ${request.command}`));
      });
    });
    socket.on('error', (error) => {
      end(() => {
        reject(error);
      });
    });
    socket.on('close', () => {
      reject(new Error(`${socketPath}: hung up on ${request.command}`));
    });
    socket.on('data', (data: Buffer) => {
      text += data.toString();
      const newline = text.indexOf('\n');
      if (newline < 0) return;
      const reply = JSON.parse(text.slice(0, newline)) as ReplyLine;
      end(() => {
        if ('error' in reply) reject(new Error(reply.error));
        else resolve('result' in reply ? reply.result : reply.event);
      });
    });
    socket.write(`${JSON.stringify({ id: 1, ...request })}\n`);
  });
}

/** What `raisctl status --json` prints, or null: there is no daemon that answers. */
export async function askStatus(socketPath: string): Promise<Status | null> {
  try {
    return (await ask(socketPath, { command: 'status' })) as Status;
  } catch {
    return null;
  }
}
