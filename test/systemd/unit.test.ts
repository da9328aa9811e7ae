import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Host, waitUntil } from '../supervisor/real-daemon.js';
import { Machine } from './machine.js';

const UNIT = fileURLToPath(new URL('../../../systemd/raisd.service', import.meta.url));
const SERVED = '10.77.0.101';
const SECOND = '10.77.0.102';
/** An address that the kernel would not take away by itself for an hour. */
const LEFT = '10.77.0.109';
const ADDON = fileURLToPath(new URL('../../../build/Release/network.node', import.meta.url));
/** Longer than the unit waits without being asked for more time. */
const RELEASE_SECONDS = 6;

let host: Host;
let machine: Machine;

function configure(...prefer: string[]): void {
  const web = {
    address: '239.255.77.1:5405',
    key: 'web.key',
    interface: 'svc0',
    prefer: prefer.map((address) => `${address}/24`),
    heartbeat: { interval: '20ms', timeout: '100ms' },
    partition: 'ignore',
    'on-release': { command: ['/etc/raisd/release'], timeout: '20s', user: 'raisd-worker' },
  };
  machine.write('etc/raisd/raisd.yaml', JSON.stringify({ control: ['ctl0'], groups: { web } }));
}

const serves = (address: string): Promise<void> =>
  waitUntil(
    `${address} is on the host`,
    () => host.hasAddress(address),
    () => machine.journal(),
  );

const gone = (address: string): Promise<void> =>
  waitUntil(
    `${address} leaves the host`,
    () => !host.hasAddress(address),
    () => machine.journal(),
  );

/** Puts an address on the service interface as the network process does. */
function leave(address: string): void {
  const index = Number(/^\d+/.exec(host.ip('-o', 'link', 'show', 'dev', 'svc0'))?.[0]);
  const bytes = address.split('.').join(', ');
  const request = `{ index: ${String(index)}, address: Uint8Array.of(${bytes}) }`;
  const program = `new (require('${ADDON}').RequestSocket)().apply('add', [${request}], 3600)`;
  execFileSync('ip', ['netns', 'exec', host.namespace, process.execPath, '-e', program]);
  assert.ok(host.hasAddress(address));
}

/** Of a daemon that runs. */
function mainPid(): string {
  const pid = machine.property('MainPID');
  // To `kill` 0 is everybody.
  assert.match(pid, /^[1-9]/, machine.journal());
  return pid;
}

function pidOf(role: string): number {
  const found = machine.processes().find(({ command }) => command.endsWith(`role ${role}`));
  assert.ok(found, `${role} does not run`);
  return found.pid;
}

function assertNothingIsLeft(): void {
  assert.deepEqual(machine.processes(), []);
  for (const address of [SERVED, SECOND]) assert.ok(!host.hasAddress(address), address);
  assert.notEqual(machine.run('test', '-e', '/run/raisd').status, 0, 'the socket’s directory is gone');
}

before(async () => {
  host = new Host();
  machine = new Machine();
  machine.write('etc/raisd/web.key', 'sixteen bytes at least', 0o600);
  machine.write(
    'etc/raisd/release',
    `#!/bin/sh\n[ ! -e /etc/raisd/slow ] || sleep ${String(RELEASE_SECONDS)}\necho the script has run to its end\n`,
    0o755,
  );
  configure(SERVED);
  await machine.boot(host.namespace);
  machine.do('chown', 'raisd:', '/etc/raisd/web.key');
});

after(async () => {
  await machine.remove();
  host.remove();
});

