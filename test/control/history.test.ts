// R58: the history survives restarts, is bounded, and can be asked and followed.

import assert from 'node:assert/strict';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HALF_BYTES, History, MOST_ENTRIES } from '../../src/control/history.js';
import type { HistoryEntry } from '../../src/ipc/operator-messages.js';
import { A, X, Y } from '../core/builders.js';

const directories: string[] = [];
const descriptors: number[] = [];
afterEach(() => {
  for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

interface Files {
  readonly paths: readonly [string, string];
  open(onError?: (message: string) => void): { history: History; descriptors: [number, number] };
}

/** A state directory; `open` is a run of the daemon. */
function files(): Files {
  const directory = mkdtempSync(join(tmpdir(), 'raisd-history-'));
  directories.push(directory);
  const paths = [join(directory, 'history.0'), join(directory, 'history.1')] as const;
  for (const path of paths) writeFileSync(path, '');
  return {
    paths,
    open: (onError = assert.fail) => {
      const opened = paths.map((path) => openSync(path, 'r+')) as [number, number];
      descriptors.push(...opened);
      const history = new History(onError);
      history.open(0, opened[0]);
      history.open(1, opened[1]);
      return { history, descriptors: opened };
    },
  };
}

let clock = Date.UTC(2026, 10, 24, 8);
const entry = (changes: Partial<HistoryEntry> = {}): HistoryEntry => ({
  at: new Date(clock++).toISOString(),
  host: A,
  group: 'web',
  event: 'acquire',
  address: X,
  message: 'web: it happened',
  ...changes,
});

/** Waits until the files hold so many lines in all. */
async function written({ paths }: Files, lines: number): Promise<void> {
  for (let waited = 0; waited < 500; waited++) {
    const text = paths.map((path) => readFileSync(path, 'utf8')).join('');
    if (text.split('\n').length - 1 >= lines) return;
    await sleep(10);
  }
  assert.fail('the history was not written');
}

test('R58: entries come back in their order, oldest first', () => {
  const history = new History(assert.fail);
  const added = [entry(), entry({ event: 'release' }), entry({ group: 'news' })];
  for (const each of added) history.add(each);
  assert.deepEqual(history.query({}), added);
});

test('R58: the history can be asked by group, by address and by time', () => {
  const history = new History(assert.fail);
  const [one, two, three] = [entry(), entry({ group: 'news' }), entry({ address: Y })];
  for (const each of [one, two, three]) history.add(each);
  assert.deepEqual(history.query({ group: 'news' }), [two]);
  assert.deepEqual(history.query({ address: X }), [one, two]);
  assert.deepEqual(history.query({ since: Date.parse(two.at) }), [two, three]);
  assert.deepEqual(history.query({ group: 'web', address: Y, since: Date.parse(two.at) }), [three]);
});

test('R58: the history survives a restart', async () => {
  const directory = files();
  const added = [entry(), entry(), entry()];
  const first = directory.open().history;
  for (const each of added) first.add(each);
  await written(directory, 3);
  assert.deepEqual(directory.open().history.query({}), added);
});

test('R58: a second run goes on where the first one ended', async () => {
  const directory = files();
  const added = [entry(), entry(), entry(), entry()];
  directory.open().history.add(added[0]!);
  await written(directory, 1);
  for (const [index, each] of added.slice(1).entries()) {
    directory.open().history.add(each);
    await written(directory, index + 2);
  }
  assert.deepEqual(directory.open().history.query({}), added);
});

test('R58: a full half gives way to the other, which is emptied first', async () => {
  const directory = files();
  const { history, descriptors: opened } = directory.open();
  const message = 'x'.repeat(1000);
  const sizes = (): number[] => opened.map((descriptor) => fstatSync(descriptor).size);
  for (let round = 0; round < 4; round++) {
    for (let count = 0; count < 900; count++) history.add(entry({ message: `${String(round)} ${message}` }));
    const waitFor = round === 0 ? 0 : HALF_BYTES / 10;
    for (let waited = 0; waited < 200 && (sizes()[0] ?? 0) + (sizes()[1] ?? 0) < waitFor; waited++)
      await sleep(5);
    await sleep(30);
  }
  const last = entry({ message: 'the newest' });
  history.add(last);
  await sleep(100);
  assert.ok((sizes()[0] ?? 0) + (sizes()[1] ?? 0) < 4 * HALF_BYTES);
  const again = directory.open().history.query({});
  assert.deepEqual(again.at(-1), last);
  const times = again.map((each) => each.at);
  assert.deepEqual(times, [...times].sort());
});

test('R58: an entry that was cut short by a crash is left out', async () => {
  const directory = files();
  const { history, descriptors: opened } = directory.open();
  const added = [entry(), entry()];
  for (const each of added) history.add(each);
  await written(directory, 2);
  ftruncateSync(opened[0], fstatSync(opened[0]).size - 5);
  assert.deepEqual(directory.open().history.query({}), [added[0]]);
});

test('R58: what is added after an entry that was cut short is read again', async () => {
  const directory = files();
  const { history, descriptors: opened } = directory.open();
  history.add(entry());
  await written(directory, 1);
  ftruncateSync(opened[0], fstatSync(opened[0]).size - 5);
  const second = entry();
  directory.open().history.add(second);
  await written(directory, 1);
  assert.deepEqual(directory.open().history.query({}), [second]);
});

test('R58: a file with anything else in it is read past', () => {
  const directory = files();
  const known = entry();
  writeFileSync(
    directory.paths[0],
    `null\n7\n"text"\n[]\n{}\n{"at":5}\n\u0000\u0000\n${JSON.stringify(known)}\n`,
  );
  assert.deepEqual(directory.open().history.query({}), [known]);
});

test('R58: of a file that grew too large the newest entries are read', () => {
  const directory = files();
  const lines = Array.from({ length: 4000 }, () => JSON.stringify(entry({ message: 'x'.repeat(1000) })));
  const newest = entry({ message: 'the newest' });
  writeFileSync(directory.paths[1], `${[...lines, JSON.stringify(newest)].join('\n')}\n`);
  assert.deepEqual(directory.open().history.query({}).at(-1), newest);
});

test('R58: the number of entries in memory is bounded; the oldest go first', () => {
  const history = new History(assert.fail);
  for (let count = 0; count <= MOST_ENTRIES; count++) history.add(entry({ message: String(count) }));
  const entries = history.query({});
  assert.equal(entries.length, MOST_ENTRIES);
  assert.equal(entries[0]?.message, '1');
});

test('R58: followers hear of each further entry, until they hang up', () => {
  const history = new History(assert.fail);
  history.add(entry());
  const heard: HistoryEntry[] = [];
  const unfollow = history.follow((each) => heard.push(each));
  const second = entry();
  history.add(second);
  unfollow();
  history.add(entry());
  assert.deepEqual(heard, [second]);
});

test('R58: a history that cannot be written goes on in memory and says so', async () => {
  const directory = files();
  const errors: string[] = [];
  const readOnly = openSync(directory.paths[0], 'r');
  descriptors.push(readOnly);
  const history = new History((message) => errors.push(message));
  history.open(0, readOnly);
  const added = entry();
  history.add(added);
  for (let waited = 0; waited < 100 && errors.length === 0; waited++) await sleep(10);
  assert.match(errors[0] ?? '', /^the history file cannot be written: EBADF/);
  assert.deepEqual(history.query({}), [added]);
});
