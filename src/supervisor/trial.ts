// Before the supervisor goes over to the program that is on disk now (R53, `raisctl restart`) that program is tried: once it has
// been gone over to there is no way back. It runs beside this one, loads all that the daemon consists of, reads the
// configuration as it would at a start, and says whether it can take over what this one holds. The configuration that it read is
// the one with which it will go on, so that nothing on disk can change in between.

import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { formatFault } from '../config/fault.js';
import { readKeys } from '../config/keys.js';
import type { LoadResult } from '../config/load.js';
import { openJsonChannel } from '../ipc/channel.js';
import { processAddon } from '../ipc/process-addon.js';
import { SUPERVISOR_DESCRIPTOR } from '../ipc/supervisor-messages.js';
import { messageOf } from '../log/error-message.js';
import { HAND_OVER_FORMAT } from './hand-over.js';
import type { InForce } from './in-force.js';
import { describeExit } from './role-process.js';
import { version } from './version.js';

/** What a program says of itself. Later versions are to say the first two as well. */
export type Verdict =
  | { readonly format: number; readonly version: string; readonly next: InForce }
  | { readonly format: number; readonly version: string; readonly errors: readonly string[] };

export type Trial = { readonly next: InForce } | { readonly errors: readonly string[] };

/** It answers within this, or is not gone over to. */
const PATIENCE_MILLISECONDS = 30_000;

/** In the program that is tried: what it says. `load`, `check`: what its start would do; they throw where that would fail. */
export function judge(load: () => LoadResult, check: () => void): Verdict {
  const said = { format: HAND_OVER_FORMAT, version: version() };
  try {
    const loaded = load();
    if (!loaded.ok) return { ...said, errors: loaded.faults.map(formatFault) };
    const { configuration } = loaded;
    const keys = readKeys(configuration);
    check();
    return { ...said, next: { configuration, keys } };
  } catch (error) {
    return { ...said, errors: [messageOf(error)] };
  }
}

/** Says it to the supervisor that tries this program. */
export function tellVerdict(verdict: Verdict): void {
  const channel = openJsonChannel<never, Verdict>(SUPERVISOR_DESCRIPTOR, {
    message: () => undefined,
    closed: () => undefined,
  });
  channel.unref();
  channel.send(verdict);
}

/** This program lacks something. */
export function tellFailure(error: unknown): void {
  tellVerdict({ format: HAND_OVER_FORMAT, version: version(), errors: [messageOf(error)] });
}

/** How to start the trial: this program's own command line. */
export interface TrialLaunch {
  readonly path: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Tries the program on disk; resolves when the trial is over and nothing of it is left. */
export async function tryProgram(launch: TrialLaunch): Promise<Trial> {
  try {
    return outcomeOf(await run(launch));
  } catch (error) {
    return { errors: [messageOf(error)] };
  }
}

/** Exported for its test. */
export function outcomeOf(verdict: Verdict | string): Trial {
  if (typeof verdict === 'string')
    return { errors: [`the program on disk cannot be started: ${verdict}; the log may have its words`] };
  if (verdict.format !== HAND_OVER_FORMAT)
    return {
      errors: [
        `raisd ${verdict.version} cannot take over from this one (${version()}) while it runs: stop the daemon and start it`,
      ],
    };
  return verdict;
}

/** What it said, or how it ended. */
function run(launch: TrialLaunch): Promise<Verdict | string> {
  const [ours, theirs] = processAddon.socketPair();
  const { pid, pidfd } = spawnTrial(launch, ours, theirs);
  return new Promise((resolve) => {
    let verdict: Verdict | null = null;
    const bound = setTimeout(() => {
      process.kill(pid, 'SIGKILL');
    }, PATIENCE_MILLISECONDS);
    const channel = openJsonChannel<Verdict, never>(ours, {
      message: (said) => {
        verdict = said;
      },
      closed: () => undefined,
    });
    processAddon.watchExit(pidfd, (code, signal) => {
      clearTimeout(bound);
      // Its last words may be read after its end is.
      setImmediate(() => {
        channel.close();
        resolve(verdict ?? describeExit(code, signal));
      });
    });
  });
}

/** With just the rights that this process has. */
function spawnTrial(
  launch: TrialLaunch,
  ours: number,
  theirs: number,
): ReturnType<typeof processAddon.spawn> {
  try {
    return processAddon.spawn({
      ...launch,
      descriptors: [theirs],
      uid: process.geteuid?.() ?? 0,
      gid: process.getegid?.() ?? 0,
      groups: process.getgroups?.() ?? [],
      capabilities: null,
      nice: null,
      realtimePriority: null,
      memoryLock: null,
      noNewPrivileges: true,
      deathSignal: constants.signals.SIGKILL,
    });
  } catch (error) {
    closeSync(ours);
    throw error;
  } finally {
    closeSync(theirs);
  }
}
