import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Status } from '../../src/ipc/operator-messages.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import { ask } from '../farm/operator-client.js';
import { InstalledCopy } from './installed-copy.js';
import { Host, isRunning, statusOf, waitUntil } from './real-daemon.js';
import type { RealDaemon } from './real-daemon.js';

const ROLES = ['heartbeat', 'control', 'network', 'scripts'] as const;
const SERVED = '10.77.0.101';
const GROUP = 'web';

let host: Host;
before(() => {
  host = new Host();
});
after(() => {
  host.remove();
});

/** Runs a test with a daemon that is ready, and leaves nothing behind. */
const withDaemon = async (body: (daemon: RealDaemon) => Promise<void>): Promise<void> => {
  const daemon = host.start();
  try {
    await body(await daemon.ready());
  } finally {
    await daemon.end();
  }
};

const mask = (pid: number, set: string): bigint => BigInt(`0x${statusOf(pid).get(set) ?? '0'}`);

describe('a running daemon', () => {
  test('has four roles with the rights of the table, each with a session of its own', () =>
    withDaemon((daemon) => {
      const unprivileged = String(
        ['raisd-worker', 'raisd', 'nobody'].flatMap((name) => processAddon.lookupUser(name) ?? [])[0]?.uid,
      );
      const rights = {
        heartbeat: 0n,
        control: 0n,
        network: (1n << 12n) | (1n << 13n),
        scripts: (1n << 5n) | (1n << 6n) | (1n << 7n),
      };
      for (const role of ROLES) {
        const pid = daemon.role(role);
        const status = statusOf(pid);
        for (const set of ['CapPrm', 'CapEff', 'CapBnd'])
          assert.equal(mask(pid, set), rights[role], `${role} ${set}`);
        const isRoot = role === 'scripts';
        // A checkout that others cannot read makes the roles run as root without its rights.
        if (isRoot) assert.equal(status.get('Uid')?.split('\t')[0], '0');
        else assert.ok([unprivileged, '0'].includes(status.get('Uid')?.split('\t')[0] ?? ''), role);
        assert.equal(status.get('NoNewPrivs'), isRoot ? '0' : '1', role);
        assert.equal(status.get('Groups')?.trim(), '', role);
      }
      return Promise.resolve();
    }));

  test('no role has a descriptor of the supervisor’s but its own', () =>
    withDaemon((daemon) => {
      for (const role of ROLES) {
        const links = readdirSync(`/proc/${String(daemon.role(role))}/fd`).map((name) => {
          try {
            return readlinkSync(`/proc/${String(daemon.role(role))}/fd/${name}`);
          } catch {
            return '';
          }
        });
        const files = links
          .filter((link) => link.startsWith(host.directory))
          .map((link) => link.slice(host.directory.length));
        const expected = {
          heartbeat: ['/state/sequence'],
          control: ['/state/addresses.0', '/state/addresses.1', '/state/history.0', '/state/history.1'],
          network: [],
          scripts: [],
        };
        assert.deepEqual(files.sort(), expected[role], role);
      }
      return Promise.resolve();
    }));

  test('the heartbeat thread has real-time priority where the system allows it at all', () =>
    withDaemon((daemon) => {
      const refused = daemon.messages.some((message) => message.includes('without real-time priority'));
      const policies = readdirSync(`/proc/${String(daemon.role('heartbeat'))}/task`).map((task) =>
        policyOf(daemon.role('heartbeat'), task),
      );
      assert.equal(policies.filter((policy) => policy === 1).length, refused ? 0 : 1);
      // Nor is it told that it lacks what the supervisor gives it.
      if (!refused)
        assert.ok(!daemon.messages.some((message) => message.includes('no real-time scheduling')));
      return Promise.resolve();
    }));

  test('R53: the thread of heartbeat’s stand-in has it as well, before it is needed', () =>
    withDaemon(async (daemon) => {
      // Threads of the rehearsal come and go.
      const nameOf = (pid: number, task: string): string => {
        try {
          return readFileSync(`/proc/${String(pid)}/task/${task}/comm`, 'utf8').trim();
        } catch {
          return '';
        }
      };
      const policiesOf = (pid: number): number[] =>
        readdirSync(`/proc/${String(pid)}/task`)
          .filter((task) => nameOf(pid, task) === 'heartbeat')
          .map((task) => policyOf(pid, task));
      const policies = policiesOf(daemon.role('heartbeat'));
      assert.equal(policies.length, 1);
      await waitUntil(
        'a stand-in whose thread is prepared',
        () => {
          const [, standIn] = daemon.processesOf('heartbeat');
          const isPrepared = daemon.messages.includes('every role has a stand-in');
          return isPrepared && standIn !== undefined && isDeepStrictEqual(policiesOf(standIn), policies);
        },
        () => daemon.messages,
      );
    }));

  test('serves its preferred address, and takes no second daemon: in its state directory, network namespace or on its socket', () =>
    withDaemon(async (daemon) => {
      await waitUntil(
        'address',
        () => host.hasAddress(SERVED),
        () => daemon.messages,
      );
      assert.equal(statSync(host.socket).mode & 0o777, 0o660);
      assert.equal(statSync(join(host.directory, 'state')).mode & 0o777, 0o700);
      const who = `another raisd (pid ${String(daemon.pid)})`;
      await refuses(
        host.start({ socket: 'another.sock' }),
        `${who} uses the state directory ${host.directory}/state: stop it, or give this one a directory of its own with --state`,
      );
      const inNamespace = `${who} runs in this network namespace: two would remove each other's addresses; stop it first`;
      await refuses(host.start({ socket: 'another.sock', state: 'state-of-another' }), inNamespace);
      assert.equal(
        host.clean('another.sock'),
        `raisd: nothing is removed: ${inNamespace}\n`,
        'what it serves is not taken for what is left',
      );
      const elsewhere = new Host();
      try {
        const socket = join('..', basename(host.directory), 'raisd.sock');
        await refuses(elsewhere.start({ socket }), 'another daemon answers on it');
      } finally {
        elsewhere.remove();
      }
      assert.ok(existsSync(host.socket), 'the first one’s socket is still there');
      assert.ok(!existsSync(join(host.directory, 'another.sock')));
      assert.ok(host.hasAddress(SERVED));
    }));
});

