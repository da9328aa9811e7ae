import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../../native/process/', import.meta.url));
const FILES = [
  'channel.cc',
  'fence_assembler.cc',
  'fence_loader.cc',
  'fence_program.cc',
  'file_lock.cc',
  'life.cc',
  'local_address.cc',
  'lookup.cc',
  'notify.cc',
  'output_pipe.cc',
  'pidfd.cc',
  'replace_program.cc',
  'scheduling.cc',
  'sockets.cc',
  'spawn.cc',
  'process_test.cc',
];
const FLAGS = ['-std=gnu++20', '-g', '-O1', '-Wall', '-Wextra', '-Werror', '-pthread'];
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'];

test('the process addon’s C++ passes its test under the address and undefined-behaviour sanitizers', () => {
  const directory = mkdtempSync(join(tmpdir(), 'raisd-sanitized-'));
  try {
    const program = join(directory, 'process_test');
    const sources = FILES.map((file) => join(SOURCES, file));
    execFileSync('clang++-14', [...FLAGS, ...SANITIZERS, '-o', program, ...sources], { stdio: 'inherit' });
    execFileSync(program, { stdio: 'inherit', timeout: 60_000 });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
