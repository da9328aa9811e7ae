// The program that takes this one's place: the same command line, by what is on disk now.

import { closeSync } from 'node:fs';
import { processAddon } from '../ipc/process-addon.js';
import { HAND_OVER_VARIABLE } from './hand-over-variable.js';
import { descriptorsOf, writeHandOver, type HandOver } from './hand-over.js';
import type { TrialLaunch } from './trial.js';

/** Of `process`. */
export interface OwnCommandLine {
  readonly execPath: string;
  readonly argv0: string;
  readonly execArgv: readonly string[];
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** `raisd role trial …`: an older program refuses it, and starts no second daemon. */
export function trialOf({ execPath, execArgv, argv, env }: OwnCommandLine): TrialLaunch {
  const [, program = '', ...rest] = argv;
  return {
    path: execPath,
    arguments: [...execArgv, program, 'role', 'trial', ...rest],
    environment: environmentOf(env),
  };
}

/** Goes over to it. Throws where that cannot be: nothing is changed then. */
export function goOverTo({ execPath, argv0, execArgv, argv, env }: OwnCommandLine, record: HandOver): never {
  const memory = writeHandOver(record);
  try {
    return processAddon.replaceProgram({
      path: execPath,
      arguments: [argv0, ...execArgv, ...argv.slice(1)],
      environment: { ...environmentOf(env), [HAND_OVER_VARIABLE]: String(memory) },
      descriptors: [memory, ...descriptorsOf(record)],
    });
  } finally {
    closeSync(memory);
  }
}

const environmentOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
