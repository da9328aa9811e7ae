// The groups' keys as the heartbeat role gets them (R51). Only the supervisor reads them.

import { readKey } from './check-files.js';
import type { Configuration } from './configuration.js';

/** A key file that cannot serve: `groups.web.key: key file /etc/raisd/web.key cannot be read: no such file (ENOENT)`. */
export class KeyError extends Error {
  readonly code = 'KEY';
  readonly group: string;
  readonly file: string;

  constructor(group: string, file: string, cause: string) {
    super(`groups.${group}.key: key file ${file} ${cause}`);
    this.name = 'KeyError';
    this.group = group;
    this.file = file;
  }
}

/**
 * Group → keys in base64, in the order of the configuration: the first one signs, all are accepted.
 * A key is 16 to 1,024 bytes of any kind; one line end at the end of its file is not part of it. Throws a KeyError.
 */
export function readKeys(configuration: Configuration): Record<string, string[]> {
  const groups = Object.entries(configuration.groups);
  return Object.fromEntries(
    groups.map(([group, { key }]) => [group, key.map((file) => encodedKey(group, file))]),
  );
}

function encodedKey(group: string, file: string): string {
  const result = readKey(file);
  if ('wrong' in result) throw new KeyError(group, file, result.wrong);
  return result.key.toString('base64');
}
