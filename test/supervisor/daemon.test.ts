import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { milliseconds } from '../../src/core/time.js';
import type { Role } from '../../src/ipc/supervisor-messages.js';
import { address, configurationOf, groupOf } from './configurations.js';
import { FakeDaemon } from './fake-roles.js';
import type { Report } from './fake-roles.js';

const ROLES: readonly Role[] = ['network', 'heartbeat', 'scripts', 'control'];

const isRunning = (pid: number): boolean => existsSync(`/proc/${String(pid)}`);

const kinds = (reports: readonly Extract<Report, { kind: 'told' }>[]): string[] =>
  reports.map(({ message, descriptor }) =>
    descriptor === null ? message.kind : `${message.kind} + ${descriptor}`,
  );

/** Runs a test with a started daemon, and leaves nothing behind. */
const withDaemon = async (
  body: (fake: FakeDaemon) => Promise<void>,
  configuration = configurationOf({}),
): Promise<void> => {
  const fake = await FakeDaemon.start(configuration);
  try {
    await body(fake);
  } finally {
    await fake.cleanUp();
  }
};

const toldOf =
  (role: Role, kind: string) =>
  (report: Report): boolean =>
    report.kind === 'told' && report.role === role && report.message.kind === kind;

describe('start', () => {
  test('each role is told start first, then what only it needs; keys go to heartbeat alone', () =>
    withDaemon((fake) => {
      assert.deepEqual(kinds(fake.told('network')), ['start', 'lease-board + file', 'go', 'attach + socket']);
      assert.deepEqual(kinds(fake.told('scripts')), [
        'start',
        'snmp-engine-file + file',
        'go',
        'attach + socket',
      ]);
      assert.deepEqual(kinds(fake.told('heartbeat')), [
        'start + file',
        'lease-board + file',
        'sequence-file + file',
        'go',
        'socket + file',
        'attach + socket',
      ]);
      assert.deepEqual(kinds(fake.told('control')), [
        'start + file',
        'go',
        'attach + socket',
        'attach + socket',
        'attach + socket',
        'operator-socket + file',
        'history-file + file',
        'address-file + file',
        'history-file + file',
        'address-file + file',
      ]);
      for (const role of ROLES) {
        const start = fake.told(role)[0]?.message;
        assert.ok(start?.kind === 'start');
        assert.equal(start.hostId, '10.77.1.11');
        assert.deepEqual(start.controlInterfaces, [
          {
            name: 'ctl0',
            index: 11,
            address: '10.77.1.11',
            prefix: 24,
            addresses: [{ address: '10.77.1.11', prefix: 24 }],
          },
        ]);
        assert.deepEqual(start.keys, role === 'heartbeat' ? { web: ['a2V5'] } : {});
      }
      return Promise.resolve();
    }));

  test('all roles ready is told once', () =>
    withDaemon(async (fake) => {
      for (const role of ROLES) fake.order(role, { kind: 'say', message: { kind: 'ready' } });
      await fake.wait('ready', () => fake.logged.includes('raisd 1.2.3 is ready: host 10.77.1.11'));
    }));

  test('a role that cannot be started ends the daemon with 1, and the others with it', async () => {
    const fake = await FakeDaemon.create();
    fake.missing.add('control');
    fake.daemon.start();
    assert.equal(await fake.daemon.finished, 1);
    assert.ok(
      fake.logged.includes('cannot start /nonexistent/node: exec: ENOENT: raisd ends'),
      fake.logged.join('\n'),
    );
    await fake.cleanUp();
  });
});