describe('raisd.service', () => {
  test('systemd finds nothing wrong with it, and rates its exposure at most 2.5', () => {
    // Unknown keys are no error to it: they are told on stderr.
    const verified = machine.run('systemd-analyze', 'verify', 'raisd.service');
    assert.deepEqual([verified.status, verified.stderr], [0, '']);
    const rated = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=25', UNIT], {
      encoding: 'utf8',
    });
    assert.equal(rated.status, 0, rated.stdout);
  });

  test('a bad configuration is told and not tried again', async () => {
    machine.write('etc/raisd/raisd.yaml', 'control: [ctl0]\ngroups: nonsense\n');
    assert.notEqual(machine.run('systemctl', 'start', 'raisd').status, 0);
    await waitUntil('the unit has failed', () => machine.property('ActiveState') === 'failed');
    assert.equal(machine.property('ExecMainStatus'), '78');
    assert.equal(machine.property('NRestarts'), '0');
    assert.match(machine.journal(), /raisd\.yaml:2:\d+: groups: /);
    configure(SERVED);
  });

  test('started means that all roles work; they run as a user of their own', async () => {
    machine.do('systemctl', 'start', 'raisd');
    assert.equal(machine.property('ActiveState'), 'active');
    assert.equal(machine.property('StatusText'), 'host 10.77.1.11; groups: web');
    await serves(SERVED);
    const user = (pid: number): string => machine.do('stat', '--format=%U', `/proc/${String(pid)}/cmdline`);
    const status = machine.do('cat', `/proc/${String(pidOf('control'))}/status`);
    const worker = machine.do('id', '--user', 'raisd-worker').trim();
    assert.match(status, new RegExp(`^Uid:\\t${worker}\\t`, 'm'));
    assert.match(status, /^CapBnd:\t0+$/m);
    assert.equal(user(Number(machine.property('MainPID'))).trim(), 'raisd');
    assert.ok(machine.do('raisctl', 'status', '--json').includes(SERVED));
    // R52: the unit lets the supervisor load the fence, and network put it in place.
    assert.match(machine.do('raisctl', 'status'), /^ {2}Fence: bpf$/m);
    const refused = machine.run('raisd', 'clean');
    assert.equal(refused.status, 1);
    assert.equal(
      refused.stderr,
      'raisd: nothing is removed: a daemon answers on /run/raisd/raisd.sock; stop it first\n',
    );
    assert.ok(host.hasAddress(SERVED));
  });

  test('R56: what belongs to the service is checked by root as well, and printed', () => {
    assert.match(machine.do('raisd', 'check'), /^\/etc\/raisd\/raisd\.yaml: ok: /);
    assert.match(machine.do('raisd', 'print'), /key: \[?\/etc\/raisd\/web\.key/);
  });

  test('R56: reload returns when the new configuration is in force, and fails where it is refused', async () => {
    const before = machine.property('MainPID');
    configure(SERVED, SECOND);
    machine.do('systemctl', 'reload', 'raisd');
    await serves(SECOND);
    machine.write('etc/raisd/raisd.yaml', 'control: [ctl0]\ngroups: nonsense\n');
    assert.notEqual(machine.run('systemctl', 'reload', 'raisd').status, 0);
    assert.match(machine.journal(), /reload refused: .*raisd\.yaml:2:/);
    await waitUntil('the reload is over', () => machine.property('ActiveState') === 'active');
    assert.equal(machine.property('StatusText'), 'host 10.77.1.11; groups: web');
    assert.equal(machine.property('MainPID'), before);
    assert.ok(host.hasAddress(SERVED) && host.hasAddress(SECOND));
    configure(SERVED, SECOND);
  });

  test('R53: raisctl restart: the main process goes on as another program with the same rights, and stays active', async () => {
    const main = mainPid();
    const of = (file: string): string => machine.do('cat', `/proc/${main}/${file}`);
    const program = (): string => machine.do('sha256sum', `/proc/${main}/auxv`);
    const rights = (): string[] =>
      of('status')
        .split('\n')
        .filter((line) => /^(Uid|Gid|Groups|Cap\w+|NoNewPrivs|Seccomp\w*|Sig(Blk|Ign)):/.test(line));
    const [programBefore, rightsBefore, limits] = [program(), rights(), of('limits')];
    const roles = machine.processes().map(({ pid }) => pid);
    const complete = (): number => machine.journal().split('every role has a stand-in').length;
    const before = complete();
    machine.do('raisctl', 'restart');
    assert.notEqual(program(), programBefore);
    // Signals are blocked for moments, while a process or a thread is begun.
    await waitUntil(
      'the same rights',
      () => isDeepStrictEqual(rights(), rightsBefore),
      () => rights(),
    );
    assert.equal(of('limits'), limits);
    await waitUntil(
      'every other process is another one',
      () => machine.processes().filter(({ pid }) => roles.includes(pid)).length === 1,
      () => machine.journal(),
    );
    await waitUntil('the reload is over', () => machine.property('ActiveState') === 'active');
    assert.equal(machine.property('MainPID'), main);
    assert.equal(machine.property('StatusText'), 'host 10.77.1.11; groups: web');
    assert.equal(machine.property('WatchdogUSec'), '5s');
    assert.equal(machine.property('NRestarts'), '0');
    assert.ok(host.hasAddress(SERVED) && host.hasAddress(SECOND));
    assert.match(machine.journal(), /raisd \S+ goes on in the place of raisd /);
    await waitUntil('stand-ins', () => complete() > before);
  });

  test('R52, R53: control that hangs gives up its addresses at once and is replaced; the daemon goes on', async () => {
    const main = machine.property('MainPID');
    const hung = pidOf('control');
    machine.do('kill', '-STOP', String(hung));
    await gone(SERVED);
    await waitUntil('it is replaced', () => machine.processes().every(({ pid }) => pid !== hung));
    await serves(SERVED);
    assert.equal(machine.property('MainPID'), main);
    assert.equal(machine.property('NRestarts'), '0');
  });

  test('R52: where the supervisor hangs as well, the watchdog starts the daemon anew', async () => {
    const main = mainPid();
    const before = machine.processes().map(({ pid }) => pid);
    machine.do('kill', '-STOP', main, String(pidOf('control')));
    await gone(SERVED);
    await waitUntil(
      'the watchdog',
      () => machine.property('NRestarts') === '1' && machine.property('ActiveState') === 'active',
      () => machine.journal(),
    );
    assert.match(machine.journal(), /Watchdog timeout/);
    assert.notEqual(machine.property('MainPID'), main);
    const left = machine.processes().filter(({ pid }) => before.includes(pid));
    assert.deepEqual(left, [], 'nothing of the old daemon is left');
    await serves(SERVED);
  });

  test('R52: what a network process that is frozen while its supervisor is killed would keep is taken away', async () => {
    leave(LEFT);
    machine.do('kill', '-STOP', String(pidOf('network')));
    machine.do('kill', '-KILL', mainPid());
    await waitUntil(
      'the restart',
      () => machine.property('NRestarts') === '2' && machine.property('ActiveState') === 'active',
      () => machine.journal(),
    );
    assert.match(machine.journal(), new RegExp(`removed ${LEFT.replaceAll('.', '\\.')} from svc0`));
    await serves(SERVED);
  });

  test('R52, R55: where the supervisor alone is killed, control gives up in order; then the daemon is started anew', async () => {
    const restarts = Number(machine.property('NRestarts'));
    const before = machine.processes().map(({ pid }) => pid);
    machine.write('etc/raisd/slow', '');
    machine.do('kill', '-KILL', mainPid());
    const ended = (): number => machine.journal().split('the script has run to its end').length;
    const ends = ended();
    await waitUntil(
      'the slow release script',
      () => ended() > ends,
      () => machine.journal(),
    );
    machine.do('rm', '/etc/raisd/slow');
    await waitUntil(
      'the restart',
      () =>
        machine.property('NRestarts') === String(restarts + 1) &&
        machine.property('ActiveState') === 'active',
      () => machine.journal(),
    );
    assert.deepEqual(
      machine.processes().filter(({ pid }) => before.includes(pid)),
      [],
      'nothing of the old daemon is left',
    );
    await serves(SERVED);
  });

  test('restart releases, and serves again', async () => {
    const main = machine.property('MainPID');
    machine.do('systemctl', 'restart', 'raisd');
    assert.notEqual(machine.property('MainPID'), main);
    await serves(SERVED);
  });

  test(`stop waits for release scripts, however short the unit’s own patience, and leaves nothing behind`, () => {
    machine.write(
      'etc/systemd/system/raisd.service.d/patience.conf',
      `[Service]\nTimeoutStopSec=${String(RELEASE_SECONDS - 2)}s\n`,
    );
    machine.write('etc/raisd/slow', '');
    machine.do('systemctl', 'daemon-reload');
    machine.do('systemctl', 'stop', 'raisd');
    assert.equal(machine.property('Result'), 'success');
    assert.equal(machine.property('ExecMainStatus'), '0');
    assertNothingIsLeft();
  });
});
