// Test and load objects of real daemons: what they see decides who serves.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { GroupStatus } from '../../src/ipc/operator-messages.js';
import { startInNamespace } from './child.js';
import { GROUP } from './configuration.js';
import type { FarmConfiguration } from './configuration.js';
import type { Host } from './host.js';
import { processesInNamespace } from './processes.js';
import { BOUND_MS, Stage, TIMING } from './stage.js';
import { waitUntil } from './wait.js';

/** A web server in a few lines; the file beside it says whether it is well. */
const WEB_SERVER = `
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
const [, , sick] = process.argv;
createServer((request, response) => {
  response.writeHead(existsSync(sick) ? 503 : 200).end('well');
}).listen(8080, '127.0.0.1');
`;

const fileOf = (host: Host, name: string): string => join(host.daemon.directory, name);

/** Services of the hosts: a program of a name of its own, and a web server. */
class Services {
  private readonly children: ChildProcess[] = [];

  /** Starts the program that the host's `process` test looks for. */
  startProgram(host: Host): ChildProcess {
    const program = fileOf(host, programName(host));
    if (!existsSync(program)) copyFileSync('/bin/sleep', program);
    return this.start(host, program, ['6000']);
  }

  startWebServer(host: Host): ChildProcess {
    const script = fileOf(host, 'server.mjs');
    writeFileSync(script, WEB_SERVER);
    return this.start(host, process.execPath, [script, fileOf(host, 'sick')]);
  }

  /** As a crash would: the process of that name is gone. */
  killProgram(host: Host): void {
    const pid = processesInNamespace(host.namespace.name).find(
      (each) => commandOf(each) === programName(host),
    );
    if (pid === undefined) throw new Error(`${host.name}: its service does not run`);
    process.kill(pid, 'SIGKILL');
  }

  close(): void {
    for (const child of this.children) child.kill('SIGKILL');
  }

  private start(host: Host, program: string, args: readonly string[]): ChildProcess {
    const child = startInNamespace(host.namespace, program, args, 'ignore');
    this.children.push(child);
    return child;
  }
}

// No other run of this file has processes of the same name; the kernel keeps 15 characters.
const programName = (host: Host): string => `rf${String(process.pid)}-${host.name}`;

