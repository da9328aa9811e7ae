import assert from 'node:assert/strict';
import { unlinkSync } from 'node:fs';
import { after, test } from 'node:test';
import { KeyError, readKeys } from '../../src/config/keys.js';
import { Workspace, minimal } from './workspace.js';

const workspace = new Workspace();
after(() => {
  workspace.remove();
});

test('R51: keys are read in the order of the configuration, any bytes, without the line end of their file', () => {
  const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  workspace.write('binary.key', binary);
  workspace.write('text.key', `${'k'.repeat(20)}\n\n`);
  const configuration = workspace.configuration(minimal().replace('web.key', '[text.key, binary.key]'));
  assert.deepEqual(readKeys(configuration), {
    web: [Buffer.from(`${'k'.repeat(20)}\n`).toString('base64'), binary.toString('base64')],
  });
});

test('R51: the same key with or without a line end is the same key', () => {
  const key = (content: string): string[] | undefined => {
    workspace.write('one.key', content);
    return readKeys(workspace.configuration(minimal().replace('web.key', 'one.key')))['web'];
  };
  const plain = key('0123456789abcdef');
  assert.deepEqual(key('0123456789abcdef\n'), plain);
  assert.deepEqual(key('0123456789abcdef\r\n'), plain);
});

test('R51, R56: a key file that went away since the check is named with the cause', () => {
  workspace.write('gone.key', Buffer.alloc(32, 1));
  const configuration = workspace.configuration(minimal().replace('web.key', 'gone.key'));
  unlinkSync(workspace.path('gone.key'));
  assert.throws(
    () => readKeys(configuration),
    (error: unknown) =>
      error instanceof KeyError &&
      workspace.short(error.message) ===
        'groups.web.key: key file DIR/gone.key cannot be read: no such file (ENOENT)',
  );
});

test('R51, R56: a key file that was opened to others since the check is refused', () => {
  workspace.write('late.key', Buffer.alloc(32, 1));
  const configuration = workspace.configuration(minimal().replace('web.key', 'late.key'));
  workspace.write('late.key', Buffer.alloc(32, 1), 0o604);
  assert.throws(() => readKeys(configuration), /can be read or changed by others \(mode 0604\)/);
});
