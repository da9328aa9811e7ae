import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeDirectory } from '../../src/supervisor/make-directory.js';
import { openOperatorSocket } from '../../src/supervisor/operator-socket.js';
import { openStateDirectory } from '../../src/supervisor/state-directory.js';

const base = mkdtempSync(join(tmpdir(), 'raisd-make-directory-'));
after(() => {
  rmSync(base, { recursive: true });
});

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('what is missing of a path is made with its mode, what is there keeps its own', () => {
  makeDirectory(join(base, 'a'), 0o755);
  makeDirectory(join(base, 'a/b/c'), 0o700);
  makeDirectory(join(base, 'a/b/c'), 0o711);
  assert.deepEqual(
    ['a', 'a/b', 'a/b/c'].map((path) => modeOf(join(base, path))),
    [0o755, 0o700, 0o700],
  );
});

test('a path that cannot be made is refused, also where the kernel says that what is above it is missing, and it is not', () => {
  writeFileSync(join(base, 'file'), '');
  assert.throws(() => {
    makeDirectory(join(base, 'file/a/b'), 0o755);
  }, /ENOTDIR/);
  assert.throws(
    () => openStateDirectory('/proc/x/y'),
    /cannot use the state directory \/proc\/x\/y: .*ENOENT/,
  );
  assert.throws(
    () => openOperatorSocket('/proc/x/y'),
    /cannot use the operator socket \/proc\/x\/y: .*ENOENT/,
  );
  assert.throws(
    () => openStateDirectory(join(base, 'file')),
    /cannot use the state directory .*: not a directory/,
  );
});
