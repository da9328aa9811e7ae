// A test by a program: exit status 0 is a pass. The last line that it printed is part of the reason where it fails.

import { runCommand, type CommandObject, type CommandOutcome } from '../bounded-command.js';
import type { User } from '../user.js';
import type { Probe } from './probe.js';

export const commandProbe = (command: CommandObject, lookUp: (name: string) => Promise<User>): Probe => ({
  run: async (abort) => reasonOf(await runCommand(command, lookUp, abort)),
  close: () => undefined,
});

function reasonOf({ error, stdout, stderr }: CommandOutcome): string | null {
  const said = stderr.at(-1) ?? stdout.at(-1);
  if (error === null || said === undefined || error.startsWith('cannot ')) return error;
  return `${error}: ${said}`;
}
