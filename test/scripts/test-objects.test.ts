import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { TestConfiguration, TestProbe } from '../../src/config/configuration.js';
import { milliseconds } from '../../src/core/time.js';
import {
  address,
  endRoles,
  isAlive,
  measuring,
  RoleUnderTest,
  scriptDirectory,
  untilExists,
  untilGone,
} from './role-harness.js';

let directory: ReturnType<typeof scriptDirectory>;
const opened: { close(): void }[] = [];

before(() => {
  directory = scriptDirectory();
});
afterEach(async () => {
  await endRoles();
  for (const each of opened.splice(0)) each.close();
});
after(() => {
  directory.remove();
});

/** Looked at so rarely that only its first run, or an event, can have been what it tells of. */
const ONCE = milliseconds(3_600_000);

const object = (probe: TestProbe, more: Partial<TestConfiguration> = {}): TestConfiguration => ({
  probe,
  interval: milliseconds(20),
  timeout: milliseconds(10_000),
  rise: 1,
  fall: 1,
  ...more,
});

const http = (url: string, more: Partial<Extract<TestProbe, { kind: 'http' }>> = {}): TestProbe => ({
  kind: 'http',
  url,
  status: null,
  body: null,
  host: null,
  verify: true,
  ca: null,
  ...more,
});
const tcp = (port: number, expect: string | null = null, host = '127.0.0.1'): TestProbe => ({
  kind: 'tcp',
  host,
  port,
  expect,
});
const commandOf = (text: string): TestProbe => ({ kind: 'command', argv: [shell(text)], user: null });

let scripts = 0;
const shell = (text: string): string => directory.write(`test${String(++scripts)}`, `#!/bin/sh\n${text}\n`);

async function listening<S extends Server>(server: S): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(server);
  return (server.address() as AddressInfo).port;
}

const webServer = (answer: RequestListener): Promise<number> => listening(createServer(answer));

/** Runs each of these once and returns the reason of each; null: it passed. */
async function reasons(probes: Readonly<Record<string, TestProbe>>): Promise<Record<string, string | null>> {
  const tests = Object.fromEntries(
    Object.entries(probes).map(([name, probe]) => [name, object(probe, { interval: ONCE })]),
  );
  const role = await RoleUnderTest.start(measuring({ tests }));
  const told = await Promise.all(
    Object.keys(tests).map(async (name) => {
      const result = await role.result(name);
      assert.equal(result.kind, 'test');
      return [name, result.passed ? null : result.detail] as const;
    }),
  );
  return Object.fromEntries(told);
}

test('R14: an http test looks at status, text and Host header, and gives the reason where it fails', async () => {
  const port = await webServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { Location: '/' });
    else if (request.url === '/bad') response.writeHead(503);
    response.end(
      request.url === '/long' ? 'x'.repeat(100_000) : `all is fine at ${request.headers.host ?? ''}`,
    );
  });
  const unused = await webServer(() => undefined);
  opened.pop()?.close();
  const odd = await listening(createTcpServer((socket) => socket.end('220 mail\r\n')));
  const at = (path: string): string => `http://127.0.0.1:${String(port)}${path}`;
  const name = `http://localhost:${String(port)}/`;
  assert.deepEqual(
    await reasons({
      good: http(at('/')),
      moved: http(at('/moved')),
      bad: http(at('/bad')),
      exact: http(at('/moved'), { status: 200 }),
      expected: http(at('/bad'), { status: 503 }),
      text: http(at('/'), { body: 'is fine' }),
      missing: http(at('/'), { body: 'excellent' }),
      long: http(at('/long'), { body: 'excellent' }),
      header: http(at('/'), { host: 'www.example.org', body: 'fine at www.example.org' }),
      name: http(name, { body: `fine at localhost:${String(port)}` }),
      refused: http(`http://127.0.0.1:${String(unused)}/`),
      odd: http(`http://127.0.0.1:${String(odd)}/`),
    }),
    {
      good: null,
      moved: null,
      bad: 'status 503',
      exact: 'status 302',
      expected: null,
      text: null,
      missing: 'the answer does not contain "excellent"',
      long: 'the first 64 KiB do not contain "excellent"',
      header: null,
      name: null,
      refused: 'connect: ECONNREFUSED',
      odd: 'the answer is not HTTP: HPE_INVALID_CONSTANT',
    },
  );
});

