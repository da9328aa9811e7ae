import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../../native/network/', import.meta.url));
const FLAGS = ['-std=gnu++20', '-g', '-O1', '-fno-rtti', '-Wall', '-Wextra', '-Werror'];
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'];

test('the network addon’s C++ passes its tests under the address and undefined-behaviour sanitizers', () => {
  const directory = mkdtempSync(join(tmpdir(), 'raisd-sanitized-'));
  try {
    const program = join(directory, 'network_test');
    const leaf = readdirSync(SOURCES).filter((file) => file.endsWith('.cc') && !file.endsWith('_binding.cc'));
    const sources = leaf.map((file) => join(SOURCES, file));
    execFileSync('clang++-14', [...FLAGS, ...SANITIZERS, '-o', program, ...sources], { stdio: 'inherit' });
    execFileSync(program, { stdio: 'inherit', timeout: 60_000 });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