/** What each host is configured with: every kind of trouble among its tests, and a load that a file says. */
function adjust(configuration: FarmConfiguration, host: Host): void {
  const script = (name: string, text: string): string[] => {
    writeFileSync(fileOf(host, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return [fileOf(host, name)];
  };
  setLoad(host, '10 100');
  configuration['tests'] = {
    service: { process: { name: programName(host) }, interval: '300ms', timeout: '5s', rise: 1, fall: 100 },
    web: {
      http: { url: 'http://127.0.0.1:8080/health', body: 'well' },
      interval: '200ms',
      timeout: '5s',
      rise: 1,
      fall: 2,
    },
    ping: { icmp: { host: '10.77.0.200' }, interval: '200ms', timeout: '5s' },
  };
  // These belong to a group of their own: there is nothing that they could make it give up.
  Object.assign(configuration['tests'] as object, {
    hangs: { command: script('hangs', "trap '' TERM; exec sleep 6000"), interval: '1s', timeout: '100ms' },
    floods: { command: script('floods', 'exec yes'), interval: '1s', timeout: '5s' },
    forks: {
      command: script('forks', 'for i in 1 2 3 4 5; do sleep 6000 & done; exit 1'),
      interval: '1s',
      timeout: '5s',
    },
    fails: { command: script('fails', 'echo "out of order" >&2; exit 7'), interval: '1s', timeout: '5s' },
  });
  configuration['loads'] = {
    told: { command: script('load', `cat ${fileOf(host, 'load-value')}`), interval: '500ms' },
  };
  const web = configuration.groups[GROUP]!;
  Object.assign(web, { tests: ['service', 'web', 'ping'], loads: ['told'], assign: 'least-loaded' });
  // One host of them is enough: the machine has to carry it all.
  if (host.number !== 1) return;
  configuration.groups[TROUBLED] = {
    ...web,
    address: '239.255.77.2:5406',
    prefer: [],
    tests: ['hangs', 'floods', 'forks', 'fails'],
  };
}

const TROUBLED = 'troubled';
const setLoad = (host: Host, line: string): void => {
  writeFileSync(fileOf(host, 'load-value'), `${line}\n`);
};
const hostIn = (group: GroupStatus, host: Host) => group.hosts.find(({ id }) => id === host.id);

describe('test and load objects on the farm', () => {
  let stage: Stage;
  let h1: Host;
  let h2: Host;
  let h3: Host;
  const services = new Services();

  before(async () => {
    stage = await Stage.raise({
      hosts: 3,
      ...TIMING,
      adjust: (configuration, host) => {
        services.startProgram(host);
        services.startWebServer(host);
        adjust(configuration, host);
      },
    });
    [h1, h2, h3] = stage.farm.hosts as [Host, Host, Host];
  });
  after(() => {
    services.close();
    stage.close();
  });

  const failuresOf = async (witness: Host, host: Host, group = GROUP): Promise<readonly string[]> =>
    hostIn(await stage.group(witness, group), host)?.failures ?? [];

  it('R14, R45: killing the service behind a process test moves its address at once, and everybody knows why', async () => {
    const since = Date.now();
    services.killProgram(h3);
    await stage.waitForAnswer(h3.preferred, [h1, h2]);
    await stage.waitForGroup(h1, 'h3 failed', (group) => hostIn(group, h3)?.ok === false);
    const reason = `no process ${programName(h3)} runs`;
    assert.deepEqual(await failuresOf(h1, h3), [`test service: ${reason}`]);
    const told = (await stage.historySince(since)).filter(({ event }) => event === 'test-failed');
    assert.deepEqual(
      told.map(({ host, message }) => [host, message]),
      [[h3.id, `${GROUP}: test service fails: ${reason}`]],
    );
    assert.match(
      (await h1.daemon.ctl('status')).stdout,
      new RegExp(`${h3.id} is failed: test service: ${reason}`),
    );
    services.startProgram(h3);
    await stage.settle();
    assert.ok((await stage.historySince(since)).some(({ event }) => event === 'test-recovered'));
  });

  it('R14, R45: an http test that fails so many times in a row moves the address, which comes back with it', async () => {
    const since = Date.now();
    writeFileSync(fileOf(h2, 'sick'), '');
    await stage.waitForAnswer(h2.preferred, [h1, h3]);
    await stage.waitForGroup(h1, 'h2 failed', (group) => hostIn(group, h2)?.ok === false);
    assert.deepEqual(await failuresOf(h1, h2), ['test web: status 503']);
    rmSync(fileOf(h2, 'sick'));
    await stage.settle();
    const events = (await stage.historySince(since)).filter(({ host }) => host === h2.id);
    const message = events.find(({ event }) => event === 'test-failed')?.message;
    assert.equal(message, `${GROUP}: test web fails: status 503`);
  });

  it('R16: tests that hang, flood, fork and fail make their own group fail, and delay no heartbeat', async () => {
    await stage.waitForGroup(
      h1,
      'all four fail',
      (group) => {
        const failures = hostIn(group, h1)?.failures ?? [];
        return failures.length === 4 && !failures.some((each) => each.includes('no result yet'));
      },
      TROUBLED,
    );
    const [fails, floods, forks, hangs] = await failuresOf(h1, h1, TROUBLED);
    assert.equal(fails, 'test fails: exit 7: out of order');
    assert.match(floods ?? '', /^test floods: killed: it printed more than 64 KiB/);
    assert.equal(forks, 'test forks: exit 1');
    assert.match(hangs ?? '', /^test hangs: no answer within 100 ms/);
    const left = processesInNamespace(h1.namespace.name).filter((pid) => commandOf(pid) === 'sleep');
    assert.ok(left.length <= 8, `${String(left.length)} processes that tests left behind`);
    const history = await stage.historySince(0);
    const late = history.filter(({ event }) => ['host-silent', 'paused', 'lease-ended'].includes(event));
    assert.deepEqual(late, []);
  });

  it('R15: a load of no use is told with the reason, and the last good one stands', async () => {
    const since = Date.now();
    setLoad(h2, '35 100');
    await stage.waitForGroup(h1, 'the load of h2', (group) => hostIn(group, h2)?.load === 35);
    setLoad(h2, '-1 100');
    await stage.waitForGroup(h2, 'a warning', ({ problems }) =>
      problems.includes('load told: load "-1" is negative; the last measurement stands: 35 of 100'),
    );
    const told = (await stage.historySince(since)).find(({ event }) => event === 'load-failed');
    assert.equal(told?.host, h2.id);
    assert.deepEqual(
      [hostIn(await stage.group(h1), h2)?.load, hostIn(await stage.group(h1), h2)?.ok],
      [35, true],
    );
    setLoad(h2, '10 100');
    await stage.waitForGroup(h1, 'the load of h2', (group) => hostIn(group, h2)?.load === 10);
  });

  it('R29: least-loaded gives the address of a host that dies to the one of less utilization', async () => {
    // Neither the lowest id nor the fewest addresses speak for h2.
    setLoad(h1, '500 1000');
    setLoad(h2, '30 100');
    await stage.waitForGroup(h1, 'their loads', (group) => {
      return hostIn(group, h1)?.load === 500 && hostIn(group, h2)?.load === 30;
    });
    stage.lose(h3);
    await stage.waitForAddress(h1, h3.preferred, h2);
    await stage.bringBack(h3);
    await stage.settle();
  });

  it('R56: a reload adds a test to hosts that serve, and nobody notices before it fails', async () => {
    const since = Date.now();
    const flag = fileOf(h3, 'flag');
    writeFileSync(flag, '');
    const text = h3.daemon.configurationText();
    h3.daemon.configure(
      text
        .replace(
          /^tests:$/m,
          `tests:\n  flag:\n    file:\n      path: ${flag}\n    interval: 50ms\n    timeout: 5s\n    fall: 1`,
        )
        .replace(/^( +)- ping$/m, '$1- ping\n$1- flag'),
    );
    assert.equal((await h3.daemon.ctl('reload')).code, 0);
    rmSync(flag);
    await stage.waitForAnswer(h3.preferred, [h1, h2]);
    await stage.waitForGroup(
      h1,
      'why',
      (group) => hostIn(group, h3)?.failures[0] === `test flag: ${flag}: ENOENT`,
    );
    h3.daemon.configure(text);
    assert.equal((await h3.daemon.ctl('reload')).code, 0);
    await stage.settle();
    const events = (await stage.historySince(since)).filter(({ event }) => event === 'host-failed');
    assert.ok(
      events.every(({ message }) => message.includes('test flag')),
      JSON.stringify(events),
    );
  });

  it('R15: a farm that comes back after an outage serves the address of a host that does not', async () => {
    await waitUntil('the addresses in the state directory', () => whyNotKept(h1, stage.addresses), BOUND_MS);
    stage.lose(h1, h2, h3);
    await stage.farm.restorePower(h1, h2);
    await stage.start(h1, h2);
    await stage.waitForAnswer(h3.preferred, [h1, h2]);
    await stage.waitForGroup(h1, 'an orphan', (group) => {
      const address = group.addresses.find((each) => each.address === h3.preferred);
      return address?.preferredHost === h3.id && address.orphaned && address.orphanMsLeft !== null;
    });
  });
});

/** Null: that host's state directory has all of them. */
function whyNotKept(host: Host, addresses: readonly string[]): string | null {
  const kept = readdirSync(host.daemon.stateDirectory)
    .filter((name) => name.startsWith('addresses.'))
    .map((name) => readFileSync(join(host.daemon.stateDirectory, name), 'utf8'));
  const missing = addresses.filter((address) => !kept.some((text) => text.includes(`"${address}"`)));
  return missing.length === 0 ? null : `${missing.join(', ')} missing`;
}

/** The name of a process, or null: there is none. */
function commandOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
}