/** Wherever it stands: at the end of a process its last lines may come out of order (src/log/log.ts). */
async function refuses(daemon: RealDaemon, why: string): Promise<void> {
  assert.equal((await daemon.ended).code, 1);
  assert.ok(
    daemon.messages.some((message) => message.includes(why)),
    daemon.messages.join('\n'),
  );
}

function policyOf(pid: number, task: string): number {
  const text = readFileSync(`/proc/${String(pid)}/task/${task}/stat`, 'utf8');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[38]);
}

describe('the end', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal}: addresses are released, everything is ended and removed, exit code 0`, async () => {
      const daemon = await host.start().ready();
      await waitUntil(
        'address',
        () => host.hasAddress(SERVED),
        () => daemon.messages,
      );
      const roles = ROLES.map((role) => daemon.role(role));
      daemon.signal(signal);
      assert.deepEqual(await daemon.ended, { code: 0, signal: null });
      assert.ok(!host.hasAddress(SERVED));
      assert.ok(!existsSync(host.socket));
      for (const pid of roles) assert.ok(!isRunning(pid));
      const outOfOrder = /does not end|is gone/;
      assert.deepEqual(
        daemon.messages.filter((message) => outOfOrder.test(message)),
        [],
        'each role ends by itself, at once',
      );
    });
  }

  test('R44, R56: signals that come while it starts wait until it can do what they say', async () => {
    const copy = new InstalledCopy();
    try {
      const early = ['SIGHUP', 'SIGUSR2', 'SIGUSR1'].map((name) => `process.kill(process.pid, '${name}');`);
      copy.change('dist/src/supervisor/main.js', (text) => `${early.join(' ')}\n${text}`);
      const daemon = await host.start({ program: copy.program }).ready();
      await waitUntil(
        'reloaded and quiesced',
        () =>
          daemon.messages.includes('configuration reloaded') &&
          daemon.messages.some((message) => message.includes('is quiesced')),
        () => daemon.messages,
      );
      assert.ok(!daemon.messages.some((message) => message.startsWith('Debugger')));
      assert.deepEqual(await daemon.end(), { code: 0, signal: null });
    } finally {
      copy.remove();
    }
  });

  test('R52: roles do not survive a supervisor that is killed, and the addresses leave the host', async () => {
    const daemon = await host.start().ready();
    await waitUntil(
      'address',
      () => host.hasAddress(SERVED),
      () => daemon.messages,
    );
    const roles = ROLES.map((role) => daemon.role(role));
    daemon.signal('SIGKILL');
    await waitUntil('all roles end', () => !roles.some(isRunning));
    assert.ok(!host.hasAddress(SERVED));
    // What it left behind is no obstacle to the next one.
    await (await host.start().ready()).end();
  });
});

describe('a role that dies', () => {
  for (const role of ROLES) {
    test(`${role} is replaced; the daemon goes on and serves`, () =>
      withDaemon(async (daemon) => {
        await waitUntil(
          'address',
          () => host.hasAddress(SERVED),
          () => daemon.messages,
        );
        const old = daemon.role(role);
        process.kill(old, 'SIGKILL');
        await waitUntil(`${role} is replaced`, () => !isRunning(old) && daemon.processesOf(role).length > 0);
        await waitUntil(
          'address',
          () => host.hasAddress(SERVED),
          () => daemon.messages,
        );
        assert.notEqual(daemon.role(role), old);
        assert.equal((await daemon.end()).code, 0);
        assert.ok(!host.hasAddress(SERVED));
      }));
  }
});

describe('a scripts process that hangs', () => {
  test('R14: is ended and replaced, so that old results of tests do not count for ever', () =>
    withDaemon(async (daemon) => {
      const old = daemon.role('scripts');
      process.kill(old, 'SIGSTOP');
      await waitUntil(
        'scripts is replaced',
        () => daemon.processesOf('scripts').some((pid) => pid !== old),
        () => daemon.messages,
      );
      // Its stand-in goes on when its main thread is dead; the kernel takes longer over the rest.
      await waitUntil(
        'the one that hung is gone',
        () => !isRunning(old),
        () => daemon.messages,
      );
      assert.ok(daemon.messages.includes(`scripts (pid ${String(old)}) hangs: it is killed`));
    }));
});

describe('R56: SIGHUP', () => {
  test('applies a good configuration, and leaves a bad one alone', () =>
    withDaemon(async (daemon) => {
      await waitUntil(
        'address',
        () => host.hasAddress(SERVED),
        () => daemon.messages,
      );
      host.writeConfiguration('control: [ctl0]\ngroups: nonsense\n');
      daemon.signal('SIGHUP');
      await waitUntil('refused', () =>
        daemon.messages.some((message) => message.startsWith('reload refused: ')),
      );
      assert.ok(host.hasAddress(SERVED));
      host.configure({ prefer: [`${SERVED}/24`, '10.77.0.102/24'] });
      daemon.signal('SIGHUP');
      await waitUntil(
        'second address',
        () => host.hasAddress('10.77.0.102'),
        () => daemon.messages,
      );
      assert.ok(host.hasAddress(SERVED));
      host.configure({});
    }));

  test('R52: shorter timings end no lease, although the last heartbeat is older than one of theirs', () =>
    withDaemon(async (daemon) => {
      const reload = async (interval: string, timeout: string): Promise<void> => {
        const reloads = (): number =>
          daemon.messages.filter((message) => message === 'configuration reloaded').length;
        const before = reloads();
        host.configure({ heartbeat: { interval, timeout } });
        daemon.signal('SIGHUP');
        await waitUntil('reloaded', () => reloads() > before);
      };
      const pass = async (milliseconds: number): Promise<void> => {
        const begun = performance.now();
        await waitUntil('time passes', () => performance.now() - begun > milliseconds);
      };
      await waitUntil(
        'address',
        () => host.hasAddress(SERVED),
        () => daemon.messages,
      );
      await reload('1s', '5s');
      await pass(300);
      await reload('20ms', '100ms');
      await pass(1000);
      assert.deepEqual(
        daemon.messages.filter((message) => /lease|held up/.test(message)),
        [],
      );
      assert.ok(host.hasAddress(SERVED));
    }));

  test('what this host lacks is told, and once', () => {
    host.configure({ 'on-acquire': { command: ['/no/such/program'] } });
    return withDaemon((daemon) => {
      host.configure({});
      assert.equal(daemon.messages.filter((message) => message.includes('/no/such/program')).length, 1);
      return Promise.resolve();
    });
  });

  test('R52: addresses go over to another service interface, and none stays where it was', () =>
    withDaemon(async (daemon) => {
      const isOn = (name: string): boolean =>
        host.ip('-o', 'address', 'show', 'dev', name).includes(` ${SERVED}/`);
      const served = (by: string, notBy: string) => (): boolean => isOn(by) && !isOn(notBy);
      host.addInterface('svc1', '10.77.0.12/24');
      await waitUntil('address', served('svc0', 'svc1'), () => daemon.messages);
      host.configure({ interface: 'svc1' });
      daemon.signal('SIGHUP');
      await waitUntil('the new interface', served('svc1', 'svc0'), () => daemon.messages);
      host.configure({});
      daemon.signal('SIGHUP');
      await waitUntil('the old interface', served('svc0', 'svc1'), () => daemon.messages);
    }));

  test('gives the scripts process the right that an icmp test needs, and takes it away again; nothing else notices', () =>
    withDaemon(async (daemon) => {
      const told = (text: string) => (): boolean => daemon.messages.some((message) => message.includes(text));
      const rawSockets = (): boolean =>
        daemon.processesOf('scripts').some((pid) => (mask(pid, 'CapEff') & (1n << 13n)) !== 0n);
      /** Until the scripts process has the right that it needs then. */
      const reload = async (...tests: object[]): Promise<void> => {
        const ping = { ...tests[0], interval: '50ms', timeout: '50ms', rise: 1, fall: 1 };
        if (tests.length === 0) host.configure({});
        else host.configure({ tests: ['ping'] }, { tests: { ping } });
        daemon.signal('SIGHUP');
        await waitUntil('the right', () => rawSockets() === tests.length > 0);
      };
      const served = (): boolean => host.hasAddress(SERVED);
      await waitUntil('address', served, () => daemon.messages);
      await reload({ icmp: { host: '127.0.0.1' } });
      // Nobody answers there: that the test is at work shows when it fails.
      await reload({ icmp: { host: '10.77.0.99' } });
      await waitUntil('the test fails', told('test ping fails: '), () => daemon.messages);
      assert.deepEqual(
        daemon.messages.filter((message) => message.includes('test ping fails: ')),
        ['web: test ping fails: no answer within 50 ms'],
      );
      await waitUntil(
        'the address is given up',
        () => !served(),
        () => daemon.messages,
      );
      await reload();
      await waitUntil('address', served, () => daemon.messages);
    }));
});

describe('R60: with peers nobody else may bind this host’s sockets, and', () => {
  const reload = async (daemon: RealDaemon, group: object): Promise<void> => {
    const outcomes = (): string[] =>
      daemon.messages.filter((message) => /^(configuration reloaded|reload refused)/.test(message));
    const before = outcomes().length;
    host.configure({ peers: ['10.77.1.12'], ...group });
    daemon.signal('SIGHUP');
    await waitUntil('reloaded or refused', () => outcomes().length > before);
    assert.equal(outcomes().at(-1), 'configuration reloaded');
  };

  test('R53, R56: a new one of the daemon’s own still follows an old one, also after a restart', async () => {
    host.configure({ peers: ['10.77.1.12'] });
    await withDaemon(async (daemon) => {
      await reload(daemon, { address: '239.255.77.2:5405' });
      await waitUntil(
        'address and stand-ins',
        () => host.hasAddress(SERVED) && daemon.messages.includes('every role has a stand-in'),
        () => daemon.messages,
      );
      await ask(host.socket, { command: 'restart' });
      await reload(daemon, { address: '239.255.77.3:5405' });
      assert.ok(host.hasAddress(SERVED));
    });
    host.configure({});
  });

  test('R56: a group that takes the place of another one, which says farewell, gets one; so does that one when it is back', async () => {
    host.configure({ peers: ['10.77.1.12'] });
    await withDaemon(async (daemon) => {
      const mail = JSON.parse(host.configurationText.replace('"web":', '"mail":')) as { groups: object };
      await reload(daemon, {});
      host.configure({}, mail);
      daemon.signal('SIGHUP');
      await waitUntil(
        'mail',
        () => daemon.messages.some((message) => message.startsWith('mail: ')),
        () => daemon.messages,
      );
      await reload(daemon, {});
    });
    host.configure({});
  });
});

describe('control interfaces', () => {
  test('one whose address changes speaks with the new one', () =>
    withDaemon(async (daemon) => {
      const counter = async (name: string): Promise<number> => {
        const { groups } = (await ask(host.socket, { command: 'status' })) as Status;
        return groups[GROUP]?.counters[name] ?? 0;
      };
      const rises = async (name: string): Promise<void> => {
        const before = await counter(name);
        let now = before;
        await waitUntil(`${name} rises`, () => {
          void counter(name).then((value) => (now = value));
          return now > before;
        });
      };
      await rises('sent');
      host.ip('address', 'delete', '10.77.1.11/24', 'dev', 'ctl0');
      host.ip('address', 'add', '10.77.1.12/24', 'dev', 'ctl0');
      await waitUntil(
        'the new address',
        () => daemon.messages.some((message) => message.includes('speaks with 10.77.1.12 now')),
        () => daemon.messages,
      );
      await rises('sent');
      host.ip('link', 'set', 'ctl0', 'down');
      await waitUntil(
        'that nothing can be sent',
        () => daemon.messages.some((message) => message.includes('cannot be sent on it')),
        () => daemon.messages,
      );
      host.ip('link', 'set', 'ctl0', 'up');
      await waitUntil(
        'that it can again',
        () => daemon.messages.some((message) => message.includes('are sent on control interface ctl0 again')),
        () => daemon.messages,
      );
      host.ip('address', 'delete', '10.77.1.12/24', 'dev', 'ctl0');
      host.ip('address', 'add', '10.77.1.11/24', 'dev', 'ctl0');
    }));

  test('one that is missing at the start is waited for where there is another', async () => {
    host.configure({}, { control: ['ctl0', 'ctl1'] });
    await withDaemon(async (daemon) => {
      assert.ok(
        daemon.messages.includes('control interface ctl1 does not exist'),
        daemon.messages.join('\n'),
      );
      host.addInterface('ctl1', '10.77.2.11/24');
      await waitUntil('ctl1', () =>
        daemon.messages.some((message) => message.startsWith('control interface ctl1 is there')),
      );
      assert.ok(
        host.ip('maddress', 'show', 'dev', 'ctl1').includes('239.255.77.1'),
        'the group is joined there',
      );
      // Deleted and made anew: another index, new sockets.
      host.ip('link', 'delete', 'ctl1');
      await waitUntil(
        'gone',
        () =>
          daemon.messages.filter((message) => message === 'control interface ctl1 does not exist').length ===
          2,
      );
      host.addInterface('ctl1', '10.77.2.11/24');
      await waitUntil('joined again', () =>
        host.ip('maddress', 'show', 'dev', 'ctl1').includes('239.255.77.1'),
      );
    });
  });
});
