// A program that somebody else wrote, run with a bound on everything: as a user, in a process group of its own, with
// a clean environment, for a limited time. It has ended when it exits, whatever it left behind: a
// service that a script started may go on, in its process group or out of it, and may keep the output. Only a
// program that is killed (timeout, cancelled, the end of this process) takes its process group with it.
//
// Node changes uid and gid but drops the supplementary groups, so `setpriv` (util-linux) does it: also the user's
// own groups, no inheritable or ambient capabilities, and SIGKILL should this process die.

import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { letLinger } from './lingering-outputs.js';
import { FIRST_AFTER_STDERR, inheritedDescriptors } from './open-descriptors.js';
import { outputLines, type OnLine } from './output-lines.js';
import { startPiped } from './output-pipes.js';
import { closedWithin, startFailure } from './start-failure.js';
import type { User } from './user.js';

export interface Program {
  /** The program, an absolute path, and its arguments. */
  readonly command: readonly string[];
  /** Null: as this process. */
  readonly user: User | null;
  /** All of it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onLine: OnLine;
  /** It has printed more than is looked at. Absent: that is said as a line. */
  readonly onFlood?: () => void;
  /** What it leaves behind in its process group is killed when it ends, and its whole output is read before `ended`. */
  readonly leavesNothing?: boolean;
}

export interface RunningProgram {
  /** Null: it exited with 0. Otherwise why that is not so: `exit 3`, `killed by SIGSEGV`, `cannot start /x: ENOENT`, or what `kill` was given. */
  readonly ended: Promise<string | null>;
  /** Its process is gone. Never, where it hangs in the kernel; `ended` does not wait for that. */
  readonly gone: Promise<void>;
  /** Ends its whole process group by SIGKILL, at once; `ended` becomes `reason`. Does nothing once it has ended. */
  kill(reason: string): void;
}

/** A process that SIGKILL does not end within this time hangs in the kernel; it is not waited for any longer. Milliseconds. */
const KILL_WAIT_MS = 1000;

export function startProgram(program: Program): RunningProgram {
  const { child, stdout, stderr } = startPiped((...outputs) => spawnProgram(program, outputs));
  const lines = outputLines(program.onLine, program.onFlood);
  const firstErrors = { text: '' };
  lines.read('stdout', stdout);
  lines.read('stderr', stderr);
  stderr.on('data', (chunk: Buffer) => {
    if (firstErrors.text.length < FIRST_ERRORS_CHARACTERS) firstErrors.text += chunk.toString();
  });
  return watched(child, program, async (code, signal) => {
    const failure = await startFailure(program, code, stderr, () => firstErrors.text);
    if (program.leavesNothing === true) await endLeftovers(child, [stdout, stderr]);
    lines.flush();
    const closed = letLinger([stdout, stderr]);
    if (closed > 0)
      program.onLine(
        'stderr',
        `raisd: too many outputs are held open: the ${String(closed)} oldest were closed`,
      );
    return failure ?? exitText(code, signal);
  });
}

/** For what a program that has ended still holds in its pipes; milliseconds. */
const OUTPUT_WAIT_MS = 500;

/** A process that left the group may hold a pipe on; it is closed then, which ends that process when it prints. */
async function endLeftovers(child: ChildProcess, outputs: readonly Readable[]): Promise<void> {
  if (child.pid !== undefined) killGroup(child.pid);
  await Promise.all(outputs.map((output) => closedWithin(output, OUTPUT_WAIT_MS)));
  for (const output of outputs) output.destroy();
}

/** As much of stderr as setpriv's message can be long. */
const FIRST_ERRORS_CHARACTERS = 8192;

function spawnProgram({ command, user, environment }: Program, outputs: readonly number[]): ChildProcess {
  return spawn('setpriv', [...privileges(user), '--', ...command], {
    env: environment,
    cwd: '/',
    detached: true,
    stdio: ['ignore', ...outputs, ...hiddenDescriptors()],
  });
}

/** The arguments of setpriv with which a program becomes `user` (null: stays what this process is) and dies with it. */
export function privileges(user: User | null): string[] {
  const common = ['--pdeathsig=KILL'];
  const own = process.getuid?.();
  // A process that is not root may not even set its own groups.
  if (user === null || (own !== 0 && user.uid === own)) return common;
  const identity = [`--reuid=${user.name}`, `--regid=${String(user.gid)}`, '--init-groups'];
  return [...identity, '--inh-caps=-all', '--ambient-caps=-all', ...common];
}

let nullDevice: number | null = null;

/** What stands in the place of the descriptors from 3 on. */
export function hiddenDescriptors(): (number | 'ignore')[] {
  const places: (number | 'ignore')[] = [];
  const inherited = inheritedDescriptors();
  if (inherited.length === 0) return places;
  nullDevice ??= openSync('/dev/null', 'r+');
  for (const descriptor of inherited) {
    const place = descriptor - FIRST_AFTER_STDERR;
    while (places.length < place) places.push('ignore');
    places[place] = nullDevice;
  }
  return places;
}

type Verdict = (code: number | null, signal: NodeJS.Signals | null) => Promise<string | null>;

/** Gathers the ways in which a program can end into one promise. */
function watched(child: ChildProcess, program: Program, verdict: Verdict): RunningProgram {
  let killed: string | null = null;
  let over = false;
  let end: (error: string | null) => void = () => undefined;
  const ended = new Promise<string | null>((resolve) => (end = resolve));
  const gone = new Promise<void>((resolve) => {
    for (const event of ['exit', 'error'])
      child.once(event, () => {
        resolve();
      });
  });

  child.once('error', (error: NodeJS.ErrnoException) => {
    over = true;
    end(killed ?? `cannot start ${nameOf(program)} by setpriv: ${error.code ?? error.message}`);
  });
  child.once('exit', (code, signal) => {
    over = true;
    // The verdict has its own bound; it cannot fail.
    void verdict(code, signal).then((error) => {
      end(killed ?? error);
    });
  });

  return {
    ended,
    gone,
    kill(reason) {
      if (over || killed !== null || child.pid === undefined) return;
      killed = reason;
      const trouble = killGroup(child.pid);
      const stuck = trouble ?? `process ${String(child.pid)} does not end`;
      setTimeout(() => {
        end(`${reason}, but ${stuck}`);
      }, KILL_WAIT_MS).unref();
    },
  };
}

const nameOf = (program: Program): string => program.command[0] ?? '';

/** Null, or why that is not possible. */
function killGroup(leader: number): string | null {
  try {
    process.kill(-leader, 'SIGKILL');
    return null;
  } catch (error) {
    return `cannot kill process group ${String(leader)}: ${(error as NodeJS.ErrnoException).code ?? ''}`;
  }
}

function exitText(code: number | null, signal: NodeJS.Signals | null): string | null {
  if (code === 0) return null;
  if (signal !== null) return `killed by ${signal}`;
  return `exit ${String(code)}`;
}
