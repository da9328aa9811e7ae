import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { processAddon } from '../../src/ipc/process-addon.js';
import type { SpawnOptions } from '../../src/ipc/process-addon.js';

const NOBODY = 65534;
const CAP_KILL = 5;
const CAP_SETUID = 7;
const CAP_NET_ADMIN = 12;
const CAP_NET_RAW = 13;

let directory = '';
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'raisd-process-'));
});
after(() => {
  rmSync(directory, { recursive: true });
});

interface Outcome {
  readonly code: number | null;
  readonly signal: number | null;
  readonly output: string;
}

const plain: Omit<SpawnOptions, 'path' | 'arguments'> = {
  environment: { PATH: '/usr/bin:/bin' },
  descriptors: [],
  uid: 0,
  gid: 0,
  groups: [],
  capabilities: null,
  nice: null,
  realtimePriority: null,
  memoryLock: null,
  noNewPrivileges: false,
  deathSignal: 0,
};

function waitFor(pidfd: number): Promise<{ readonly code: number | null; readonly signal: number | null }> {
  return new Promise((resolve) => {
    processAddon.watchExit(pidfd, (code, signal) => {
      resolve({ code, signal });
    });
  });
}

/** Runs a shell script with these rights. Its output goes to a file on descriptor 3; those given come after. */
async function runShell(script: string, rights: Partial<SpawnOptions> = {}): Promise<Outcome> {
  const path = join(directory, `output-${String(Math.random())}`);
  const output = openSync(path, 'w');
  const descriptors = [output, ...(rights.descriptors ?? [])];
  const { pidfd } = processAddon.spawn({
    ...plain,
    ...rights,
    path: '/bin/sh',
    arguments: ['-c', `exec >&3; ${script}`],
    descriptors,
  });
  closeSync(output);
  const ending = await waitFor(pidfd);
  return { ...ending, output: readFileSync(path, 'utf8') };
}

const statusOf = async (rights: Partial<SpawnOptions>): Promise<Map<string, string>> => {
  const { output } = await runShell('cat /proc/self/status', rights);
  return new Map(output.split('\n').map((line) => line.split(/:\s*/, 2) as [string, string]));
};

const maskOf = (...capabilities: number[]): string =>
  capabilities
    .reduce((mask, capability) => mask | (1n << BigInt(capability)), 0n)
    .toString(16)
    .padStart(16, '0');

test('a non-root child has exactly the listed capabilities, through exec, and can gain no other', async () => {
  const status = await statusOf({
    uid: NOBODY,
    gid: NOBODY,
    capabilities: [CAP_NET_ADMIN, CAP_NET_RAW],
    noNewPrivileges: true,
  });
  const both = maskOf(CAP_NET_ADMIN, CAP_NET_RAW);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    assert.equal(status.get(set), both, set);
  assert.equal(status.get('Uid'), '65534\t65534\t65534\t65534');
  assert.equal(status.get('Gid'), '65534\t65534\t65534\t65534');
  assert.equal(status.get('Groups')?.trim(), '');
  assert.equal(status.get('NoNewPrivs'), '1');
});

test('a child without capabilities has none at all', async () => {
  const status = await statusOf({ uid: NOBODY, gid: NOBODY, capabilities: [], noNewPrivileges: true });
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    assert.equal(status.get(set), maskOf(), set);
});

test('a child of uid 0 keeps the listed capabilities by its bounding set; what it starts as another user gets none', async () => {
  const rights = { capabilities: [CAP_KILL, CAP_SETUID] };
  const status = await statusOf(rights);
  const kept = maskOf(CAP_KILL, CAP_SETUID);
  for (const set of ['CapPrm', 'CapEff', 'CapBnd']) assert.equal(status.get(set), kept, set);
  assert.equal(status.get('CapAmb'), maskOf());
  const { output } = await runShell(
    `exec perl -e '$> = $< = ${String(NOBODY)}; exec "cat", "/proc/self/status"'`,
    rights,
  );
  assert.match(output, /^Uid:\t65534\t65534/m);
  assert.match(output, new RegExp(`^CapEff:\\t${maskOf()}$`, 'm'));
});

test('capabilities null leaves the supervisor’s own rights', async () => {
  const own = /^CapEff:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  assert.equal((await statusOf({})).get('CapEff'), own);
});

test('supplementary groups are exactly those listed', async () => {
  const status = await statusOf({ uid: NOBODY, gid: NOBODY, groups: [10, 20], capabilities: [] });
  assert.equal(status.get('Groups')?.trim(), '10 20');
});

