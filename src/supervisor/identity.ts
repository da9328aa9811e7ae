// Which user the unprivileged roles run as: `raisd` where an installation has made that user, else `nobody`. A user that
// cannot read the program (a clone below /root) is of no use: then uid 0, whose rights are taken away all the same.

import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface Identity extends User {
  readonly name: string;
  /** What is not as it should be, for the log. */
  readonly warning: string | null;
}

export interface FileMode {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const OWNER_SHIFT = 6;
const GROUP_SHIFT = 3;
const READ = 4;
const SEARCH = 1;

/** Whether a user without capabilities has all of the wanted permission bits (4 read, 1 execute or search). */
export function permits(file: FileMode, user: User, wanted: number): boolean {
  const shift = file.uid === user.uid ? OWNER_SHIFT : file.gid === user.gid ? GROUP_SHIFT : 0;
  return ((file.mode >> shift) & wanted) === wanted;
}

/** The first of the file and the directories above it that the user cannot pass or read; null: it can be read. */
export function obstacle(
  path: string,
  user: User,
  stat: (path: string) => FileMode = statSync,
): string | null {
  if (!permits(stat(path), user, READ)) return path;
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    if (!permits(stat(directory), user, SEARCH)) return directory;
    if (directory === dirname(directory)) return null;
  }
}

/** Chooses the user for programs that consist of these files. */
export function chooseIdentity(
  lookupUser: (name: string) => User | null,
  files: readonly string[],
): Identity {
  const raisd = lookupUser('raisd');
  const user = raisd ?? lookupUser('nobody') ?? { uid: 65534, gid: 65534 };
  const name = raisd === null ? 'nobody' : 'raisd';
  const paths = files.map((file) => realpathSync(file));
  const blocked = paths.map((path) => obstacle(path, user)).find((path) => path !== null);
  if (blocked !== undefined) {
    const warning = `user ${name} cannot read ${blocked}: roles run as root without its rights; install raisd where others can read it`;
    return { uid: 0, gid: 0, name: 'root', warning };
  }
  const warning =
    raisd === null ? 'user raisd does not exist: roles run as nobody, which other programs share' : null;
  return { ...user, name, warning };
}
