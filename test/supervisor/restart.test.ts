// R53: `raisctl restart` goes over to the program on disk, in place.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { processAddon } from '../../src/ipc/process-addon.js';
import { takeHandOver } from '../../src/supervisor/hand-over.js';
import { ask, askStatus } from '../farm/operator-client.js';
import { programOf } from '../farm/processes.js';
import { InstalledCopy } from './installed-copy.js';
import { childrenOf, Host, isRunning, statusOf, waitUntil } from './real-daemon.js';
import type { RealDaemon } from './real-daemon.js';

const ROLES = ['heartbeat', 'control', 'network', 'scripts'] as const;
const SERVED = '10.77.0.101';
/** The first line of its own that a program comes to which takes another one's place. */
const FIRST_MODULE = 'dist/src/supervisor/held-signals.js';

let host: Host;
let copy: InstalledCopy;
before(() => {
  host = new Host();
  copy = new InstalledCopy();
});
after(() => {
  host.remove();
  copy.remove();
});

async function startServing(): Promise<RealDaemon> {
  const daemon = await host.start({ program: copy.program }).ready();
  await serves(daemon);
  return daemon;
}

const serves = (daemon: RealDaemon): Promise<void> =>
  waitUntil(
    'address',
    () => host.hasAddress(SERVED),
    () => daemon.messages,
  );

const standInsAreThere = (daemon: RealDaemon, times: number): Promise<void> =>
  waitUntil(
    'every role has a stand-in',
    () => daemon.messages.filter((message) => message === 'every role has a stand-in').length >= times,
    () => daemon.messages,
  );

const rightsOf = (pid: number): (string | undefined)[] =>
  ['Uid', 'Gid', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'SigIgn', 'SigBlk'].map(
    (name) => statusOf(pid).get(name),
  );

const restart = (): Promise<unknown> => ask(host.socket, { command: 'restart' });

/** Descriptors, by what they are. */
function descriptorsOf(pid: number): string[] {
  const names = readdirSync(`/proc/${String(pid)}/fd`);
  const links = names.flatMap((name) => {
    try {
      return readlinkSync(`/proc/${String(pid)}/fd/${name}`).replace(/\d+/g, 'N');
    } catch {
      return [];
    }
  });
  return links.sort();
}

const pidsOf = (daemon: RealDaemon): number[] => ROLES.flatMap((role) => daemon.processesOf(role));