describe('a role that dies', () => {
  for (const role of ['heartbeat', 'network', 'scripts'] as const) {
    test(`${role} is started anew at once and linked with control, which hears that the old one is gone`, () =>
      withDaemon(async (fake) => {
        const [control, old] = [fake.pidOf('control'), fake.pidOf(role)];
        process.kill(old, 'SIGKILL');
        await fake.born(role, 2);
        await fake.linked(role);
        await fake.until('unlinked', (report) => report.kind === 'unlinked' && report.from === role);
        assert.notEqual(fake.pidOf(role), old);
        assert.equal(fake.pidOf('control'), control, 'control lives on');
        assert.equal(fake.told(role)[0]?.message.kind, 'start');
        assert.ok(
          fake.logged.includes(
            `${role} (pid ${String(old)}) died: signal SIGKILL; it is started anew at once`,
          ),
        );
      }));
  }

  test('control is started anew and linked with all others', () =>
    withDaemon(async (fake) => {
      fake.order('control', { kind: 'exit', code: 3 });
      await fake.born('control', 2);
      for (const role of ['heartbeat', 'network', 'scripts'] as const) await fake.linked(role);
      assert.ok(kinds(fake.told('control')).includes('operator-socket + file'));
      assert.ok(fake.logged.some((line) => line.endsWith('died: exit code 3; it is started anew at once')));
    }));

  test('R53: heartbeat gets the sockets of the one before it, in which nothing is lost', () =>
    withDaemon(async (fake) => {
      fake.order('heartbeat', { kind: 'exit', code: 0 });
      await fake.born('heartbeat', 2);
      await fake.linked('heartbeat');
      assert.ok(kinds(fake.told('heartbeat')).includes('socket + file'));
      assert.equal(fake.opened.length, 1);
    }));

  for (const role of ROLES) {
    test(`R53: ${role} is replaced by its stand-in, which knew all that it needs and had not begun, and another one is begun`, () =>
      withDaemon(async (fake) => {
        await fake.standInsAreThere();
        const standIn = fake.standInOf(role);
        await fake.wait('prepared', () => kinds(fake.told(role, standIn)).length > 0);
        assert.ok(!kinds(fake.told(role, standIn)).includes('go'));
        fake.order(role, { kind: 'exit', code: 1 });
        await fake.wait('it begins', () => kinds(fake.told(role, standIn)).includes('go'));
        assert.match(kinds(fake.told(role, standIn))[0] ?? '', /^start/);
        await fake.linked(role === 'control' || role === 'heartbeat' ? 'network' : role);
        assert.ok(fake.logged.some((line) => line.endsWith('died: exit code 1; it is started anew at once')));
        await fake.wait('another one', () => fake.standInOf(role) !== standIn);
      }));
  }

  for (const role of ['control', 'network', 'scripts'] as const) {
    test(`R53: the stand-in of ${role} goes on when the main thread is dead, and does not wait for the end of the process`, () =>
      withDaemon(async (fake) => {
        await fake.standInsAreThere();
        const [active, standIn] = [fake.pidOf(role), fake.standInOf(role)];
        await fake.wait('prepared', () => kinds(fake.told(role, standIn)).length > 0);
        fake.order(role, { kind: 'die' });
        await fake.wait('it begins', () => kinds(fake.told(role, standIn)).includes('go'));
        await fake.wait('the end of the other is told, once', () =>
          fake.logged.includes(
            `${role} (pid ${String(active)}) died: signal SIGKILL; it is started anew at once`,
          ),
        );
        assert.equal(fake.logged.filter((line) => line.includes('died: ')).length, 1);
      }));
  }

  test('R53: heartbeat’s stand-in has its link to control, of which control does not notice who serves it', () =>
    withDaemon(async (fake) => {
      await fake.standInsAreThere();
      const [control, active, standIn] = [
        fake.pidOf('control'),
        fake.pidOf('heartbeat'),
        fake.standInOf('heartbeat'),
      ];
      const attached = (pid: number): number =>
        kinds(fake.told('heartbeat', pid)).filter((kind) => kind === 'attach + socket').length;
      await fake.wait('the stand-in has the link', () => attached(standIn) === 1);
      await fake.wait('it speaks by it', () =>
        fake.reports.some(
          (report) => report.kind === 'heard' && report.text === `heartbeat ${String(standIn)}`,
        ),
      );
      process.kill(active, 'SIGKILL');
      await fake.wait('it begins', () => kinds(fake.told('heartbeat', standIn)).includes('go'));
      await fake.linked('network');
      assert.equal(attached(standIn), 1, 'no other link');
      assert.ok(!fake.reports.some((report) => report.kind === 'unlinked' && report.pid === control));

      // A new control process has new links, of which the stand-in gets its own as well.
      await fake.standInsAreThere();
      const next = fake.standInOf('heartbeat');
      await fake.wait('the next one has the link', () => attached(next) === 1);
      const nextControl = fake.standInOf('control');
      const heardByControl = (): number =>
        fake.reports.filter(
          (report) => report.kind === 'heard' && report.from === 'heartbeat' && report.pid === nextControl,
        ).length;
      process.kill(control, 'SIGKILL');
      await fake.wait('both have the new one', () => attached(standIn) === 2 && attached(next) === 2);
      await fake.wait('and speak by it', () => heardByControl() === 2);

      // Where it cannot go on with what control said, it asks for control to say it again.
      fake.say(standIn, { kind: 'relink' });
      await fake.wait('another link', () => heardByControl() > 2);
      await fake.wait('both have it', () => attached(standIn) === 3 && attached(next) === 3);
    }));

  test('R53: a stand-in takes over at once after the second death as well; the sixth ends the daemon all the same', async () => {
    const fake = await FakeDaemon.start();
    for (let death = 1; death <= 6; death++) {
      await fake.standInsAreThere();
      fake.order('scripts', { kind: 'exit', code: 1 });
      if (death < 6) await fake.born('scripts', death + 1);
    }
    await fake.until('stop', toldOf('control', 'stop'));
    fake.order('control', { kind: 'say', message: { kind: 'stopped' } });
    assert.equal(await fake.daemon.finished, 1);
    assert.equal(fake.logged.filter((line) => line.endsWith('it is started anew at once')).length, 5);
    await fake.cleanUp();
  });

  test('R53: a stand-in that dies is told, and is no death of the role', () =>
    withDaemon(async (fake) => {
      await fake.standInsAreThere();
      const [active, standIn] = [fake.pidOf('scripts'), fake.standInOf('scripts')];
      process.kill(standIn, 'SIGKILL');
      await fake.wait('told', () =>
        fake.logged.includes(
          `the stand-in of scripts (pid ${String(standIn)}) ended: signal SIGKILL; another one is started`,
        ),
      );
      assert.equal(fake.pidOf('scripts'), active);
      assert.ok(!fake.logged.some((line) => line.includes('died: ')));
    }));

  test('a role that dies six times within 60 s ends the daemon with 1: control is told to stop first', async () => {
    const fake = await FakeDaemon.start();
    for (let death = 1; death <= 6; death++) {
      await fake.born('scripts', death);
      fake.order('scripts', { kind: 'exit', code: 1 });
    }
    const stop = await fake.until('stop', toldOf('control', 'stop'));
    assert.ok(!fake.reports.slice(0, stop).some((report) => report.kind === 'orphaned'));
    fake.order('control', { kind: 'say', message: { kind: 'stopped' } });
    assert.equal(await fake.daemon.finished, 1);
    assert.ok(
      fake.logged.some((line) => line.endsWith('more than 5 times in 60 s: raisd ends')),
      fake.logged.join('\n'),
    );
    for (const role of ROLES) assert.ok(!isRunning(fake.pidOf(role)), role);
    await fake.cleanUp();
  });

  test('when control dies six times network’s channel is closed, so that it removes all addresses', async () => {
    const fake = await FakeDaemon.start();
    for (let death = 1; death <= 6; death++) {
      await fake.born('control', death);
      fake.order('control', { kind: 'exit', code: 1 });
    }
    await fake.until('network orphaned', (report) => report.kind === 'orphaned' && report.role === 'network');
    assert.equal(await fake.daemon.finished, 1);
    await fake.cleanUp();
  });

  test('a role that closes its channel but lives on is killed and started anew', () =>
    withDaemon(async (fake) => {
      const old = fake.pidOf('scripts');
      fake.order('scripts', { kind: 'close' });
      await fake.born('scripts', 2);
      assert.ok(!isRunning(old));
    }));

  test('a role that cannot be started again ends the daemon with 1', async () => {
    const fake = await FakeDaemon.start();
    fake.missing.add('heartbeat');
    fake.order('heartbeat', { kind: 'exit', code: 1 });
    await fake.until('stop', toldOf('control', 'stop'));
    fake.order('control', { kind: 'say', message: { kind: 'stopped' } });
    assert.equal(await fake.daemon.finished, 1);
    assert.ok(fake.logged.includes('heartbeat: cannot start /nonexistent/node: exec: ENOENT: raisd ends'));
    await fake.cleanUp();
  });

  test('why a role cannot go on is logged', () =>
    withDaemon(async (fake) => {
      fake.order('network', { kind: 'say', message: { kind: 'failed', reason: 'no netlink here' } });
      await fake.wait('logged', () => fake.logged.includes('network cannot go on: no netlink here'));
    }));
});

