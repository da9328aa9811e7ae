// Programs that the daemon starts. What runs as root must be root's alone to change, and so must every directory on
// the way to it: otherwise whoever may write there is root.

import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkAbsolute } from './check-objects.js';
import type { DraftConfiguration } from './draft.js';
import { quoted, type Findings, type Path } from './fault.js';
import { causeOf } from './text-file.js';
import type { HostFacts } from './host-facts.js';

interface Program {
  readonly words: readonly (string | undefined)[] | null | undefined;
  readonly path: Path;
  readonly user: string | null;
  /** Where the user is named. */
  readonly userPath: Path;
}

export function checkScripts(draft: DraftConfiguration, facts: HostFacts, findings: Findings): void {
  for (const program of programsOf(draft)) {
    checkUserExists(program, facts, findings);
    const [file] = program.words ?? [];
    if (file === undefined || !file.startsWith('/')) continue;
    const asRoot = program.user === null || program.user === 'root';
    const finding = inspectProgram(file, asRoot);
    if (finding === null) continue;
    // Off-host the programs of another machine are looked for in vain.
    const at = [...program.path, 0];
    if (finding.absent && !facts.onHost) findings.warn(at, `${finding.message} on this machine`);
    else findings.fault(at, finding.message);
  }
}

function programsOf(draft: DraftConfiguration): Program[] {
  const programs: Program[] = [];
  for (const [name, group] of draft.groups) {
    for (const key of ['on-acquire', 'on-release'] as const) {
      const path = ['groups', name, key];
      programs.push({
        words: group[key]?.command,
        path: [...path, 'command'],
        user: group[key]?.user ?? null,
        userPath: [...path, 'user'],
      });
    }
    const file = ['groups', name, 'dns', 'file'];
    programs.push({
      words: group.dns?.file?.notify,
      path: [...file, 'notify'],
      user: group.dns?.file?.user ?? null,
      userPath: [...file, 'user'],
    });
  }
  for (const kind of ['tests', 'loads'] as const)
    for (const [name, { command, user }] of draft[kind])
      programs.push({
        words: command,
        path: [kind, name, 'command'],
        user: user ?? null,
        userPath: [kind, name, 'user'],
      });
  return programs;
}

/** on-acquire and on-release; those of test and load objects are looked at with them. */
export function checkScriptPaths(draft: DraftConfiguration, findings: Findings): void {
  for (const [name, group] of draft.groups)
    for (const key of ['on-acquire', 'on-release'] as const)
      checkAbsolute(group[key]?.command, ['groups', name, key, 'command'], findings);
}

function checkUserExists({ user, userPath }: Program, facts: HostFacts, findings: Findings): void {
  if (user === null || facts.userExists(user)) return;
  if (facts.onHost) findings.fault(userPath, `there is no user ${quoted(user)} on this host`);
  else findings.warn(userPath, `there is no user ${quoted(user)} on this machine`);
}

interface ProgramFinding {
  readonly absent: boolean;
  readonly message: string;
}

const MAX_LINKS = 40;

/** Walks from the root to the program, through every symbolic link; null: nothing is wrong. */
export function inspectProgram(file: string, asRoot: boolean): ProgramFinding | null {
  let links = 0;
  let current = '/';
  const ahead = file.split('/').filter((part) => part !== '');
  try {
    for (;;) {
      const status = lstatSync(current);
      const complaint = asRoot ? changeableByOthers(current, status) : null;
      if (complaint !== null) return { absent: false, message: `${file} runs as root, but ${complaint}` };
      if (status.isSymbolicLink()) {
        if (++links > MAX_LINKS)
          return { absent: false, message: `${file} leads through too many symbolic links` };
        const target = readlinkSync(current);
        ahead.unshift(...target.split('/').filter((part) => part !== ''));
        current = target.startsWith('/') ? '/' : dirname(current);
        continue;
      }
      const next = ahead.shift();
      if (next === undefined) return unfitProgram(file, status);
      current = resolve(current, next);
    }
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return {
      absent,
      message: absent ? `${file} does not exist` : `${file} cannot be looked at: ${causeOf(error)}`,
    };
  }
}

const GROUP_OR_OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

function changeableByOthers(path: string, status: Stats): string | null {
  if (status.uid !== 0)
    return `${path} belongs to uid ${String(status.uid)}: chown root it, or name a user to run it as`;
  // The mode of a link means nothing; in a sticky directory only owners replace what is theirs.
  if (status.isSymbolicLink() || (status.isDirectory() && (status.mode & STICKY) !== 0)) return null;
  if ((status.mode & GROUP_OR_OTHERS_WRITE) === 0) return null;
  return `others can write to ${path} (mode ${(status.mode & 0o7777).toString(8).padStart(4, '0')}): chmod go-w it`;
}

function unfitProgram(file: string, status: Stats): ProgramFinding | null {
  if (!status.isFile()) return { absent: false, message: `${file} is no file` };
  return (status.mode & 0o111) === 0
    ? { absent: false, message: `${file} is not executable: chmod +x it` }
    : null;
}
