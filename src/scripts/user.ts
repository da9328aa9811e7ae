// The user that a program is to run as. Asked of the name service by `getent`, in a process of its own, because a
// directory that is slow or hangs must hang nothing but the run that needs it.

import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** The user that this process runs as; in a container it may have no entry, and then its uid is its name. */
export function ownUser(): User {
  try {
    const { username, uid, gid, homedir } = userInfo();
    return { name: username, uid, gid, home: homedir };
  } catch {
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    return { name: String(uid), uid, gid, home: '/' };
  }
}

/** A directory that has not answered by then counts as failed, in milliseconds. */
const LOOK_UP_TIMEOUT_MS = 10_000;
const ABSENT = 2;

/** The user of that name (or uid in digits). Rejects with the cause alone: `no such user`. */
export function lookUpUser(name: string): Promise<User> {
  return new Promise((resolve, reject) => {
    const options = { timeout: LOOK_UP_TIMEOUT_MS, killSignal: 'SIGKILL', cwd: '/' } as const;
    execFile('getent', ['passwd', '--', name], options, (error, output) => {
      const user = error === null ? parseEntry(output) : null;
      if (user !== null) resolve(user);
      else
        reject(
          new Error(error?.code === ABSENT ? 'no such user' : `getent passwd ${name}: ${causeOf(error)}`),
        );
    });
  });
}

function causeOf(error: { readonly code?: unknown; readonly signal?: unknown } | null): string {
  if (error === null) return 'the answer is not understood';
  if (typeof error.code === 'string') return error.code;
  if (typeof error.signal === 'string') return `killed by ${error.signal}`;
  return `exit ${String(error.code)}`;
}

/** passwd(5): name:password:uid:gid:gecos:home:shell. */
function parseEntry(output: string): User | null {
  const [name = '', , uid = '', gid = '', , home = ''] = (output.split('\n')[0] ?? '').split(':');
  if (name === '' || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return null;
  return { name, uid: Number(uid), gid: Number(gid), home: home === '' ? '/' : home };
}