describe('stop', () => {
  test('control releases first; only then the others’ channels are closed; the daemon ends with 0', async () => {
    const fake = await FakeDaemon.start();
    fake.daemon.stop();
    const stop = await fake.until('stop', toldOf('control', 'stop'));
    assert.ok(!fake.reports.some((report) => report.kind === 'orphaned'));
    fake.order('control', { kind: 'say', message: { kind: 'stopped' } });
    assert.equal(await fake.daemon.finished, 0);
    await fake.wait(
      'all orphaned',
      () => fake.reports.filter((report) => report.kind === 'orphaned').length === 4,
    );
    assert.ok(fake.reports.findIndex((report) => report.kind === 'orphaned') > stop);
    for (const role of ROLES) assert.ok(!isRunning(fake.pidOf(role)), role);
    await fake.cleanUp();
  });

  test('a control that ends instead of saying stopped is not waited for', async () => {
    const fake = await FakeDaemon.start();
    fake.daemon.stop();
    await fake.until('stop', toldOf('control', 'stop'));
    fake.order('control', { kind: 'exit', code: 0 });
    assert.equal(await fake.daemon.finished, 0);
    await fake.born('control', 1);
    await fake.cleanUp();
  });

  test('while control releases, a sibling that dies is still started anew: control may need it', async () => {
    const fake = await FakeDaemon.start();
    fake.daemon.stop();
    await fake.until('stop', toldOf('control', 'stop'));
    fake.order('network', { kind: 'exit', code: 1 });
    await fake.born('network', 2);
    await fake.linked('network');
    fake.order('control', { kind: 'say', message: { kind: 'stopped' } });
    assert.equal(await fake.daemon.finished, 0);
    await fake.cleanUp();
  });

  test('told a second time, it waits no longer for a control that does not answer', async () => {
    const fake = await FakeDaemon.start();
    fake.daemon.stop();
    await fake.until('stop', toldOf('control', 'stop'));
    fake.daemon.stop();
    assert.equal(await fake.daemon.finished, 0);
    assert.ok(fake.logged.some((line) => line.includes('network removes what is left')));
    await fake.cleanUp();
  });

  test('a role that does not end with its channel is killed by its pid', async () => {
    const fake = await FakeDaemon.start();
    fake.order('scripts', { kind: 'linger' });
    await fake.until('lingers', (report) => report.kind === 'lingers');
    fake.daemon.stop();
    await fake.until('stop', toldOf('control', 'stop'));
    fake.order('control', { kind: 'say', message: { kind: 'stopped' } });
    await fake.until('orphaned', (report) => report.kind === 'orphaned' && report.role === 'scripts');
    fake.daemon.stop();
    assert.equal(await fake.daemon.finished, 0);
    assert.ok(!isRunning(fake.pidOf('scripts')));
    await fake.cleanUp();
  });
});