test('R14: an https test believes a certificate that it was given, for the name that it asks for', async () => {
  const [key, ca] = [join(directory.path, 'key.pem'), join(directory.path, 'cert.pem')];
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '3',
  ];
  const subject = ['-subj', '/CN=www.example.org', '-addext', 'subjectAltName=DNS:www.example.org'];
  execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', ca], { stdio: 'pipe' });
  const server = createSecureServer(
    { key: readFileSync(key), cert: readFileSync(ca) },
    (_request, response) => {
      response.end('ok');
    },
  );
  const url = `https://127.0.0.1:${String(await listening(server))}/`;
  assert.deepEqual(
    await reasons({
      trusted: http(url, { ca, host: 'www.example.org' }),
      named: http(url, { ca, host: 'mail.example.org' }),
      unknown: http(url, { host: 'www.example.org' }),
      unlooked: http(url, { verify: false }),
      absent: http(url, { ca: '/nowhere/ca.pem' }),
      plain: http(url.replace('https', 'http')),
    }),
    {
      trusted: null,
      named: 'TLS: ERR_TLS_CERT_ALTNAME_INVALID',
      unknown: 'TLS: DEPTH_ZERO_SELF_SIGNED_CERT',
      unlooked: null,
      absent: 'cannot read ca /nowhere/ca.pem: ENOENT',
      plain: 'read: ECONNRESET',
    },
  );
});

test('R14: a tcp test connects, and reads what must come first', async () => {
  const mail = await listening(
    createTcpServer((socket: Socket) => {
      socket.write('220 mail');
      setImmediate(() => socket.end('.example.org\r\n'));
      socket.on('error', () => undefined);
    }),
  );
  const mute = await listening(createTcpServer((socket: Socket) => socket.end()));
  assert.deepEqual(
    await reasons({
      open: tcp(mute),
      greeted: tcp(mail, '220 mail.example'),
      other: tcp(mail, '554'),
      mute: tcp(mute, '220'),
      unknown: tcp(mail, null, 'no-such-host.invalid.'),
    }).then(({ unknown, ...rest }) => ({ ...rest, unknown: unknown?.replace(/: E?[A-Z]+$/, '') })),
    {
      open: null,
      greeted: null,
      other: 'begins with "220", not with "554"',
      mute: 'closed without a word',
      unknown: 'cannot resolve no-such-host.invalid.',
    },
  );
});

test('R14: an icmp test pings IPv4 and IPv6, and says where there is no way', async () => {
  // A network of its own, of which lo alone is up.
  const alone = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const icmp = (host: string) => object({ kind: 'icmp', host: address(host) }, { interval: ONCE });
  const tests = {
    four: icmp('127.0.0.1'),
    six: icmp('::1'),
    far: icmp('192.0.2.1'),
    far6: icmp('2001:db8::1'),
  };
  const role = await RoleUnderTest.start(measuring({ tests }), { before: alone });
  const told = await Promise.all(Object.keys(tests).map((name) => role.result(name)));
  assert.deepEqual(
    told.map((result) => result.kind === 'test' && [result.name, result.passed, result.detail]),
    [
      ['four', true, ''],
      ['six', true, ''],
      ['far', false, 'send: Network is unreachable'],
      ['far6', false, 'send: Network is unreachable'],
    ],
  );
});

test('R14: a file test wants the file there', async () => {
  const path = join(directory.path, 'flag');
  const role = await RoleUnderTest.start(measuring({ tests: { flag: object({ kind: 'file', path }) } }));
  assert.deepEqual(await role.result('flag'), {
    kind: 'test',
    name: 'flag',
    passed: false,
    detail: `${path}: ENOENT`,
  });
  writeFileSync(path, '');
  assert.deepEqual(await role.result('flag', 2), { kind: 'test', name: 'flag', passed: true, detail: '' });
});

/** A program of a name of its own that runs until it is killed. */
function service(name: string): ChildProcess & { readonly pid: number } {
  const path = join(directory.path, name);
  // One that runs already cannot be written to.
  if (!existsSync(path)) copyFileSync('/bin/sleep', path);
  const child = spawn(path, ['600'], { stdio: 'ignore' });
  opened.push({ close: () => child.kill('SIGKILL') });
  return child as ChildProcess & { readonly pid: number };
}

test('R14: the death of a process is known at once by name, whatever the interval and fall', async () => {
  const child = service('raisd-service-1');
  await once(child, 'spawn');
  const probe: TestProbe = { kind: 'process', name: 'raisd-service-1', pidfile: null };
  const tests = { service: object(probe, { interval: ONCE, fall: 100 }) };
  const role = await RoleUnderTest.start(measuring({ tests }));
  assert.equal(((await role.result('service')) as { passed: boolean }).passed, true);
  child.kill('SIGKILL');
  const dead = await role.result('service', 2);
  assert.deepEqual(dead, {
    kind: 'test',
    name: 'service',
    passed: false,
    detail: 'no process raisd-service-1 runs',
  });
});

