// The configuration file as text: read whole, bounded, and refused in one sentence where it is no text.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Place } from './fault.js';
import { MAX_FILE_BYTES } from './limits.js';

/** What went wrong, with the place in the file where there is one. */
export interface TextFault extends Place {
  readonly message: string;
}

export type TextResult = { readonly text: string } | { readonly fault: TextFault };

const whole = (message: string): TextResult => ({ fault: { line: 1, column: 1, message } });

/** The text of a regular file of at most 1 MiB in UTF-8, without its byte order mark. Never throws. */
export function readText(path: string): TextResult {
  const bytes = readRegularFile(path, MAX_FILE_BYTES);
  return typeof bytes === 'string' ? whole(bytes) : textOf(bytes);
}

/**
 * The bytes of a regular file of at most `limit` bytes, or one line about why they cannot be had.
 * `inspect` sees the file as it was opened, so that nothing can be put in its place between the look and the read.
 */
export function readRegularFile(
  path: string,
  limit: number,
  inspect?: (file: OpenFile) => string | null,
): Buffer | string {
  let descriptor: number;
  try {
    // O_NONBLOCK: a FIFO without a writer must not hang the daemon.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    return `cannot be read${byWhom(error)}: ${causeOf(error)}`;
  }
  try {
    return readDescriptor(descriptor, limit, inspect);
  } catch (error) {
    return `cannot be read: ${causeOf(error)}`;
  } finally {
    closeSync(descriptor);
  }
}

/** As a service raisd is not root, and its files must belong to it. */
function byWhom(error: unknown): string {
  const isRefused = error instanceof Error && 'code' in error && error.code === 'EACCES';
  return isRefused ? ` by user ${userName()}` : '';
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.()); // One without an entry.
  }
}

/** What is known of an open file. */
export interface OpenFile {
  readonly mode: number;
  readonly uid: number;
}

function readDescriptor(
  descriptor: number,
  limit: number,
  inspect?: (file: OpenFile) => string | null,
): Buffer | string {
  const status = fstatSync(descriptor);
  if (status.isDirectory()) return 'is a directory, not a file';
  if (!status.isFile()) return 'is not a regular file';
  if (status.size > limit) return `has ${String(status.size)} bytes: at most ${String(limit)} are allowed`;
  const refused = inspect?.(status) ?? null;
  if (refused !== null) return refused;
  const buffer = Buffer.alloc(status.size + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (count === 0) return buffer.subarray(0, length);
    length += count;
  }
  return 'grew while it was read';
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'a part of its path is not a directory',
  EACCES: 'permission denied',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
};

/** `no such file (ENOENT)`. */
export function causeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const words = CAUSES[code];
  return words === undefined ? code : `${words} (${code})`;
}

function textOf(bytes: Buffer): TextResult {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  // U+FFFD stands for each byte that is no UTF-8, but may also have been written by someone.
  if (!isUtf8(bytes)) return faultAt(text, text.indexOf('\uFFFD'), 'is not UTF-8 text');

  const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(text);
  if (control === null) return { text };
  const code = control[0].charCodeAt(0).toString(16).padStart(2, '0');
  return faultAt(text, control.index, `holds the control character 0x${code}: is this a text file?`);
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function faultAt(text: string, index: number, message: string): TextResult {
  const before = text.slice(0, Math.max(0, index)).split('\n');
  return { fault: { line: before.length, column: (before.at(-1) ?? '').length + 1, message } };
}