describe('R44: signals of the operator', () => {
  test('quiesce and resume go to control', () =>
    withDaemon(async (fake) => {
      fake.daemon.quiesce();
      fake.daemon.resume();
      await fake.until('resume', toldOf('control', 'resume'));
      assert.deepEqual(kinds(fake.told('control')).slice(-2), ['quiesce', 'resume']);
    }));
});

describe('R56: reload', () => {
  const database = groupOf({ address: { address: address('239.255.77.2'), port: 5405 } });

  test('a good configuration goes to all roles, new keys to heartbeat, and new groups get their sockets', () =>
    withDaemon(async (fake) => {
      const configuration = configurationOf({
        groups: { web: groupOf({}), database },
        log: { level: 'trace' },
      });
      fake.loads = { ok: true, configuration, warnings: [] };
      assert.deepEqual(fake.daemon.reload(), []);
      await fake.until(
        'socket',
        (report) => toldOf('heartbeat', 'socket')(report) && JSON.stringify(report).includes('database'),
      );
      for (const role of ROLES) {
        await fake.until('reconfigure', toldOf(role, 'reconfigure'));
        const message = fake.told(role).find((report) => report.message.kind === 'reconfigure')?.message;
        assert.ok(message?.kind === 'reconfigure');
        assert.deepEqual(Object.keys(message.configuration.groups), ['web', 'database']);
        assert.deepEqual(message.keys, role === 'heartbeat' ? { web: ['bmV3'] } : {});
      }
      assert.deepEqual(
        fake.opened.map(({ groupName }) => groupName),
        ['web', 'database'],
        'web keeps its socket',
      );
      fake.order('network', { kind: 'exit', code: 1 });
      await fake.born('network', 2);
      await fake.linked('network');
      const start = fake.told('network')[0]?.message;
      assert.ok(
        start?.kind === 'start' && 'database' in start.configuration.groups,
        'a role started later has it too',
      );
    }));

  test('a bad configuration changes nothing, and its faults are the answer to who asked', () =>
    withDaemon(async (fake) => {
      const fault = {
        file: 'raisd.yaml',
        line: 3,
        column: 5,
        key: 'groups.web.interval',
        message: 'is no duration',
      };
      fake.loads = { ok: false, faults: [fault] };
      fake.order('control', { kind: 'say', message: { kind: 'reload' } });
      await fake.until('reloaded', toldOf('control', 'reloaded'));
      assert.deepEqual(fake.told('control').at(-1)?.message, {
        kind: 'reloaded',
        errors: ['raisd.yaml:3:5: groups.web.interval: is no duration'],
      });
      assert.ok(
        !fake.reports.some((report) => report.kind === 'told' && report.message.kind === 'reconfigure'),
      );
      assert.ok(fake.logged.includes('reload refused: raisd.yaml:3:5: groups.web.interval: is no duration'));
    }));

  test('control interfaces and the id are refused with the advice to restart', () =>
    withDaemon((fake) => {
      fake.loads = {
        ok: true,
        configuration: configurationOf({ control: ['ctl1'], id: address('10.0.0.1') }),
        warnings: [],
      };
      assert.deepEqual(fake.daemon.reload(), [
        'control cannot be changed while the daemon runs: stop and start it (systemctl restart raisd); `raisctl restart` is not enough',
        'id cannot be changed while the daemon runs: stop and start it (systemctl restart raisd); `raisctl restart` is not enough',
      ]);
      return Promise.resolve();
    }));

  test('R52: who turns is alive though it says nothing; who neither turns nor answers is killed', () =>
    withDaemon(async (fake) => {
      const [network, control] = [fake.pidOf('network'), fake.pidOf('control')];
      const hangs = (pid: number): boolean =>
        fake.logged.some((line) => line.includes(`(pid ${String(pid)}) hangs: it is killed`));
      for (const pid of [network, control]) {
        fake.orderTo(pid, { kind: 'mute' });
        await fake.until('muted', (report) => report.kind === 'muted' && report.pid === pid);
      }
      fake.orderTo(network, { kind: 'turn' });
      await fake.until('it counts', (report) => report.kind === 'counts' && report.pid === network);
      // A program of before: it does not count, and is asked.
      fake.say(control, { kind: 'standing-by' });
      await fake.until('asked', (report) => report.kind === 'asked' && report.pid === control);
      await fake.wait('control is found to hang', () => hangs(control));
      assert.ok(!hangs(network));
      process.kill(network, 'SIGSTOP');
      await fake.wait('network is found to hang', () => hangs(network));
    }));

  test('R53: after a restart each role goes over to a new process', () =>
    withDaemon(async (fake) => {
      await fake.standInsAreThere();
      const before = ROLES.map((role) => fake.pidOf(role));
      const known = new Set([...before, ...ROLES.map((role) => fake.standInOf(role))]);
      fake.daemon.replaceRoles();
      for (const [index, role] of ROLES.entries()) {
        const old = before[index];
        await fake.wait(`${role} has a new stand-in`, () => !known.has(fake.standInOf(role)));
        fake.say(fake.standInOf(role), { kind: 'standing-by' });
        const word = role === 'scripts' || role === 'heartbeat' ? 'stop' : 'cease';
        await fake.until(word, (report) => toldOf(role, word)(report) && report.pid === old);
        // R53: who does nothing any more is followed at once, dead or not.
        fake.order(
          role,
          role === 'scripts' ? { kind: 'exit', code: 0 } : { kind: 'say', message: { kind: 'stopped' } },
        );
        await fake.wait(`${role} is another one`, () => fake.pidOf(role) !== old);
      }
      assert.ok(!fake.logged.some((line) => line.includes('died')));
    }));

  test('R53: none is told to end before the one that is to go on has taken in what it was told', () =>
    withDaemon(async (fake) => {
      await fake.standInsAreThere();
      const [active, before] = [fake.pidOf('network'), fake.standInOf('network')];
      fake.daemon.replaceRoles();
      await fake.wait('a new stand-in', () => fake.standInOf('network') !== before);
      const next = fake.standInOf('network');
      fake.orderTo(next, { kind: 'mute' });
      await fake.until('muted', (report) => report.kind === 'muted');
      fake.say(next, { kind: 'standing-by' });
      const asked = await fake.until('asked', (report) => report.kind === 'asked' && report.pid === next);
      fake.say(next, { kind: 'pong' });
      const cease = await fake.until('cease', toldOf('network', 'cease'));
      assert.ok(cease > asked);
      assert.equal(fake.reports[cease]?.pid, active);
      assert.match(kinds(fake.told('network', next))[0] ?? '', /^start/);
    }));

  test('scripts is started anew where commands need other rights; that is no death', () =>
    withDaemon(async (fake) => {
      const onAcquire = { command: ['/bin/true'], timeout: milliseconds(1000), user: null };
      fake.loads = {
        ok: true,
        configuration: configurationOf({ groups: { web: groupOf({ onAcquire }) } }),
        warnings: [],
      };
      assert.deepEqual(fake.daemon.reload(), []);
      // Its channel stays open: a closed one would say that the supervisor is gone.
      await fake.until('stop', toldOf('scripts', 'stop'));
      fake.order('scripts', { kind: 'exit', code: 0 });
      await fake.born('scripts', 2);
      await fake.linked('scripts');
      assert.deepEqual(
        fake.launched.filter(({ role }) => role === 'scripts').map(({ rootCommands }) => rootCommands),
        [false, true],
      );
      assert.ok(!fake.logged.some((line) => line.includes('died')));
    }));
});