test('R14: a process test passes on while another one of that name runs, and again when it is back', async () => {
  const name = 'raisd-2 (a b)';
  const [first, second] = [service(name), service(name)];
  await Promise.all([once(first, 'spawn'), once(second, 'spawn')]);
  const probe: TestProbe = { kind: 'process', name, pidfile: null };
  const role = await RoleUnderTest.start(measuring({ tests: { service: object(probe) } }));
  await role.result('service');
  for (const child of [first, second].sort((a, b) => a.pid - b.pid)) {
    assert.equal(role.control.results.length, 1);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  assert.equal(((await role.result('service', 2)) as { passed: boolean }).passed, false);
  service(name);
  assert.equal(((await role.result('service', 3)) as { passed: boolean }).passed, true);
});

test('R14: a pidfile is followed from one process to the next, and what it lacks is told', async () => {
  const pidfile = join(directory.path, 'service.pid');
  const [first, second] = [service('raisd-3'), service('raisd-3')];
  await Promise.all([once(first, 'spawn'), once(second, 'spawn')]);
  writeFileSync(pidfile, `${String(first.pid)}\n`);
  const probe: TestProbe = { kind: 'process', name: null, pidfile };
  const role = await RoleUnderTest.start(
    measuring({ tests: { service: object(probe, { interval: ONCE }) } }),
  );
  await role.result('service');
  // As a service does that starts anew: the new one is there before the old one goes.
  writeFileSync(pidfile, `${String(second.pid)}\n`);
  first.kill('SIGKILL');
  await once(first, 'exit');
  second.kill('SIGKILL');
  const dead = await role.result('service', 2);
  const detail = `process ${String(second.pid)} of ${pidfile} does not run`;
  assert.deepEqual(dead, { kind: 'test', name: 'service', passed: false, detail });

  const bad = join(directory.path, 'bad.pid');
  writeFileSync(bad, 'soon\n');
  const gone = join(directory.path, 'gone.pid');
  assert.deepEqual(
    await reasons({
      bad: { kind: 'process', name: null, pidfile: bad },
      gone: { kind: 'process', name: null, pidfile: gone },
    }),
    { bad: `${bad}: holds no process id`, gone: `${gone}: ENOENT` },
  );
});

test('R14: a command test passes with exit status 0, and otherwise tells how it ended and what it said last', async () => {
  assert.deepEqual(
    await reasons({
      good: commandOf(
        'echo "$RAISD_TEST on $RAISD_HOST"; test "$RAISD_TEST $RAISD_HOST" = "good 10.77.1.11"',
      ),
      bad: commandOf('echo first; echo "disk full" >&2; exit 3'),
      killed: commandOf('kill -SEGV $$'),
      absent: { kind: 'command', argv: ['/nowhere/test'], user: null },
      user: { kind: 'command', argv: [shell('id -un; exit 1')], user: 'nobody' },
      nobody: { kind: 'command', argv: ['/bin/true'], user: 'no-such-user' },
    }),
    {
      good: null,
      bad: 'exit 3: disk full',
      killed: 'killed by SIGSEGV',
      absent: 'cannot start /nowhere/test: ENOENT',
      user: 'exit 1: nobody',
      nobody: 'no such user',
    },
  );
});

test('R14: rise and fall are counted in a row, and the first run decides at once', async () => {
  const log = join(directory.path, 'runs');
  // Runs 1 passes; 2 fails, 3 passes, 4 and 5 fail (fall 2); 6 passes, 7 fails, 8 to 10 pass (rise 3).
  const plan = 'PFPFFPFPPP';
  const text = `n=$(cat ${log} 2>/dev/null | wc -c); printf x >> ${log}; test "$(printf ${plan} | cut -c$((n + 1)))" = P`;
  const tests = { planned: object(commandOf(text), { rise: 3, fall: 2 }) };
  const role = await RoleUnderTest.start(measuring({ tests }));
  const runs = (): number => readFileSync(log, 'utf8').length;
  const seen: [boolean, number][] = [];
  for (const count of [1, 2, 3]) {
    const result = await role.result('planned', count);
    assert.equal(result.kind, 'test');
    seen.push([result.passed, runs()]);
  }
  // Told of as soon as the deciding run has ended: the next one may have begun.
  assert.deepEqual(
    seen.map(([passed]) => passed),
    [true, false, true],
  );
  for (const [index, deciding] of [1, 5, 10].entries())
    assert.ok([deciding, deciding + 1].includes(seen[index]![1]), JSON.stringify(seen));
});

test('R16: a test that hangs fails at its timeout, is ended with all that it started, and never runs twice at once', async () => {
  const pids = join(directory.path, 'hanging');
  const text = `trap '' TERM; sleep 600 & echo "$$ $!" >> ${pids}; wait`;
  const tests = {
    hanging: object(commandOf(text), { timeout: milliseconds(300), interval: milliseconds(10) }),
  };
  const role = await RoleUnderTest.start(measuring({ tests }));
  assert.deepEqual(await role.result('hanging'), {
    kind: 'test',
    name: 'hanging',
    passed: false,
    detail: 'no answer within 300 ms',
  });
  await untilExists(pids);
  const started = (): number[][] =>
    readFileSync(pids, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number));
  while (started().length < 3) {
    const alive = started().flat().filter(isAlive);
    assert.ok(alive.length <= 2, `${String(alive.length)} processes of one test at once`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (const pid of started().slice(0, 2).flat()) await untilGone(pid);
});

test('R16: neither a flood nor what a test leaves behind stays', async () => {
  const left = join(directory.path, 'left');
  const tests = {
    flood: object(commandOf('exec yes')),
    leaving: object(commandOf(`sleep 600 & echo $! > ${left}; exit 0`), { interval: ONCE }),
  };
  const role = await RoleUnderTest.start(measuring({ tests }));
  const flood = await role.result('flood');
  assert.ok(flood.kind === 'test' && !flood.passed);
  assert.match(flood.detail, /^killed: it printed more than 64 KiB/);
  const leaving = await role.result('leaving');
  assert.ok(leaving.kind === 'test' && leaving.passed);
  await untilGone(Number(readFileSync(left, 'utf8')));
});

test('R16: while tests hang and flood, the others go on: a process that dies is told of', async () => {
  const child = service('raisd-4');
  await once(child, 'spawn');
  const mute = await listening(createTcpServer(() => undefined));
  const hanging = Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [
      [`hang${String(index)}`, object(commandOf('sleep 600'), { timeout: ONCE, interval: ONCE })],
      [`flood${String(index)}`, object(commandOf('exec yes'))],
      [
        `mute${String(index)}`,
        object(http(`http://127.0.0.1:${String(mute)}/`), { timeout: ONCE, interval: ONCE }),
      ],
    ]).flat(),
  );
  const probe: TestProbe = { kind: 'process', name: 'raisd-4', pidfile: null };
  const tests = { ...hanging, service: object(probe, { interval: ONCE }) };
  const role = await RoleUnderTest.start(measuring({ tests }));
  await role.result('service');
  child.kill('SIGKILL');
  const dead = await role.result('service', 2);
  assert.ok(dead.kind === 'test' && !dead.passed);
  const told = role.control.results.filter(({ name }) => /^(hang|mute)/.test(name));
  assert.deepEqual(told, []);
});

