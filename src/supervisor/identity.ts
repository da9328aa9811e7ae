// Which user the unprivileged roles run as: `raisd-worker` where an installation has made that user, else `raisd`, else
// `nobody`. The supervisor runs as root, or, as a service, as `raisd` with capabilities: then the roles need a user of
// their own, since the key files belong to the supervisor's. A user that cannot read the program (a clone below /root) is
// of no use: then uid 0, whose rights are taken away all the same.

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

/** In this order; the last one always exists. */
const USER_NAMES = ['raisd-worker', 'raisd', 'nobody'] as const;
const OVERFLOW_USER: User = { uid: 65534, gid: 65534 };

/** Chooses the user for programs that consist of these files. `own`: the supervisor's uid. */
export function chooseIdentity(
  lookupUser: (name: string) => User | null,
  files: readonly string[],
  own: number,
): Identity {
  const name = USER_NAMES.find((candidate) => lookupUser(candidate) !== null) ?? 'nobody';
  const user = lookupUser(name) ?? OVERFLOW_USER;
  const paths = files.map((file) => realpathSync(file));
  const blocked = paths.map((path) => obstacle(path, user)).find((path) => path !== null);
  if (blocked !== undefined) {
    const warning = `user ${name} cannot read ${blocked}: roles run as root without its rights; install raisd where others can read it`;
    return { uid: 0, gid: 0, name: 'root', warning };
  }
  return { ...user, name, warning: doubtAbout(name, user, own) };
}

function doubtAbout(name: string, { uid }: User, own: number): string | null {
  if (name === 'nobody') return 'user raisd does not exist: roles run as nobody, which other programs share';
  if (uid !== own || own === 0) return null;
  return `user raisd-worker does not exist: roles run as ${name} like their supervisor, and could read its key files; make it: adduser --system --no-create-home raisd-worker`;
}
