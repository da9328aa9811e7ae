import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { AddressFile, type StoredGroup, type StoredGroups } from '../../src/control/address-file.js';
import { openAddressFile } from '../../src/supervisor/state-directory.js';

let directory = '';
const descriptors: number[] = [];
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'raisd-addresses-'));
});
afterEach(() => {
  for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
  for (const half of [0, 1]) rmSync(path(half), { force: true });
});
after(() => {
  rmSync(directory, { recursive: true });
});

const path = (half: number): string => join(directory, `addresses.${String(half)}`);

const ADDRESSES = (heardAt: number): StoredGroup['addresses'] => [
  {
    address: '10.77.0.101',
    preferredHost: '10.77.1.11',
    heardAt,
    decision: { kind: 'none' },
    decisionVersion: 0,
  },
  {
    address: 'fd77::1',
    preferredHost: '10.77.1.12',
    heardAt: 5,
    decision: { kind: 'move', host: '10.77.1.11' },
    decisionVersion: 4_294_967_295,
  },
];

const rows = (heardAt: number): StoredGroups => ({
  web: {
    addresses: ADDRESSES(heardAt),
    members: [{ host: '10.77.1.12', hardwareAddress: '02:00:00:00:00:0c' }],
  },
});

/** As the supervisor opens it for each control process. */
function opened(): { file: AddressFile; errors: string[] } {
  const errors: string[] = [];
  const file = new AddressFile((message) => errors.push(message));
  for (const half of [0, 1] as const) {
    const descriptor = openAddressFile(directory, half);
    descriptors.push(descriptor);
    file.open(half, descriptor);
  }
  return { file, errors };
}

function save(groups: StoredGroups): void {
  const { file, errors } = opened();
  file.load();
  file.saveNow(groups);
  assert.deepEqual(errors, []);
}

test('R15: what was saved is loaded, the newest of the two halves, and only root can read it', () => {
  assert.deepEqual(opened().file.load(), {});
  for (const heardAt of [1, 2, 3]) {
    save(rows(heardAt));
    assert.deepEqual(opened().file.load(), rows(heardAt));
  }
  assert.equal(statSync(path(0)).mode & 0o777, 0o600);
});

test('R15: a save that was cut short at any byte leaves what was saved before', () => {
  save(rows(1));
  save(rows(2));
  const newest = [0, 1].find((half) => readFileSync(path(half), 'utf8').includes('"heardAt":2'))!;
  const whole = readFileSync(path(newest));
  for (let length = 1; length < whole.length; length += 7) {
    writeFileSync(path(newest), whole.subarray(0, length));
    const { file, errors } = opened();
    assert.deepEqual([file.load(), errors], [length < whole.length - 1 ? rows(1) : rows(2), []]);
  }
});

test('R15: saves overtake one another, and the last one stays', async () => {
  const { file, errors } = opened();
  file.load();
  for (let heardAt = 1; heardAt <= 50; heardAt++) file.save(rows(heardAt));
  while (file.isSaving) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(opened().file.load(), rows(50));
  assert.deepEqual(errors, []);
});

for (const [what, text, reason] of [
  ['nonsense', 'nonsense', /its checksum is wrong/],
  ['zeros', '\0'.repeat(300), /its checksum is wrong/],
] as const)
  test(`R15: a file of ${what} is told once, by name, and nothing is known`, () => {
    for (const half of [0, 1]) writeFileSync(path(half), text);
    const { file, errors } = opened();
    assert.deepEqual(file.load(), {});
    assert.equal(errors.length, 1);
    assert.match(errors[0]!, reason);
    assert.match(errors[0]!, /addresses\.0: .*addresses\.1: /);
    file.saveNow(rows(1));
    assert.deepEqual(opened().file.load(), rows(1));
  });

test('R15: a file whose checksum is right and whose content is another version’s is told', () => {
  const text = JSON.stringify({ format: 3, generation: 1, groups: {} });
  writeFileSync(path(1), `${createHash('sha256').update(text).digest('hex')}\n${text}\n`);
  const { file, errors } = opened();
  assert.deepEqual(file.load(), {});
  assert.match(errors[0] ?? '', /addresses\.1: not understood/);
});

test('R15: what a version before this one has saved, without members, is loaded', () => {
  const text = JSON.stringify({ format: 1, generation: 1, groups: { web: ADDRESSES(7) } });
  writeFileSync(path(0), `${createHash('sha256').update(text).digest('hex')}\n${text}\n`);
  const { file, errors } = opened();
  assert.deepEqual([file.load(), errors], [{ web: { addresses: ADDRESSES(7), members: [] } }, []]);
});
