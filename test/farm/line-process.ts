// A program of the farm that goes on running and speaks JSON, one object a line: the instruments, the stranger.

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

import { startInNamespace } from './child.js';
import type { Namespace } from './namespace.js';
import { within } from './wait.js';

/** What every line has; the rest is the program's own. */
export interface Line {
  readonly kind: string;
}

const START_BOUND_MS = 60_000;
const STOP_BOUND_MS = 60_000;
const ANSWER_BOUND_MS = 60_000;
const MAX_STDERR_BYTES = 4096;

export class LineProcess {
  private readonly child: ChildProcess;
  private readonly waiting: {
    kind: string;
    resolve: (line: Line) => void;
    reject: (error: Error) => void;
  }[] = [];
  private readonly exit: Promise<void>;
  private readonly what: string;
  private stderr = '';

  /**
   * Starts a program in a namespace. `onLine` sees every line that no `expect` waits for.
   */
  constructor(namespace: Namespace, program: string, args: readonly string[], onLine: (line: Line) => void) {
    this.what = `${program.split('/').at(-1) ?? program} in ${namespace.name}`;
    this.child = startInNamespace(namespace, program, args, ['pipe', 'pipe', 'pipe']);
    // The write end may be closed by the program's end: that is told by `exit`.
    this.child.stdin?.on('error', () => undefined);
    this.child.stderr?.on('data', (data: Buffer) => {
      this.stderr = (this.stderr + data.toString()).slice(-MAX_STDERR_BYTES);
    });
    createInterface({ input: this.child.stdout! }).on('line', (text) => {
      this.onLine(JSON.parse(text) as Line, onLine);
    });
    this.exit = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        const error = new Error(`${this.what} ended: ${String(code ?? signal)}: ${this.stderr.trim()}`);
        for (const waiter of this.waiting.splice(0)) waiter.reject(error);
        resolve();
      });
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The next line of that kind. Throws when the program ends first, or when it does not come in time. */
  expect(kind: string, boundMs: number = ANSWER_BOUND_MS): Promise<Line> {
    const line = new Promise<Line>((resolve, reject) => {
      this.waiting.push({ kind, resolve, reject });
      if (!this.running) reject(new Error(`${this.what} has ended: ${this.stderr.trim()}`));
    });
    return within(`${this.what}: ${kind}`, line, boundMs);
  }

  /** The program's first line, which says that it works. */
  ready(): Promise<Line> {
    return this.expect('ready', START_BOUND_MS);
  }

  send(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Ends it, and waits for its end. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.child.kill('SIGKILL');
    await within(`${this.what}: its end`, this.exit, STOP_BOUND_MS);
  }

  private onLine(line: Line, otherwise: (line: Line) => void): void {
    const index = this.waiting.findIndex((waiter) => waiter.kind === line.kind);
    if (index < 0) otherwise(line);
    else this.waiting.splice(index, 1)[0]?.resolve(line);
  }
}