test('only the listed descriptors are open, in their order from 3 on, and stdin is /dev/null', async () => {
  // Not close-on-exec in this process: the child must not have them all the same.
  const first = openSync(join(directory, 'first'), 'w');
  const second = openSync(join(directory, 'second'), 'w');
  const third = openSync(join(directory, 'unlisted'), 'w');
  const { output } = await runShell('exec ls -l /proc/self/fd', { descriptors: [second, first] });
  for (const descriptor of [first, second, third]) closeSync(descriptor);
  const lines = [...output.matchAll(/ (\d+) -> (.*)$/gm)];
  const targets = new Map(lines.map(([, place, target]) => [Number(place), target]));
  assert.equal(targets.get(0), '/dev/null');
  assert.equal(targets.get(4), join(directory, 'second'));
  assert.equal(targets.get(5), join(directory, 'first'));
  // 6 is ls's own: the directory that it reads.
  assert.match(targets.get(6) ?? '', /^\/proc\/\d+\/fd$/);
  assert.deepEqual([...targets.keys()].sort(), [0, 1, 2, 3, 4, 5, 6]);
});

test('descriptors can be given places that are sources of others', async () => {
  const descriptors = Array.from({ length: 30 }, (_, index) =>
    openSync(join(directory, `many-${String(index)}`), 'w'),
  );
  const { output } = await runShell('for n in 4 18 33; do readlink /proc/$$/fd/$n; done', {
    descriptors: descriptors.toReversed(),
  });
  for (const descriptor of descriptors) closeSync(descriptor);
  assert.deepEqual(
    output.trim().split('\n'),
    [29, 15, 0].map((index) => join(directory, `many-${String(index)}`)),
  );
});

test('the environment is what was given; signals are reset; no core files; a session of its own', async () => {
  const { output } = await runShell(
    // A shell blocks signals for itself while it starts another program: that one tells of itself, in its place.
    'echo "$X|$HOME|$(ulimit -c)"; exec cat /proc/self/stat /proc/self/status',
    {
      environment: { PATH: '/usr/bin:/bin', X: 'y' },
    },
  );
  const [environment, stat, ...signals] = output.trim().split('\n');
  assert.equal(environment, 'y||0');
  const [pid, , , , group, session] = (stat ?? '').split(' ');
  assert.equal(group, pid);
  assert.equal(session, pid);
  // Node ignores SIGPIPE; a child that inherited that would never learn that its reader is gone.
  assert.ok(signals.includes('SigIgn:\t0000000000000000'), output);
  assert.ok(signals.includes('SigBlk:\t0000000000000000'), output);
});

test('nice and limits are set where allowed, and what is refused is told', async () => {
  const { output } = await runShell('awk "{print \\$19}" /proc/$$/stat; ulimit -l', {
    nice: 5,
    memoryLock: 1 << 16,
  });
  assert.deepEqual(output.trim().split('\n'), ['5', '64']);
  const spawned = processAddon.spawn({
    ...plain,
    path: '/bin/true',
    arguments: [],
    realtimePriority: 50,
    nice: -15,
  });
  await waitFor(spawned.pidfd);
  for (const refusal of spawned.refused) assert.ok(['nice', 'RLIMIT_RTPRIO'].includes(refusal), refusal);
});

test('a failure before the program runs is thrown with its step and errno', () => {
  assert.throws(() => processAddon.spawn({ ...plain, path: '/nonexistent', arguments: [] }), {
    message: 'cannot start /nonexistent: exec: ENOENT',
    code: 'ENOENT',
  });
  const unknown = { uid: NOBODY, gid: NOBODY, capabilities: [62] };
  assert.throws(() => processAddon.spawn({ ...plain, ...unknown, path: '/bin/true', arguments: [] }), {
    message: 'cannot start /bin/true: ambient set: EINVAL',
  });
  assert.throws(
    () => processAddon.spawn({ ...plain, path: '/bin/true', arguments: [], descriptors: [999] }),
    {
      code: 'EBADF',
    },
  );
  const withoutUser = {
    ...plain,
    path: '/bin/true',
    arguments: [],
    uid: undefined,
  } as unknown as SpawnOptions;
  assert.throws(() => processAddon.spawn(withoutUser), TypeError);
});

test('the exit of a child is told once, as a code or as a signal', async () => {
  assert.deepEqual((await runShell('exit 7')).code, 7);
  const killed = await runShell('kill -TERM $$');
  assert.deepEqual([killed.code, killed.signal], [null, constants.signals.SIGTERM]);
});

