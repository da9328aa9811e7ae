// Key files: read by the daemon and no one else (R51).

import { statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { DraftConfiguration } from './draft.js';
import { quoted, reference, type Findings, type Path } from './fault.js';
import { userId } from './host-facts.js';
import { MAX_KEY_BYTES, MIN_KEY_BYTES } from './limits.js';
import { readRegularFile, type OpenFile } from './text-file.js';
import { tsigSecret } from './tsig-key.js';

/** The key in a file, or why it cannot serve as one: `cannot be read: no such file (ENOENT)`. */
export type KeyResult = { readonly key: Buffer } | { readonly wrong: string };

const LINE_END_BYTES = 2;

/** Reads one group key: any bytes, 16 to 1,024 of them; one line end at the end is none of them. Never throws. */
export function readKey(path: string): KeyResult {
  const bytes = readRegularFile(path, MAX_KEY_BYTES + LINE_END_BYTES, openToOthers);
  if (typeof bytes === 'string') return { wrong: bytes };
  const key = withoutLineEnd(bytes);
  if (key.length === 0) return { wrong: 'is empty' };
  if (key.length < MIN_KEY_BYTES)
    return {
      wrong: `has a key of ${String(key.length)} bytes: at least ${String(MIN_KEY_BYTES)} are needed, as from: openssl rand -hex 32`,
    };
  if (key.length > MAX_KEY_BYTES)
    return {
      wrong: `has a key of ${String(key.length)} bytes: at most ${String(MAX_KEY_BYTES)} are allowed`,
    };
  return { key };
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

function withoutLineEnd(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== NEWLINE) return bytes;
  return bytes.subarray(0, bytes.at(-2) === RETURN ? -2 : -1);
}

/** Why a secret in this file is none; null: only root, who runs this, or the service can read it. */
function openToOthers(
  file: OpenFile,
  complaint = () => ownerComplaint(file.uid, ownUid(), serviceUid),
): string | null {
  const mode = file.mode & 0o777;
  if ((mode & 0o077) !== 0)
    return `can be read or changed by others (mode ${mode.toString(8).padStart(4, '0')}): chmod 600 it`;
  return complaint();
}

const ownUid = (): number => process.geteuid?.() ?? 0;
const serviceUid = (): number | null => userId(SERVICE_USER);

/** The user of systemd/raisd.service, to whom its key files belong; root looks at them as well (`raisd check`). */
const SERVICE_USER = 'raisd';

/** `service`: the uid of the service's user, if there is one; asked for only where it matters. */
export function ownerComplaint(owner: number, own: number, service: () => number | null): string | null {
  if (owner === 0 || owner === own) return null;
  const uid = service();
  if (owner === uid) return null;
  const right = uid === null ? 'root' : SERVICE_USER;
  return `belongs to another user (uid ${String(owner)}), who can read it: chown ${right} it`;
}

/** A path of the configuration, which may be relative to the directory of the configuration file. */
export const resolvePath = (directory: string, path: string): string =>
  isAbsolute(path) ? resolve(path) : resolve(directory, path);

export function checkKeyFiles(draft: DraftConfiguration, directory: string, findings: Findings): void {
  const known = new Map<string, string | null>();
  for (const [name, group] of draft.groups) {
    checkGroupKeys(group.key, ['groups', name, 'key'], directory, known, findings);
    const tsig = group.dns?.update?.['key-file'];
    if (tsig !== undefined)
      checkTsigKey(tsig, ['groups', name, 'dns', 'update', 'key-file'], directory, findings);
  }
}

function checkGroupKeys(
  key: string | readonly (string | undefined)[] | undefined,
  path: Path,
  directory: string,
  known: Map<string, string | null>,
  findings: Findings,
): void {
  const seen = new Map<string, Path>();
  const files = typeof key === 'string' ? [key] : (key ?? []);
  for (const [index, written] of files.entries()) {
    if (written === undefined) continue;
    const at = typeof key === 'string' ? path : [...path, index];
    const file = resolvePath(directory, written);
    const first = seen.get(file);
    if (first !== undefined)
      findings.fault(
        at,
        `${quoted(file)} is taken already by ${reference(findings, first)}: list each key once`,
      );
    seen.set(file, at);
    const complaint = known.has(file) ? (known.get(file) ?? null) : complaintOf(file);
    known.set(file, complaint);
    if (complaint !== null) findings.fault(at, complaint);
  }
}

function complaintOf(file: string): string | null {
  const result = readKey(file);
  return 'wrong' in result ? `key file ${file} ${result.wrong}` : null;
}

function isRootsAlone(file: string): boolean {
  const status = statSync(file, { throwIfNoEntry: false });
  return status?.isFile() === true && status.uid === 0 && (status.mode & 0o077) === 0;
}

/** Without other rights root cannot read what belongs to the service. Off the host it is whose check it is. */
export function tsigOwnerComplaint(owner: number, own: number, service: () => number | null): string | null {
  if (owner === 0 || (owner === own && own !== service())) return null;
  return `belongs to uid ${String(owner)}, but is read by root, who has no other rights: chown root it`;
}

const MAX_TSIG_BYTES = 64 * 1024;

/**
 * Others cannot read it, and it holds a secret; whether it is the right one is the name server's matter. The scripts process
 * reads it, as root: what is root's alone is in order, although the supervisor of a service cannot look into it.
 */
function checkTsigKey(written: string, path: Path, directory: string, findings: Findings): void {
  const file = resolvePath(directory, written);
  if (ownUid() !== 0 && isRootsAlone(file)) return;
  const bytes = readRegularFile(file, MAX_TSIG_BYTES, (opened) =>
    openToOthers(opened, () => tsigOwnerComplaint(opened.uid, ownUid(), serviceUid)),
  );
  if (typeof bytes === 'string') findings.fault(path, `key file ${file} ${bytes}`);
  else if (bytes.length === 0) findings.fault(path, `key file ${file} is empty`);
  else {
    const result = tsigSecret(bytes.toString());
    if ('wrong' in result) findings.fault(path, `key file ${file} ${result.wrong}`);
  }
}
