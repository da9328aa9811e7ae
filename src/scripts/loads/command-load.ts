// A load that a program measures. It prints one line, `LOAD CAPACITY`, and exits with 0; whatever else it does is an error that
// says what was wrong, and changes nothing.

import { runCommand, type CommandObject, type CommandOutcome } from '../bounded-command.js';
import type { User } from '../user.js';
import { MAX_LOAD, type LoadProbe, type Measurement } from './load-probe.js';

export class CommandLoad implements LoadProbe {
  readonly #command: CommandObject;
  readonly #lookUp: (name: string) => Promise<User>;

  constructor(command: CommandObject, lookUp: (name: string) => Promise<User>) {
    this.#command = command;
    this.#lookUp = lookUp;
  }

  async measure(abort: AbortSignal): Promise<Measurement> {
    return measurementOf(await runCommand(this.#command, this.#lookUp, abort));
  }
}

function measurementOf({ error, stdout, stderr }: CommandOutcome): Measurement {
  const said = stderr.at(-1);
  if (error !== null) throw new Error(said === undefined ? error : `${error}: ${said}`);
  const [line, ...others] = stdout;
  if (line === undefined) throw new Error('it printed nothing; LOAD CAPACITY is expected');
  if (others.length > 0)
    throw new Error(`it printed ${String(stdout.length)} lines; one, LOAD CAPACITY, is expected`);
  return parseMeasurement(line);
}

/** Throws an error that says what is wrong with the line. */
export function parseMeasurement(line: string): Measurement {
  const words = line.trim().split(/\s+/);
  if (words.length !== 2) throw new Error(`it printed "${line.trim()}"; LOAD CAPACITY is expected`);
  const [load, capacity] = [unsigned('load', words[0] ?? ''), unsigned('capacity', words[1] ?? '')];
  if (capacity === 0) throw new Error('a capacity of 0 is invalid: it is what the host can carry');
  return { load, capacity };
}

function unsigned(what: string, word: string): number {
  const shown = `${what} "${word}"`;
  if (/^-\d+$/.test(word)) throw new Error(`${shown} is negative`);
  if (!/^\d+$/.test(word)) throw new Error(`${shown} is not a whole number`);
  const value = Number(word);
  if (value > MAX_LOAD) throw new Error(`${shown} is too large: at most ${String(MAX_LOAD)}`);
  return value;
}