test('the death signal ends the child when its parent is killed', async () => {
  const program = `
    const { processAddon } = await import(${JSON.stringify(new URL('../../src/ipc/process-addon.js', import.meta.url).href)});
    const child = processAddon.spawn({ ...JSON.parse(process.argv[1]), path: '/bin/sleep', arguments: ['60'] });
    (await import('node:fs')).writeFileSync(process.argv[2], String(child.pid));
    process.kill(process.pid, 'SIGKILL');`;
  const path = join(directory, 'pid');
  const parent = processAddon.spawn({
    ...plain,
    path: process.execPath,
    arguments: [
      '--input-type=module',
      '-e',
      program,
      JSON.stringify({
        ...plain,
        deathSignal: constants.signals.SIGKILL,
        uid: NOBODY,
        gid: NOBODY,
        capabilities: [],
      }),
      path,
    ],
  });
  const { signal } = await waitFor(parent.pidfd);
  assert.equal(signal, constants.signals.SIGKILL);
  const pid = Number(readFileSync(path, 'utf8'));
  await untilGone(pid);
});

/** Waits for a process of somebody else's to end: a zombie counts as gone. */
async function untilGone(pid: number): Promise<void> {
  const deadline = Date.now() + 5000;
  while (Date.now() < deadline) {
    let state = 'Z';
    try {
      state = /^State:\t(\w)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 'Z';
    } catch {
      // gone
    }
    if (state === 'Z') return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`process ${String(pid)} still runs`);
}

test('real-time priority can be given to a thread of another process by its name', async () => {
  const { pid, pidfd } = processAddon.spawn({ ...plain, path: '/bin/sleep', arguments: ['60'] });
  const exited = waitFor(pidfd);
  try {
    assert.equal(processAddon.setThreadRealtime(pid, 'no such thread', 50), 0);
    assert.equal(processAddon.setThreadRealtime(pid, 'sleep', 50), 1);
    const [priority, policy] = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(' ')
      .slice(39, 41);
    assert.deepEqual([priority, policy], ['50', '1']);
  } finally {
    process.kill(pid, 'SIGKILL');
    await exited;
  }
});

