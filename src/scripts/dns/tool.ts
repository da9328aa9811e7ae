// A tool of the name server, run with a bound on everything: as a user, in a process group of its own, with a clean environment,
// for a limited time. What it is to read goes to its standard input, never onto its command line, where everybody sees it.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { cleanEnvironment } from '../clean-environment.js';
import { hiddenDescriptors, privileges } from '../program.js';
import { ownUser, type User } from '../user.js';

export interface Tool {
  /** A program, looked for on the path, and its arguments. */
  readonly command: readonly string[];
  /** Null: as this process. */
  readonly user: User | null;
  readonly input?: string;
  readonly timeout: number;
}

export interface ToolResult {
  /** Null: it exited with 0. Otherwise why that is not so, with what it said. */
  readonly error: string | null;
  readonly code: number | null;
  readonly output: string;
}

/** More output than this ends it: no zone is as large. Bytes. */
const MAX_OUTPUT = 64 << 20;
/** As much of what it says is told. Characters. */
const MAX_TOLD = 500;

/** Never rejects. */
export function runTool({ command, user, input, timeout }: Tool): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn('setpriv', [...privileges(user), '--', ...command], {
      env: cleanEnvironment(user ?? ownUser()),
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', ...hiddenDescriptors()],
    }) as ChildProcessWithoutNullStreams;
    const chunks: { out: Buffer[]; err: Buffer[]; size: number } = { out: [], err: [], size: 0 };
    let killed: string | null = null;
    const kill = (why: string): void => {
      killed ??= why;
      if (child.pid !== undefined) killGroup(child.pid);
      // What it left behind may hold the outputs open; nobody waits for that.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const take = (list: Buffer[]) => (chunk: Buffer) => {
      list.push(chunk);
      chunks.size += chunk.length;
      if (chunks.size > MAX_OUTPUT) kill('it says too much');
    };
    const timer = setTimeout(() => {
      kill(`killed after ${String(timeout / 1000)} s (timeout)`);
    }, timeout);
    child.stdout.on('data', take(chunks.out));
    child.stderr.on('data', take(chunks.err));
    // A tool that does not read all of it says why by its exit.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    const end = (how: string | null, code: number | null): void => {
      clearTimeout(timer);
      const output = Buffer.concat(chunks.out).toString();
      const said = told(`${Buffer.concat(chunks.err).toString()}\n${output}`);
      const why = killed ?? how;
      resolve({ error: why === null ? null : `${command[0] ?? ''}: ${why}${said}`, code, output });
    };
    child.once('error', (error) => {
      end(`cannot be started: ${error.message}`, null);
    });
    child.once('close', (code, signal) => {
      end(code === 0 ? null : signal === null ? `exit ${String(code)}` : `killed by ${signal}`, code);
    });
  });
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** What a tool said, on one line and bounded; without the semicolons that nsupdate begins some of its lines with. */
function told(text: string): string {
  const line = text
    .replaceAll(/^[\s;]+/gm, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, '; ')
    .replaceAll(/[^\x20-\x7e]/g, '?');
  if (line === '') return '';
  return ` (${line.length > MAX_TOLD ? `${line.slice(0, MAX_TOLD)}…` : line})`;
}