test('R2: an object that several groups name is run once', async () => {
  const runs = join(directory.path, 'once');
  const tests = { shared: object(commandOf(`echo run >> ${runs}`), { interval: ONCE }) };
  const role = await RoleUnderTest.start(measuring({ tests }, ['web', 'mail', 'news']));
  await role.result('shared');
  assert.equal(readFileSync(runs, 'utf8'), 'run\n');
  assert.equal(role.control.results.length, 1);
});

test('R14: an object that no group names is not run', async () => {
  const runs = join(directory.path, 'unnamed');
  const tests = { unnamed: object(commandOf(`echo run >> ${runs}`)), named: object(commandOf('exit 0')) };
  const configured = measuring({ tests });
  const web = { ...configured.groups['web']!, tests: ['named'] };
  const role = await RoleUnderTest.start({ ...configured, groups: { web } });
  await role.result('named');
  assert.throws(() => readFileSync(runs), { code: 'ENOENT' });
});

test('R56: a reload starts, changes and ends tests, and the others do not notice', async () => {
  const runs = join(directory.path, 'reload');
  const noting = (word: string): TestConfiguration =>
    object(commandOf(`echo ${word} >> ${runs}`), { interval: ONCE });
  const [stays, changes, goes] = [noting('stays'), noting('before'), object(commandOf('exit 0'))];
  const role = await RoleUnderTest.start(measuring({ tests: { stays, changes, goes } }));
  for (const name of ['stays', 'changes', 'goes']) await role.result(name);
  role.reconfigure(measuring({ tests: { stays, changes: noting('after'), comes: noting('comes') } }));
  await role.result('comes');
  await role.result('changes', 2);
  assert.deepEqual(readFileSync(runs, 'utf8').trim().split('\n').sort(), [
    'after',
    'before',
    'comes',
    'stays',
  ]);
  rmSync(runs);
});

test('R14: a control process that is new is told the newest result of each test', async () => {
  const tests = { good: object(commandOf('exit 0')), bad: object(commandOf('exit 3')) };
  const role = await RoleUnderTest.start(measuring({ tests }));
  await role.result('good');
  await role.result('bad');
  role.control.close();
  role.attach();
  assert.deepEqual(await role.result('good'), { kind: 'test', name: 'good', passed: true, detail: '' });
  assert.deepEqual(await role.result('bad'), { kind: 'test', name: 'bad', passed: false, detail: 'exit 3' });
});
