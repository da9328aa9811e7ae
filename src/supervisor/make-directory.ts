// Directories of the daemon, with those above them. mkdirSync can do that as well (`recursive`), but goes round for ever where the
// kernel refuses with ENOENT although everything above is there, as in /proc.

import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes what is missing of the path, with that mode; what is there stays as it is. Throws the kernel's refusal. */
export function makeDirectory(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const above = dirname(path);
    if (code !== 'ENOENT' || existsSync(above)) throw error;
    makeDirectory(above, mode);
    mkdirSync(path, { mode });
  }
}