/** A child that the process has at a moment, another one than `old`. */
async function childOf(pid: number, old = 0): Promise<number> {
  for (;;) {
    const child = Number(readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8'));
    if (child !== 0 && child !== old) return child;
    await nextTurn();
  }
}

test('the main thread of another process is given a nice value, which what it starts does not inherit', async () => {
  const endless = 'while :; do sleep 0.2; done';
  const { pid, pidfd } = processAddon.spawn({ ...plain, path: '/bin/sh', arguments: ['-c', endless] });
  const exited = waitFor(pidfd);
  const niceOf = (process: number): string | undefined =>
    readFileSync(`/proc/${String(process)}/stat`, 'utf8').split(' ')[18];
  try {
    processAddon.prioritizeMainThread(pid, -7, 100_000);
    assert.equal(niceOf(pid), '-7');
    const old = await childOf(pid);
    assert.equal(niceOf(await childOf(pid, old)), '0');
  } finally {
    process.kill(pid, 'SIGKILL');
    await exited;
  }
  assert.throws(() => processAddon.prioritizeMainThread(pid, 0, 100_000), { code: 'ESRCH' });
});

test('the boot clock has fractions and does not go backwards', () => {
  const first = processAddon.bootTime();
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  assert.ok(Math.abs(first - uptime) < 2000);
  assert.ok(Array.from({ length: 10 }, () => processAddon.bootTime()).some((moment) => moment % 1 !== 0));
  assert.ok(processAddon.bootTime() >= first);
});

test('a stale operator socket is replaced, a living one is not, and neither is another file', async () => {
  const path = join(directory, 'operator.sock');
  const first = processAddon.openUnixListener(path, 0o660);
  assert.equal(statSync(path).mode & 0o777, 0o660);
  assert.throws(() => processAddon.openUnixListener(path, 0o660), {
    message: `cannot listen on ${path}: another daemon answers on it: EADDRINUSE`,
  });
  closeSync(first);
  const second = processAddon.openUnixListener(path, 0o600);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const server = createServer((client) => client.end('hello'));
  await new Promise<void>((resolve) => server.listen({ fd: second }, resolve));
  const answer = await new Promise<string>((resolve) =>
    connect(path).once('data', (data) => {
      resolve(String(data));
    }),
  );
  assert.equal(answer, 'hello');
  server.close();
  const file = join(directory, 'plain file');
  writeFileSync(file, '');
  assert.throws(() => processAddon.openUnixListener(file, 0o660), { code: 'EADDRINUSE' });
  assert.throws(() => processAddon.openUnixListener(join(directory, 'x'.repeat(200)), 0o660), {
    code: 'ENAMETOOLONG',
  });
  assert.throws(() => processAddon.openUnixListener(join(directory, 'none', 'x'), 0o660), { code: 'ENOENT' });
});

test('users, groups and interfaces are looked up by name', () => {
  assert.deepEqual(processAddon.lookupUser('root'), { uid: 0, gid: 0 });
  assert.equal(processAddon.lookupUser('no-such-user'), null);
  assert.equal(processAddon.lookupGroup('root'), 0);
  assert.equal(processAddon.lookupGroup('no-such-group'), null);
  assert.ok(processAddon.interfaceIndex('lo') > 0);
  assert.equal(processAddon.interfaceIndex('no-such-if'), 0);
  assert.deepEqual(processAddon.interfaceAddresses('lo')[0], { address: '127.0.0.1', prefix: 8 });
  assert.deepEqual(processAddon.interfaceAddresses('no-such-if'), []);
});

test('an address is this host’s or it is not', () => {
  const index = processAddon.interfaceIndex('lo');
  const isLocal = (address: string): boolean => processAddon.isLocalAddress(address, index);
  assert.deepEqual(['127.0.0.1', '127.77.0.1', '::1'].map(isLocal), [true, true, true]);
  assert.deepEqual(
    ['192.0.2.1', '255.255.255.255', '2001:db8::1', 'fe80::77', 'nonsense', ''].map(isLocal),
    Array(6).fill(false),
  );
});

test('descriptors that the addon opens are close-on-exec', () => {
  const [a, b] = processAddon.socketPair();
  for (const descriptor of [a, b]) {
    assert.ok(fstatSync(descriptor).isSocket());
    assert.match(readFileSync(`/proc/self/fdinfo/${String(descriptor)}`, 'utf8'), /^flags:\s*02/m);
    closeSync(descriptor);
  }
});

test('an alarm rings once at its moment, in the order of moments, and not once it is closed', async () => {
  const rung: string[] = [];
  const start = processAddon.bootTime();
  const moments = new Map<string, number>();
  await new Promise<void>((resolve) => {
    const ring = (name: string) => () => {
      rung.push(name);
      moments.set(name, processAddon.bootTime() - start);
    };
    const [first, second, closed] = ['first', 'second', 'closed'].map((name) =>
      processAddon.alarm(ring(name)),
    );
    const last = processAddon.alarm(() => {
      for (const each of [first, second, last]) each?.close();
      resolve();
    });
    second?.set(start + 20.5);
    first?.set(start + 1000);
    first?.set(start + 5.25);
    closed?.set(start + 10);
    closed?.close();
    last.set(start + 40);
  });
  assert.deepEqual(rung, ['first', 'second']);
  assert.ok((moments.get('first') ?? 0) >= 5.25, String(moments.get('first')));
  assert.ok((moments.get('second') ?? 0) >= 20.5, String(moments.get('second')));
});

test('an alarm for a moment that has passed rings; nonsense is refused', async () => {
  await new Promise<void>((resolve) => {
    const alarm = processAddon.alarm(() => {
      alarm.close();
      alarm.set(1);
      resolve();
    });
    assert.throws(() => {
      alarm.set(NaN);
    }, TypeError);
    alarm.set(-5);
  });
  assert.throws(() => processAddon.alarm(null as unknown as () => void), TypeError);
});

test('R52: signals do not keep the kernel from taking the fence', async () => {
  const heard = (): void => undefined;
  process.on('SIGUSR2', heard);
  const loop = `import os, signal\nwhile True: os.kill(${String(process.pid)}, signal.SIGUSR2)`;
  const sender = spawn('setpriv', ['--pdeathsig', 'KILL', 'python3', '-c', loop], { stdio: 'ignore' });
  try {
    await once(process, 'SIGUSR2');
    for (let round = 0; round < 20; round++)
      for (const descriptor of Object.values(processAddon.loadFence())) closeSync(descriptor);
  } finally {
    sender.kill('SIGKILL');
    await once(sender, 'exit');
    process.off('SIGUSR2', heard);
  }
});
