// The history: what happened on this host, in a bounded file that survives restarts. It is kept in two halves, each
// a descriptor that the supervisor opened (control has no right to open files): when one is full the other is emptied
// and written on. Queries are answered from memory. Writing is asynchronous: a slow disk delays nothing.

import { fstatSync, ftruncateSync, readSync, write } from 'node:fs';
import type { HistoryEntry } from '../ipc/operator-messages.js';

/** Size at which a half is full, in bytes. */
export const HALF_BYTES = 1 << 20;
/** Entries that wait for the disk at the most; beyond it they are kept in memory only. */
const MOST_WAITING = 10_000;
/** Entries that are remembered; the oldest go first … */
export const MOST_ENTRIES = 10_000;
/** … once so many more have come: to move ten thousand for each new one would take long when a thousand come together. */
const TRIMMED_AT = 11_000;

export interface HistoryQuery {
  readonly group?: string | undefined;
  readonly address?: string | undefined;
  /** Wall clock, milliseconds since 1970. */
  readonly since?: number | undefined;
}

export const matches = (entry: HistoryEntry, query: HistoryQuery): boolean =>
  (query.group === undefined || entry.group === query.group) &&
  (query.address === undefined || entry.address === query.address) &&
  (query.since === undefined || Date.parse(entry.at) >= query.since);

export class History {
  private readonly entries: HistoryEntry[] = [];
  private readonly halves: (number | null)[] = [null, null];
  private readonly sizes = [0, 0];
  private current = 0;
  private waiting: string[] = [];
  private writing = false;
  private readonly followers = new Set<(entry: HistoryEntry) => void>();
  private readonly onError: (message: string) => void;

  /** `onError` is told when the file cannot be written; the history goes on in memory. */
  constructor(onError: (message: string) => void) {
    this.onError = onError;
  }

  /** Takes a half over and loads what an earlier run wrote to it. */
  open(half: 0 | 1, descriptor: number): void {
    this.halves[half] = descriptor;
    const { loaded, end } = readEntries(descriptor);
    this.sizes[half] = end;
    this.entries.unshift(...loaded);
    this.entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    this.trim();
    // Go on with the half that was written last.
    const newest = loaded.at(-1);
    if (newest !== undefined && newest === this.entries.at(-1)) this.current = half;
  }

  add(entry: HistoryEntry): void {
    this.entries.push(entry);
    this.trim();
    for (const follower of this.followers) follower(entry);
    if (this.waiting.length < MOST_WAITING) this.waiting.push(`${JSON.stringify(entry)}\n`);
    this.writeOn();
  }

  /** Oldest first; the newest MOST_ENTRIES. */
  query(query: HistoryQuery): HistoryEntry[] {
    return this.entries.slice(-MOST_ENTRIES).filter((entry) => matches(entry, query));
  }

  /** Calls back for every further entry until the returned function is called. */
  follow(follower: (entry: HistoryEntry) => void): () => void {
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }

  private trim(): void {
    if (this.entries.length >= TRIMMED_AT) this.entries.splice(0, this.entries.length - MOST_ENTRIES);
  }

  private writeOn(): void {
    const descriptor = this.halves[this.current];
    if (this.writing || this.waiting.length === 0 || descriptor === null || descriptor === undefined) return;
    const data = Buffer.from(this.waiting.join(''));
    this.waiting = [];
    this.writing = true;
    const half = this.current;
    write(descriptor, data, 0, data.length, this.sizes[half] ?? 0, (error, written) => {
      this.writing = false;
      this.sizes[half] = (this.sizes[half] ?? 0) + written;
      if (error !== null) this.onError(`the history file cannot be written: ${error.message}`);
      else if (half === this.current && (this.sizes[half] ?? 0) >= HALF_BYTES) this.turnOver();
      this.writeOn();
    });
  }

  private turnOver(): void {
    const other = 1 - this.current;
    const descriptor = this.halves[other];
    if (descriptor === null || descriptor === undefined) return;
    ftruncateSync(descriptor, 0);
    this.sizes[other] = 0;
    this.current = other;
  }
}

/**
 * What an earlier run wrote, and where the next entry belongs. A line that was cut short by a crash is left out and
 * taken off; of a half that grew too large the newest entries are read.
 */
function readEntries(descriptor: number): { loaded: HistoryEntry[]; end: number } {
  const { size } = fstatSync(descriptor);
  const start = Math.max(0, size - 2 * HALF_BYTES);
  const data = Buffer.alloc(size - start);
  const read = data.subarray(0, readSync(descriptor, data, 0, data.length, start));
  const whole = read.subarray(0, read.lastIndexOf('\n') + 1);
  if (whole.length < read.length) ftruncateSync(descriptor, start + whole.length);
  return { loaded: whole.toString('utf8').split('\n').flatMap(entryOf), end: start + whole.length };
}

function entryOf(line: string): HistoryEntry[] {
  try {
    const value = JSON.parse(line) as Partial<HistoryEntry> | null;
    return typeof value?.at === 'string' && typeof value.message === 'string' ? [value as HistoryEntry] : [];
  } catch {
    return [];
  }
}
