import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, test } from 'node:test';
import { openConnection } from '../../src/ctl/connection.js';
import { resultText } from '../../src/ctl/result-text.js';
import { screenOf } from '../../src/ctl/screen.js';
import { ToolError } from '../../src/ctl/tool-error.js';
import { cleanUp, fakeControl, socketPath, type Client } from './fake-control.js';
import { RAISCTL, raisctl, Running } from './raisctl.js';
import { healthy } from './samples.js';

afterEach(cleanUp);

/** What raisctl makes of a control process that behaves like this. */
async function outcome(behave: (client: Client) => void, ...args: readonly string[]) {
  const control = await fakeControl(behave);
  const given = args.length > 0 ? args : ['status'];
  const { code, output, errors } = await raisctl(...given, '--socket', control.path);
  return { code, output, errors: errors.replaceAll(control.path, 'SOCKET') };
}

for (const [args, message] of [
  [[], 'no command; see raisctl --help'],
  [['explain', 'x'], 'ADDRESS: "x" is not an IP address'],
] as const) {
  test(`exit 2: raisctl ${args.join(' ')}`, async () => {
    assert.deepEqual(await raisctl(...args), {
      code: 2,
      signal: null,
      output: '',
      errors: `raisctl: ${message}\n`,
    });
  });
}

