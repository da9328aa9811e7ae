import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { test } from 'node:test';
import { openJsonChannel } from '../../src/ipc/channel.js';
import type { JsonChannel } from '../../src/ipc/channel.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import type { FromSupervisor, StartMessage, ToSupervisor } from '../../src/ipc/supervisor-messages.js';
import { address, configurationOf } from './configurations.js';
import { statusOf } from './real-daemon.js';

const ROLE = JSON.stringify(new URL('../../src/ipc/role.js', import.meta.url).href);

const START: StartMessage = {
  kind: 'start',
  version: '1.2.3',
  hostId: address('10.77.1.11'),
  controlInterfaces: [],
  configuration: configurationOf({ log: { level: 'error' } }),
  keys: {},
  startedAt: '',
};

interface Role {
  readonly pid: number;
  readonly channel: JsonChannel<FromSupervisor>;
  readonly said: ToSupervisor[];
  /** Resolves when it has said this much, beside that it stands by. */
  heard(count: number): Promise<void>;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: number | null }>;
}

/** A role whose handlers are this JavaScript; `log.level` and everything else of the program is at hand. */
function startRole(handlers: string): Role {
  const program = `
    const { openRole } = await import(${ROLE});
    const log = { level: 'info', fatal() {} };
    const supervisor = openRole('network', log, ${handlers});`;
  const [ours, theirs] = processAddon.socketPair();
  const { pid, pidfd } = processAddon.spawn({
    path: process.execPath,
    arguments: ['--input-type=module', '-e', program],
    environment: {},
    descriptors: [theirs],
    uid: 0,
    gid: 0,
    groups: [],
    capabilities: null,
    nice: null,
    realtimePriority: null,
    memoryLock: null,
    noNewPrivileges: true,
    deathSignal: 9,
  });
  closeSync(theirs);
  const said: ToSupervisor[] = [];
  let standsBy = false;
  let waiting: { count: number; resolve: () => void } | undefined;
  const channel = openJsonChannel<ToSupervisor, FromSupervisor>(ours, {
    message: (message) => {
      if (!standsBy) {
        assert.deepEqual(message, { kind: 'standing-by', countsTurns: true }, 'R53: its first word');
        standsBy = true;
        return;
      }
      said.push(message);
      if (waiting !== undefined && said.length >= waiting.count) waiting.resolve();
    },
    closed: () => undefined,
  });
  const exit = new Promise<{ code: number | null; signal: number | null }>((resolve) => {
    processAddon.watchExit(pidfd, (code, signal) => {
      resolve({ code, signal });
    });
  });
  const heard = (count: number): Promise<void> =>
    new Promise((resolve) => {
      if (said.length >= count) resolve();
      else waiting = { count, resolve };
    });
  return { pid, channel, said, heard, exit };
}

/** As at its birth: all that it needs to know, and `go`. */
function begin(role: Role): void {
  role.channel.send(START);
  role.channel.send({ kind: 'go' });
}

const READY = `{ start: () => supervisor.send({ kind: 'ready' }) }`;

test('a role gets what it is told by kind, with start first, and the log level of the configuration', async () => {
  const role = startRole(`{
    start: (message) => supervisor.send({ kind: 'failed', reason: message.hostId + ' ' + log.level }),
    attach: (message, descriptor) => supervisor.send({ kind: 'failed', reason: message.role + ' ' + descriptor }),
  }`);
  begin(role);
  role.channel.send({ kind: 'attach', role: 'control' });
  await role.heard(2);
  assert.deepEqual(role.said, [
    { kind: 'failed', reason: '10.77.1.11 error' },
    { kind: 'failed', reason: 'control -1' },
  ]);
  role.channel.close();
  assert.deepEqual(await role.exit, { code: 0, signal: null });
});

test('a channel that closes ends a role at once, or leaves it its last duty', async () => {
  const plain = startRole(READY);
  plain.channel.close();
  assert.equal((await plain.exit).code, 0);
  const dutiful = startRole(`{ start() {}, closed: () => setTimeout(() => process.exit(7), 10) }`);
  begin(dutiful);
  dutiful.channel.close();
  assert.equal((await dutiful.exit).code, 7);
  // R53: one that still stands by has none.
  const standIn = startRole(`{ start() {}, closed: () => setTimeout(() => process.exit(7), 10) }`);
  standIn.channel.close();
  assert.equal((await standIn.exit).code, 0);
});

