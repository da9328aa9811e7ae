// Runs bin/raisctl as an operator does, with its output on pipes.

import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const RAISCTL = fileURLToPath(new URL('../../../bin/raisctl', import.meta.url));
const GOLDEN = new URL('../../../test/ctl/golden/', import.meta.url);

/** Milliseconds; a machine under load starts Node slowly. */
const BOUND_MS = 60_000;

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

export class Running {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<Outcome>;
  output = '';
  #errors = '';
  #watchers: (() => void)[] = [];

  constructor(program: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.process = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: environment });
    this.process.stdout.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
      for (const look of this.#watchers) look();
    });
    this.process.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    const timer = setTimeout(() => this.process.kill('SIGKILL'), BOUND_MS);
    this.ended = once(this.process, 'close').then(([code, signal]) => {
      clearTimeout(timer);
      return { code, signal, output: this.output, errors: this.#errors } as Outcome;
    });
  }

  /** Ctrl-C, typed on its terminal. */
  interrupt(): void {
    this.process.stdin.write('\u0003');
  }

  /** Waits until it has printed that, or has ended without. */
  async printed(pattern: RegExp): Promise<void> {
    const met = new Promise<void>((resolve) => {
      const look = (): void => {
        if (pattern.test(this.output)) resolve();
      };
      this.#watchers.push(look);
      look();
    });
    const ended = this.ended.then((outcome) => {
      if (!pattern.test(outcome.output))
        assert.fail(`ended without ${String(pattern)}: ${JSON.stringify(outcome)}`);
    });
    await Promise.race([met, ended]);
  }
}

const plain = { PATH: process.env['PATH'], TZ: 'UTC' };

export const startRaisctl = (args: readonly string[]): Running => new Running(RAISCTL, args, plain);

export const raisctl = (...args: readonly string[]): Promise<Outcome> => startRaisctl(args).ended;

/** On a terminal (`script` of util-linux makes one) that is 160 columns by 60 lines, if nothing else is said. */
export function startOnTerminal(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  size = '160 rows 60',
): Running {
  const quoted = [RAISCTL, ...args].map((word) => `'${word}'`).join(' ');
  const command = `stty columns ${size}; exec ${quoted}`;
  return new Running('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    ...plain,
    TERM: 'xterm',
    ...environment,
  });
}

/**
 * Compares with test/ctl/golden/NAME.txt. To write those files anew after a change that is meant:
 * `UPDATE_GOLDEN=1 node --test dist/test/ctl/`, then read the difference.
 */
export function assertGolden(name: string, text: string): void {
  const file = new URL(`${name}.txt`, GOLDEN);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(fileURLToPath(file)), { recursive: true });
    writeFileSync(file, text);
  }
  assert.equal(text, readFileSync(file, 'utf8'));
}