test('exit 0: --help and --version', async () => {
  const help = await raisctl('--help');
  assert.equal(help.code, 0);
  for (const command of [
    'status',
    'watch',
    'explain',
    'history',
    'quiesce',
    'resume',
    'move',
    'fail-back',
    'forget',
    'plan',
    'reload',
  ]) {
    assert.match(help.output, new RegExp(`^  raisctl ${command}`, 'm'));
  }
  const { version } = JSON.parse(readFileSync(join(dirname(RAISCTL), '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  assert.equal((await raisctl('--version')).output, `${version}\n`);
});

test('exit 1: what the daemon refuses is told in its words, and nothing else', async () => {
  const refuse = (client: Client): void => {
    client.error('web: host 10.77.1.99 is not known');
  };
  const told = { code: 1, output: '', errors: 'raisctl: web: host 10.77.1.99 is not known\n' };
  assert.deepEqual(await outcome(refuse, 'move', 'web', '10.77.0.101', '10.77.1.99'), told);
  assert.deepEqual(await outcome(refuse, 'move', 'web', '10.77.0.101', '10.77.1.99', '--json'), told);
});

const nonsense: readonly (readonly [what: string, answer: string, fault: string])[] = [
  ['not JSON', 'HTTP/1.1 400 Bad Request\n', 'not JSON'],
  ['no object', '7\n', 'not an object'],
  ['for another request', '{"id":2,"result":{}}\n', 'it is for request 2'],
  ['without an id', '{"result":{}}\n', 'it is for request null'],
  ['an event', '{"id":1,"event":{}}\n', 'it has no result'],
  ['of another shape', '{"id":1,"result":{"entries":[]}}\n', 'result.host: not an address'],
  [
    'with a wrong field deep inside',
    `${JSON.stringify({ id: 1, result: healthy }).replace('"interface":"ctl0"', '"interface":7')}\n`,
    'result.groups.web.hosts[0].links[0].interface: not a text',
  ],
];

for (const [what, answer, fault] of nonsense) {
  test(`an answer that is ${what} is a failure that says so`, async () => {
    const control = await fakeControl((client) => {
      client.raw(answer);
    });
    const how = { json: false, all: false, socket: control.path, screen: screenOf(process.stdout, {}) };
    const connection = await openConnection(control.path, 10_000);
    const shown = connection.ask({ command: 'status' }).then((result) => resultText('status', result, how));
    await assert.rejects(shown, (error) => {
      assert.ok(error instanceof ToolError);
      const question = 'is it raisd, and of the same version as this raisctl?';
      assert.equal(error.message, `cannot understand what ${control.path} answers (${fault}); ${question}`);
      return error.kind === 'refused';
    });
    connection.close();
  });
}

test('exit 1: an answer that cannot be understood', async () => {
  const { code, output, errors } = await outcome((client) => {
    client.raw('HTTP/1.1 400 Bad Request\n');
  });
  assert.deepEqual({ code, output }, { code: 1, output: '' });
  assert.match(errors, /^raisctl: cannot understand what SOCKET answers \(not JSON\)/);
});

test('exit 0: an answer that comes in parts, the next one behind it', async () => {
  const result = { done: ['web: ä'] };
  const bytes = Buffer.from(`${JSON.stringify({ id: 1, result })}\n{"id":9`);
  const { code, output } = await outcome((client) => {
    const middleOfCharacter = bytes.indexOf(0xc3) + 1;
    client.raw(bytes.subarray(0, middleOfCharacter));
    setImmediate(() => {
      client.raw(bytes.subarray(middleOfCharacter));
    });
  }, 'reload');
  assert.deepEqual({ code, output }, { code: 0, output: 'web: ä\n' });
});

test('exit 3: no socket', async () => {
  const path = socketPath();
  const { code, errors } = await raisctl('status', '--socket', path);
  assert.equal(code, 3);
  assert.equal(
    errors,
    `raisctl: no daemon: ${path} does not exist; start raisd, or say where its socket is with --socket\n`,
  );
});

test('exit 3: a socket that nobody listens on any more', async () => {
  const path = socketPath();
  // A process that is killed leaves its socket behind.
  const listen = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await new Promise((resolve) => spawn(process.execPath, ['-e', listen]).once('exit', resolve));
  const { code, errors } = await raisctl('status', '--socket', path);
  assert.equal(code, 3);
  assert.equal(errors, `raisctl: no daemon: nobody listens at ${path} any more; start raisd\n`);
});

test('exit 3: the daemon hangs up before it answers', async () => {
  const { code, errors } = await outcome((client) => {
    client.hangUp();
  });
  assert.equal(code, 3);
  assert.equal(
    errors,
    'raisctl: raisd closed the connection at SOCKET before it had answered; was it stopped or restarted? Look at its log\n',
  );
});

test('exit 3: half an answer is none', async () => {
  const { code, output, errors } = await outcome((client) => {
    client.raw('{"id":1,"result":{"done":["quiesced"]}}');
    client.hangUp();
  }, 'quiesce');
  assert.deepEqual({ code, output }, { code: 3, output: '' });
  assert.match(errors, /before it had answered/);
});

test('exit 3: no answer in time', async () => {
  const { code, errors } = await outcome(() => undefined, 'status', '--answer-within', '200ms');
  assert.equal(code, 3);
  assert.equal(
    errors,
    'raisctl: no answer from SOCKET within 200 ms; raisd hangs or is stopped, look at its log\n',
  );
});

test('exit 1: a socket that one may not use', async () => {
  const control = await fakeControl(() => undefined);
  chmodSync(dirname(control.path), 0o755);
  chmodSync(control.path, 0o600);
  const asOther = ['--reuid=www-data', '--regid=33', '--clear-groups', '--', process.execPath, RAISCTL];
  const other = new Running('setpriv', [...asOther, 'status', '--socket', control.path], {
    PATH: process.env['PATH'],
  });
  const { code, errors } = await other.ended;
  assert.equal(code, 1);
  assert.equal(
    errors,
    `raisctl: cannot connect to ${control.path}: EACCES; only root and members of the group raisd may\n`,
  );
});

test('exit 1: output that cannot be written', async () => {
  const control = await fakeControl((client) => {
    client.result(healthy);
  });
  const full = openSync('/dev/full', 'w');
  const child = spawn(RAISCTL, ['status', '--socket', control.path], { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.deepEqual(
    { code, errors },
    { code: 1, errors: 'raisctl: cannot write to standard output: ENOSPC\n' },
  );
});

test('exit 1: a checkout that was not built says what to do', async () => {
  const root = mkdtempSync(join(tmpdir(), 'raisd-unbuilt-'));
  try {
    mkdirSync(join(root, 'bin'));
    cpSync(join(dirname(RAISCTL), '..', 'package.json'), join(root, 'package.json'));
    cpSync(RAISCTL, join(root, 'bin', 'raisctl'));
    const { code, errors } = await new Running(join(root, 'bin', 'raisctl'), ['status'], {
      PATH: process.env['PATH'],
    }).ended;
    assert.deepEqual(
      { code, errors },
      { code: 1, errors: `raisctl: not built yet: run "npm run build" in ${root}/\n` },
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});
