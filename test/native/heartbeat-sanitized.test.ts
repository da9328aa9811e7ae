import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../test/native/heartbeat-sanitized.sh', import.meta.url));
const FUZZ_RUNS = '200000';

/** Builds and runs in a directory of its own; throws unless all went well. */
function run(...args: string[]): void {
  const directory = mkdtempSync(join(tmpdir(), 'raisd-heartbeat-'));
  try {
    execFileSync('sh', [SCRIPT, directory, ...args], { stdio: 'inherit' });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('the heartbeat addon’s C++ passes its tests under the address and undefined-behaviour sanitizers', () => {
  run('tests');
});

test('the heartbeat thread and its callers share nothing unguarded, says the thread sanitizer', () => {
  run('threads');
});

test('R51: the fuzzer finds no datagram and no packet of control that does harm', () => {
  run('fuzz', FUZZ_RUNS);
});
