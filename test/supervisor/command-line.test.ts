import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RAISD } from './real-daemon.js';

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const raisd = (...args: string[]): Outcome => spawnSync(RAISD, args, { encoding: 'utf8', timeout: 30_000 });

const outcomeOf = ({ status, stderr }: Outcome): Omit<Outcome, 'stdout'> => ({ status, stderr });

/** Runs a test with a configuration file that holds this text. */
function withConfiguration(text: string, body: (path: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'raisd-command-line-'));
  try {
    const path = join(directory, 'raisd.yaml');
    writeFileSync(join(directory, 'web.key'), 'sixteen bytes at least', { mode: 0o600 });
    writeFileSync(path, text);
    body(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const GOOD = `
control: [no-such-if]
groups:
  web: {address: 239.255.77.1:5405, key: web.key, interface: svc0}
`;

test('wrong usage ends with 2 and says what is wrong', () => {
  for (const args of [
    ['--nonsense'],
    ['nonsense'],
    ['--config'],
    ['--config', ''],
    ['--state', 'a', '--state', 'b'],
    ['check', '--socket', 'x'],
    ['clean', '--config', 'x'],
    ['role', 'nobody'],
    ['role', 'control'],
  ]) {
    const { status, stderr } = raisd(...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, /^raisd: .+\n$/);
  }
});

test('--version and --help end with 0', () => {
  assert.match(raisd('--version').stdout, /^\d+\.\d+\.\d+\n$/);
  const { status, stdout } = raisd('--help');
  assert.equal(status, 0);
  for (const word of ['check', 'print', 'schema', 'clean', '--config', '--socket', '--state'])
    assert.ok(stdout.includes(word));
});

test('check: 0 for a good file, 1 and the place of each fault for a bad one', () => {
  withConfiguration(GOOD, (path) => {
    assert.equal(raisd('check', '--config', path).status, 0);
  });
  withConfiguration(GOOD.replace('control', 'controll'), (path) => {
    const { status, stdout } = raisd('check', '--config', path);
    assert.equal(status, 1);
    assert.ok(stdout.startsWith(`${path}:2:1: `), stdout);
  });
});

test('print gives YAML that prints to the same; schema gives JSON', () => {
  withConfiguration(GOOD, (path) => {
    const first = raisd('print', '--config', path);
    assert.equal(first.status, 0);
    writeFileSync(path, first.stdout);
    assert.equal(raisd('print', '--config', path).stdout, first.stdout);
  });
  assert.equal((JSON.parse(raisd('schema').stdout) as { type: string }).type, 'object');
});

test('a reader of check, print or schema that goes away is no failure', () => {
  const intoNobody = (command: string): Omit<Outcome, 'stdout'> => {
    const script = `${RAISD} ${command} | true; exit \${PIPESTATUS[0]}`;
    return outcomeOf(spawnSync('bash', ['-c', script], { encoding: 'utf8' }));
  };
  withConfiguration(GOOD, (path) => {
    for (const command of ['check', 'print'])
      assert.deepEqual(intoNobody(`${command} --config ${path}`), { status: 0, stderr: '' }, command);
  });
  withConfiguration(GOOD.replace('control', 'controll'), (path) => {
    assert.deepEqual(intoNobody(`check --config ${path}`), { status: 1, stderr: '' }, 'the verdict stands');
  });
  assert.deepEqual(intoNobody('schema'), { status: 0, stderr: '' });
});

test('what check, print or schema cannot write is a failure that says so', () => {
  withConfiguration(GOOD, (path) => {
    for (const command of [`check --config ${path}`, `print --config ${path}`, 'schema']) {
      const full = spawnSync('sh', ['-c', `${RAISD} ${command} >/dev/full`], { encoding: 'utf8' });
      assert.deepEqual(
        outcomeOf(full),
        { status: 1, stderr: 'raisd: cannot write to standard output: ENOSPC\n' },
        command,
      );
    }
  });
});

test('R56: the daemon does not start with a bad configuration: 78, and the faults on stderr', () => {
  withConfiguration(GOOD.replace('239.255.77.1:5405', '10.0.0.1:5405'), (path) => {
    const { status, stderr } = raisd('--config', path);
    assert.equal(status, 78);
    assert.ok(stderr.startsWith(`${path}:4:`) && stderr.includes('groups.web.address'), stderr);
  });
  assert.equal(raisd('--config', '/nonexistent/raisd.yaml').status, 78);
});

test('the daemon does not start without its only control interface: 1, and its name', () => {
  withConfiguration(GOOD, (path) => {
    const { status, stderr } = raisd(
      '--config',
      path,
      '--socket',
      `${path}.sock`,
      '--state',
      `${path}.state`,
    );
    assert.equal(status, 1);
    assert.ok(
      stderr.includes('"level":"fatal"') && stderr.includes('control interface no-such-if does not exist'),
      stderr,
    );
  });
});

test('a supervisor that is not root says which rights it lacks', () => {
  withConfiguration(GOOD, (path) => {
    const script = `exec setpriv --bounding-set -all --inh-caps -all ${RAISD} --config ${path} --socket ${path}.sock --state ${path}.state`;
    const { status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8', timeout: 30_000 });
    assert.equal(status, 1);
    assert.ok(stderr.includes('CAP_SETUID is missing') && stderr.includes('start it as root'), stderr);
  });
});