/** Addresses that leave the host, as the kernel tells it. */
function watchAddresses(): { readonly removed: string[]; close(): void } {
  const monitor = spawn('ip', ['-n', host.namespace, '-o', 'monitor', 'address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const removed: string[] = [];
  createInterface({ input: monitor.stdout }).on('line', (line) => {
    if (line.startsWith('Deleted')) removed.push(line);
  });
  return { removed, close: () => monitor.kill('SIGKILL') };
}

test('R53: raisctl restart: the supervisor is another program in the same process, with the same rights; all others follow; no address moves; nothing is left over', async () => {
  host.configure({}, { web: { listen: '127.0.0.1:9877' } });
  const daemon = await startServing();
  try {
    await standInsAreThere(daemon, 1);
    const before = { rights: rightsOf(daemon.pid), status: await askStatus(host.socket) };
    const addresses = watchAddresses();
    const descriptors: string[][] = [];
    for (const times of [2, 3]) {
      const [program, processes] = [programOf(daemon.pid), childrenOf(daemon.pid)];
      // Answered by the very process that was asked: the roles do not notice.
      const done =
        'the supervisor is the program on disk; the other processes follow one after the other; the log says when the restart is done';
      assert.deepEqual(await restart(), { done: [done] });
      assert.notEqual(programOf(daemon.pid), program);
      assert.match(
        host.clean('another.sock'),
        new RegExp(`another raisd \\(pid ${String(daemon.pid)}\\) runs`),
      );
      await standInsAreThere(daemon, times);
      await waitUntil('the status page', () =>
        daemon.processesOf('web').some((pid) => !processes.includes(pid)),
      );
      await waitUntil(
        'the dead are reaped',
        () => childrenOf(daemon.pid).length === 2 * ROLES.length + 1,
        () => childrenOf(daemon.pid).map((pid) => [pid, statusOf(pid).get('State')]),
      );
      assert.deepEqual(processes.filter(isRunning), []);
      descriptors.push(descriptorsOf(daemon.pid));
    }
    addresses.close();
    assert.deepEqual(addresses.removed, []);
    assert.ok(!daemon.messages.some((message) => message.includes('died')), daemon.messages.join('\n'));
    await waitUntil(
      'the ends of both restarts are told',
      () => daemon.messages.filter((message) => message.startsWith('the restart is done')).length === 2,
      () => daemon.messages,
    );
    assert.deepEqual(descriptors[1], descriptors[0]);
    assert.deepEqual(rightsOf(daemon.pid), before.rights);
    assert.equal((await askStatus(host.socket))?.startedAt, before.status?.startedAt);
    daemon.signal('SIGTERM');
    assert.deepEqual(await daemon.ended, { code: 0, signal: null });
    assert.ok(!host.hasAddress(SERVED));
    assert.ok(!existsSync(host.socket));
  } finally {
    await daemon.end();
    host.configure({});
  }
});

describe('R53: while the program is exchanged', () => {
  let daemon: RealDaemon;
  before(async () => {
    daemon = await startServing();
  });
  after(() => daemon.end());

  for (const [index, role] of (['control', 'network', 'heartbeat'] as const).entries())
    test(`${role}, which dies, is followed by the stand-in that it had`, async () => {
      await standInsAreThere(daemon, index + 1);
      const [died] = daemon.processesOf(role).sort((a, b) => a - b);
      assert.ok(died !== undefined);
      await restartWith(FIRST_MODULE, `process.kill(${String(died)}, 'SIGKILL')`).catch(
        () => 'control, which was asked, is gone',
      );
      const told = `${role} (pid ${String(died)}) died: signal SIGKILL; it is started anew at once`;
      await waitUntil(
        'told',
        () => daemon.messages.includes(told),
        () => daemon.messages,
      );
      await standInsAreThere(daemon, index + 2);
      await serves(daemon);
      assert.ok(!pidsOf(daemon).includes(died));
    });

  test('a signal is not lost', async () => {
    await restartWith(
      'dist/src/supervisor/main.js',
      "process.kill(process.pid, 'SIGTERM'); process.kill(process.pid, 'SIGHUP')",
    ).catch(() => 'it ends');
    assert.deepEqual(await daemon.ended, { code: 0, signal: null });
    assert.ok(!host.hasAddress(SERVED));
  });
});

test('R52: where the new program cannot go on after all, the roles give everything up in order', async () => {
  const daemon = await startServing();
  try {
    const roles = pidsOf(daemon);
    await assert.rejects(restartWith(FIRST_MODULE, 'process.exit(1)'));
    assert.equal((await daemon.ended).code, 1);
    await waitUntil('all roles end', () => !roles.some(isRunning));
    assert.ok(!host.hasAddress(SERVED));
  } finally {
    await daemon.end();
  }
});

/** The new program, and not its trial, does this first in that file. */
async function restartWith(file: string, code: string): Promise<unknown> {
  copy.change(file, (text) => `if (process.env['RAISD_HAND_OVER'] !== undefined) { ${code}; }\n${text}`);
  try {
    return await restart();
  } finally {
    copy.change(file, (text) => text);
  }
}

describe('R53: a restart that is refused changes nothing', () => {
  let daemon: RealDaemon;
  before(async () => {
    daemon = await startServing();
    await standInsAreThere(daemon, 1);
  });
  after(() => daemon.end());

  const isRefused = async (spoil: () => void, why: RegExp, mend: () => void): Promise<void> => {
    const before = [programOf(daemon.pid), pidsOf(daemon)];
    const refusals = (): number =>
      daemon.messages.filter((message) => message.startsWith('restart refused: ')).length;
    const refusalsBefore = refusals();
    spoil();
    await assert.rejects(restart(), ({ message }: Error) => why.test(message) || assert.fail(message));
    mend();
    assert.deepEqual([programOf(daemon.pid), pidsOf(daemon)], before);
    await waitUntil('told', () => refusals() > refusalsBefore);
    assert.ok(host.hasAddress(SERVED));
  };

  /** The program on disk is another one for a while. */
  const askWith = (file: string, change: (text: string) => string | null, why: RegExp): Promise<void> =>
    isRefused(
      () => {
        copy.change(file, change);
      },
      why,
      () => {
        copy.change(file, (text) => text);
      },
    );

  test('a part of the new program is missing', () =>
    askWith(
      'dist/src/control/main.js',
      () => null,
      /^nothing is changed:\nCannot find module .*control\/main\.js/,
    ));

  test('a part of it cannot be read', () =>
    askWith(
      'dist/src/network/main.js',
      () => 'this is no program',
      /^nothing is changed:\nUnexpected identifier/,
    ));

  test('it cannot be started at all', () =>
    askWith(
      'bin/raisd',
      () => 'neither is this',
      /^nothing is changed:\nthe program on disk cannot be started: exit code 1; the log may have its words$/,
    ));

  test('it cannot take over what this one holds', () =>
    askWith(
      'dist/src/supervisor/hand-over.js',
      (text) => text.replace(/HAND_OVER_FORMAT = \d+/, 'HAND_OVER_FORMAT = 99'),
      /^nothing is changed:\nraisd \S+ cannot take over from this one \(\S+\) while it runs: stop the daemon and start it$/,
    ));

  const askConfigured = (configure: () => void, why: RegExp): Promise<void> =>
    isRefused(configure, why, () => {
      host.configure({});
    });

  test('R56: its configuration is bad', () =>
    askConfigured(() => {
      host.writeConfiguration('control: [ctl0]\ngroups: nonsense\n');
    }, /^nothing is changed:\n.*raisd\.yaml:2:\d+: groups: /));

  test('R56: its configuration needs another daemon', () =>
    askConfigured(() => {
      host.configure({}, { id: '10.0.0.1' });
    }, /^nothing is changed:\nid cannot be changed while the daemon runs: stop and start it \(systemctl restart raisd\); `raisctl restart` is not enough$/));

  test('and is no obstacle to the next one', async () => {
    const program = programOf(daemon.pid);
    await restart();
    assert.notEqual(programOf(daemon.pid), program);
  });
});

describe('R53: a record that another program has left', () => {
  const given = (record: unknown): NodeJS.ProcessEnv => {
    const memory = processAddon.createMemory('test');
    writeSync(memory, JSON.stringify(record), 0);
    return { RAISD_HAND_OVER: String(memory) };
  };

  test('none: the daemon starts', () => {
    assert.equal(takeHandOver({}), null);
  });

  test('of another format, of another process, or without what it needs, is refused, and left to nobody else', () => {
    for (const record of [{ format: 99 }, { format: 1, pid: 1 }, { format: 1, pid: process.pid }, []]) {
      const environment = given(record);
      assert.throws(
        () => takeHandOver(environment),
        /^Error: nothing can be taken over from the program before: /,
      );
      assert.deepEqual(environment, {});
    }
    assert.throws(() => takeHandOver({ RAISD_HAND_OVER: 'nonsense' }), /nothing can be taken over/);
  });
});
