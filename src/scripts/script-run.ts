// One run of a group's on-acquire or on-release command (R21, R22): as whom, with which arguments and
// environment, for how long.

import type { ScriptConfiguration } from '../config/configuration.js';
import type { HostId, ServiceAddress } from '../core/address.js';
import { cleanEnvironment } from './clean-environment.js';
import type { OnLine } from './output-lines.js';
import { startProgram } from './program.js';
import { spanText } from './time-limit.js';
import { ownUser, type User } from './user.js';
import { messageOf } from '../log/error-message.js';

export interface ScriptRun {
  readonly action: 'acquire' | 'release';
  readonly group: string;
  readonly address: ServiceAddress;
  readonly interface: string;
  readonly host: HostId;
  readonly reason: string;
  readonly script: ScriptConfiguration;
}

export interface RunningScript {
  /** Null: done. Otherwise why not, see `RunningProgram`. */
  readonly ended: Promise<string | null>;
  /** Ends it at once, with its process group; `ended` becomes `reason`. */
  kill(reason: string): void;
}

/** Longer reasons are cut: a program cannot be started with an environment of any size. */
const MAX_REASON_CHARACTERS = 4096;

/** Starts the run. Its timeout counts from here and includes finding the user. */
export function startScript(
  run: ScriptRun,
  lookUp: (name: string) => Promise<User>,
  onLine: OnLine,
): RunningScript {
  const { script } = run;
  let killed: string | null = null;
  let killProgram: (reason: string) => void = () => undefined;
  let giveUp: (reason: string) => void = () => undefined;
  const given = new Promise<string>((resolve) => (giveUp = resolve));

  const kill = (reason: string): void => {
    if (killed !== null) return;
    killed = reason;
    killProgram(reason);
    giveUp(reason);
  };
  const timer = setTimeout(() => {
    kill(`killed after ${spanText(script.timeout)} (timeout)`);
  }, script.timeout);

  async function whole(): Promise<string | null> {
    const user = script.user === null ? null : await Promise.race([lookUp(script.user), given]);
    if (typeof user === 'string') return user;
    if (killed !== null) return killed;
    const command = [...script.command, run.group, run.address, run.interface];
    const environment = { ...cleanEnvironment(user ?? ownUser()), ...raisdEnvironment(run) };
    const program = startProgram({ command, user, environment, onLine });
    killProgram = program.kill;
    return program.ended;
  }

  const ended = whole()
    .catch((error: unknown) => failureText(script, error))
    .finally(() => {
      clearTimeout(timer);
    });
  return { ended, kill };
}

function failureText(script: ScriptConfiguration, error: unknown): string {
  const as = script.user === null ? '' : ` as ${script.user}`;
  return `cannot run ${script.command[0] ?? ''}${as}: ${messageOf(error)}`;
}

const raisdEnvironment = (run: ScriptRun): Record<string, string> => ({
  RAISD_ACTION: run.action,
  RAISD_GROUP: run.group,
  RAISD_ADDRESS: run.address,
  RAISD_INTERFACE: run.interface,
  RAISD_HOST: run.host,
  // No text in an environment can hold a zero byte.
  RAISD_REASON: run.reason.replaceAll('\0', ' ').slice(0, MAX_REASON_CHARACTERS),
});
