// setpriv says on stderr, and by exit code 126 or 127, that it could not become the user or not start the program.
// Those codes may also be the program's own, so that both must fit.

import type { Readable } from 'node:stream';

const START_FAILURE_CODES: readonly (number | null)[] = [126, 127];
/** For the words that are still in the pipe when the exit is seen; milliseconds. */
const WORDS_WAIT_MS = 500;

/** What setpriv prints (strerror of the C locale) → the error's name; others are told in its words. */
const ERROR_NAMES: Readonly<Record<string, string>> = {
  'No such file or directory': 'ENOENT',
  'Permission denied': 'EACCES',
  'Operation not permitted': 'EPERM',
  'Exec format error': 'ENOEXEC',
  'Not a directory': 'ENOTDIR',
  'Is a directory': 'EISDIR',
  'Too many levels of symbolic links': 'ELOOP',
  'Text file busy': 'ETXTBSY',
  'Argument list too long': 'E2BIG',
  'Cannot allocate memory': 'ENOMEM',
  'Input/output error': 'EIO',
};

interface Started {
  readonly command: readonly string[];
  readonly user: { readonly name: string } | null;
}

/** Null: the program was started. Otherwise `cannot start /x: ENOENT` or `cannot run /x as www-data: …`. */
export async function startFailure(
  started: Started,
  code: number | null,
  stderr: Readable,
  errors: () => string,
): Promise<string | null> {
  if (!START_FAILURE_CODES.includes(code)) return null;
  await closedWithin(stderr, WORDS_WAIT_MS);
  return failureIn(errors(), started);
}

/** The failure that the first line of `errors` tells, if it is setpriv's. */
export function failureIn(errors: string, { command, user }: Started): string | null {
  const [program = ''] = command;
  const line = errors.split('\n')[0] ?? '';
  if (!line.startsWith('setpriv: ')) return null;
  const said = line.slice('setpriv: '.length);
  const execution = `failed to execute ${program}: `;
  if (said.startsWith(execution)) return `cannot start ${program}: ${named(said.slice(execution.length))}`;
  const [, step, cause] = /^(.*) failed: (.*)$/.exec(said) ?? [];
  const words = step === undefined || cause === undefined ? said : `${step}: ${named(cause)}`;
  return `cannot run ${program} as ${user?.name ?? 'this user'}: ${words}`;
}

const named = (words: string): string => ERROR_NAMES[words] ?? words;

/** Waits until the stream is closed, or so many milliseconds. */
export function closedWithin(stream: Readable, bound: number): Promise<void> {
  if (stream.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, bound);
    stream.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