describe('control interfaces', () => {
  const both = configurationOf({ control: ['ctl0', 'ctl1'] });

  test('one that is missing is named once, and gets its sockets when it appears', () =>
    withDaemon(async (fake) => {
      assert.deepEqual(
        fake.opened.map((plan) => plan.interface),
        ['ctl0'],
      );
      const start = fake.told('heartbeat')[0]?.message;
      assert.ok(start?.kind === 'start');
      const missing = { name: 'ctl1', index: 0, address: '0.0.0.0', prefix: 0, addresses: [] };
      assert.deepEqual(start.controlInterfaces[1], missing);
      fake.indices.set('ctl1', 12);
      const isSocket = (report: Report): boolean =>
        toldOf('heartbeat', 'socket')(report) && JSON.stringify(report).includes('ctl1');
      await fake.until('socket of ctl1', isSocket);
      assert.equal(fake.logged.filter((line) => line.includes('ctl1 does not exist')).length, 1);
      assert.ok(fake.logged.includes('control interface ctl1 is there, with index 12'));
      await fake.until('control is told', toldOf('control', 'control-interfaces'));
      const told = fake.told('control').at(-1)?.message;
      assert.ok(told?.kind === 'control-interfaces');
      const addresses = [{ address: '10.77.1.11', prefix: 24 }];
      assert.deepEqual(told.controlInterfaces[1], { ...missing, index: 12, ...addresses[0], addresses });
    }, both));

  test('R53: control’s stand-in is told of a change as well, and stays', () =>
    withDaemon(async (fake) => {
      await fake.standInsAreThere();
      const standIn = fake.standInOf('control');
      await fake.wait('prepared', () => kinds(fake.told('control', standIn)).length > 0);
      fake.indices.set('ctl1', 12);
      const isTold = (pid?: number): boolean =>
        kinds(fake.told('control', pid)).includes('control-interfaces');
      await fake.wait('both are told', () => isTold() && isTold(standIn));
      assert.equal(fake.standInOf('control'), standIn);
    }, both));

  test('one that was deleted and made anew gets new sockets', () =>
    withDaemon(async (fake) => {
      fake.indices.set('ctl0', 99);
      await fake.wait('reopened', () => fake.opened.length === 2);
      assert.equal(fake.opened[1]?.interfaceIndex, 99);
      await fake.wait(
        'passed',
        () => kinds(fake.told('heartbeat')).filter((kind) => kind.startsWith('socket')).length === 2,
      );
    }));

  test('one that gets another address gets new sockets; the id stays, and that is told', () =>
    withDaemon(async (fake) => {
      fake.address = '10.77.1.12';
      await fake.wait('reopened', () => fake.opened.length === 2);
      assert.equal(fake.opened[1]?.controlAddress, '10.77.1.12');
      await fake.until('control is told', toldOf('control', 'control-interfaces'));
      assert.deepEqual(
        fake.logged.filter((line) => line.includes('10.77.1.12') || line.includes('has its id')),
        [
          'control interface ctl0 speaks with 10.77.1.12 now, in place of 10.77.1.11',
          'no control interface has 10.77.1.11 any more, from which this host has its id: it keeps the id until raisd is started anew; another host that gets the address meanwhile needs an `id` of its own',
        ],
      );
    }));

  test('one that loses its address is named, and speaks again when it has one', () =>
    withDaemon(async (fake) => {
      fake.address = '';
      await fake.wait('named', () => fake.logged.includes('control interface ctl0 has no address'));
      fake.address = '10.77.1.11';
      await fake.wait('back', () => fake.logged.includes('control interface ctl0 is there, with index 11'));
      // Heartbeat has the same socket, which works again.
      assert.equal(fake.opened.length, 1);
    }));
});