test('R53: a role that is to cease says that it did, and does nothing more, not even its last duty', async () => {
  const role = startRole(`{
    start() {
      process.on('exit', () => supervisor.send({ kind: 'failed', reason: 'a duty' }));
      setInterval(() => supervisor.send({ kind: 'ready' }), 1);
    },
    closed: () => supervisor.send({ kind: 'failed', reason: 'a duty' }),
    ceasing: () => supervisor.send({ kind: 'relink' }),
  }`);
  begin(role);
  await role.heard(1);
  role.channel.send({ kind: 'cease' });
  assert.deepEqual(await role.exit, { code: null, signal: 9 });
  assert.deepEqual(
    role.said.slice(-2),
    [{ kind: 'relink' }, { kind: 'stopped' }],
    'its last act comes before',
  );
});

test('R53: the death of a role’s main thread is seen, and none before', async () => {
  const [first, memory] = [processAddon.createLife(), processAddon.createLife()];
  const role = startRole(READY);
  let isDead = false;
  // A supervisor that goes on with the roles of another one watches them anew.
  role.channel.send({ kind: 'life' }, first);
  closeSync(first);
  const death = new Promise<void>((resolve) => {
    processAddon.watchLife(memory, () => {
      isDead = true;
      resolve();
    });
  });
  role.channel.send({ kind: 'life' }, memory);
  closeSync(memory);
  begin(role);
  await role.heard(1);
  assert.ok(!isDead);
  process.kill(role.pid, 'SIGKILL');
  await Promise.all([death, role.exit]);
  assert.throws(() => processAddon.watchLife(0, () => undefined), {
    message: /^cannot watch a process's life: /,
  });
});

test('R52: the turns of a role’s event loop are seen, and that it does not turn in an endless loop', async () => {
  const memory = processAddon.createTurns();
  const turns = processAddon.lookAtTurns(memory);
  const role = startRole(`{
    start: () => supervisor.send({ kind: 'ready' }),
    'control-interfaces'() {
      supervisor.send({ kind: 'reload' });
      for (const end = Date.now() + 50; Date.now() < end;);
      for (supervisor.send({ kind: 'relink' });;);
    },
  }`);
  begin(role);
  await role.heard(1);
  role.channel.send({ kind: 'turns' }, memory);
  closeSync(memory);
  let heard = 1;
  const answer = async (): Promise<void> => {
    role.channel.send({ kind: 'ping' });
    await role.heard((heard += 1));
  };
  await answer();
  // It answers within a turn, and counts it afterwards: the second answer may come before the count, or in the same turn.
  const before = turns();
  for (let answers = 0; turns() === before && answers < 100; answers += 1) await answer();
  assert.notEqual(turns(), before);
  role.channel.send({ kind: 'control-interfaces', controlInterfaces: [] });
  await role.heard((heard += 1));
  const stuck = turns();
  await role.heard((heard += 1));
  assert.equal(turns(), stuck);
  process.kill(role.pid, 'SIGKILL');
  await role.exit;
  assert.throws(() => processAddon.lookAtTurns(0), {
    message: /^cannot map the memory of a process's turns: /,
  });
});

test('what the supervisor should never say ends the role with 1, and it says why', async () => {
  for (const [messages, reason] of [
    [[{ kind: 'stop' }], 'supervisor sent stop out of order'],
    [[START, START], 'supervisor sent start out of order'],
    [[START, { kind: 'quiesce' }], 'supervisor sent quiesce, which this role does not know'],
  ] as const) {
    const role = startRole(READY);
    for (const message of messages) role.channel.send(message);
    role.channel.send({ kind: 'go' });
    assert.equal((await role.exit).code, 1);
    assert.deepEqual(role.said.at(-1), { kind: 'failed', reason });
  }
});

test('an exception that nobody catches is told to the supervisor before the role ends with 1', async () => {
  const role = startRole(`{ start: () => { setImmediate(() => { throw new Error('a bug'); }); } }`);
  begin(role);
  assert.equal((await role.exit).code, 1);
  const [last] = role.said;
  assert.ok(last?.kind === 'failed' && last.reason.startsWith('Error: a bug\n'));
});

test('a rejected promise that nobody handles as well', async () => {
  const role = startRole(`{ start: () => { Promise.reject(new Error('a bug')); } }`);
  begin(role);
  assert.equal((await role.exit).code, 1);
  assert.equal(role.said[0]?.kind, 'failed');
});

test('signals to the whole group leave a role alone, and its memory is closed to others of its user', async () => {
  const role = startRole(READY);
  begin(role);
  await role.heard(1);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
    process.kill(role.pid, signal);
  assert.equal(statusOf(role.pid).get('Name'), 'node');
  role.channel.close();
  assert.deepEqual(await role.exit, { code: 0, signal: null });
});
