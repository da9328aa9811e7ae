// What control says of the daemon, over a connection on which it answers nothing but questions. It is asked as seldom as it takes,
// however many ask here: one question at a time, and its answer serves everybody for a while.

import { Socket } from 'node:net';
import type { ReplyLine, RequestLine, Status } from '../ipc/operator-messages.js';

/** So long an answer serves others as well; milliseconds. */
const FRESH_FOR = 500;
/** Control hangs, or is being started anew, if it has not answered by then; milliseconds. */
const PATIENCE = 2000;
/** 255 hosts and 1,000 addresses a group take about 0.5 MB a group. */
const MAX_REPLY_CHARACTERS = 64 << 20;

/** There is no answer; the message says why. */
export class NoStatus extends Error {
  override readonly name = 'NoStatus';
  readonly code = 'NO_STATUS';
}

interface Question {
  readonly id: number;
  readonly resolve: (status: Status) => void;
  readonly reject: (error: NoStatus) => void;
}

export class StatusSource {
  #socket: Socket | null = null;
  #question: Question | null = null;
  #asked: Promise<Status> | null = null;
  #lastId = 0;

  /** Takes the connection to a control process; an earlier one is given up. */
  connect(descriptor: number): void {
    this.#socket?.destroy();
    const socket = new Socket({ fd: descriptor, readable: true, writable: true });
    this.#socket = socket;
    socket.setEncoding('utf8');
    // Its end follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#refuse('the control process ended; it is being replaced');
    });
    let unread: string[] = [];
    let length = 0;
    socket.on('data', (data: string) => {
      const pieces = data.split('\n');
      for (const [index, piece] of pieces.entries()) {
        unread.push(piece);
        length += piece.length;
        if (index === pieces.length - 1) break;
        this.#onLine(unread.join(''));
        [unread, length] = [[], 0];
      }
      if (length > MAX_REPLY_CHARACTERS) socket.destroy();
    });
  }

  /** The newest status, at most half a second old. Rejects with NoStatus. */
  status(): Promise<Status> {
    this.#asked ??= this.#ask();
    return this.#asked;
  }

  async #ask(): Promise<Status> {
    try {
      return await this.#answer();
    } finally {
      // A refusal serves those who ask at the same time.
      setTimeout(() => {
        this.#asked = null;
      }, FRESH_FOR).unref();
    }
  }

  #answer(): Promise<Status> {
    const socket = this.#socket;
    if (socket === null) return Promise.reject(new NoStatus('there is no control process at the moment'));
    const id = ++this.#lastId;
    return new Promise<Status>((resolve, reject) => {
      this.#question = { id, resolve, reject };
      const bound = setTimeout(() => {
        if (this.#question?.id === id)
          this.#refuse(`the control process has not answered within ${String(PATIENCE / 1000)} s`);
      }, PATIENCE);
      bound.unref();
      const request: RequestLine = { id, command: 'status' };
      socket.write(`${JSON.stringify(request)}\n`);
    });
  }

  #refuse(reason: string): void {
    const question = this.#question;
    this.#question = null;
    question?.reject(new NoStatus(reason));
  }

  #onLine(line: string): void {
    const reply = JSON.parse(line) as ReplyLine;
    // One that comes after its time is nobody's.
    if (this.#question?.id !== reply.id) return;
    if ('error' in reply) {
      this.#refuse(reply.error);
      return;
    }
    const { resolve } = this.#question;
    this.#question = null;
    if ('result' in reply) resolve(reply.result as Status);
  }
}
