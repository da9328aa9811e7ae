// The status page of a real daemon.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Host, isRunning, statusOf, waitUntil } from './real-daemon.js';
import type { RealDaemon } from './real-daemon.js';

const SERVED = '10.77.0.101';
const PORT = 9877;
const WEB = { web: { listen: `127.0.0.1:${String(PORT)}` } };

let host: Host;
before(() => {
  host = new Host();
});
after(() => {
  host.remove();
});

interface Answer {
  /** 0: nobody answered. */
  readonly status: number;
  readonly body: string;
}

/** Asks in the host's namespace. */
function get(path: string, port = PORT): Answer {
  const script = `fetch('http://127.0.0.1:${String(port)}${path}')
    .then(async (r) => ({ status: r.status, body: await r.text() }), (e) => ({ status: 0, body: String(e.cause) }))
    .then((answer) => console.log(JSON.stringify(answer)))`;
  const inside = ['netns', 'exec', host.namespace, process.execPath, '-e', script];
  return JSON.parse(execFileSync('ip', inside, { encoding: 'utf8' })) as Answer;
}

/** Where TCP sockets listen in the host's namespace. */
const ss = ({ namespace }: Host): string =>
  execFileSync('ip', ['netns', 'exec', namespace, 'ss', '-Hltn'], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => line.split(/\s+/)[3] ?? [])
    .sort()
    .join(' ');

const waitForPage = (
  daemon: RealDaemon,
  what: string,
  condition: (answer: Answer) => boolean,
): Promise<void> =>
  waitUntil(
    what,
    () => condition(get('/')),
    () => daemon.messages,
  );

test('R58: status page and metrics are there where they are configured, of a process without any right, whatever is replaced', async () => {
  host.configure({}, WEB);
  const daemon = await host.start().ready();
  try {
    await waitUntil(
      'address',
      () => host.hasAddress(SERVED),
      () => daemon.messages,
    );
    await waitForPage(daemon, 'the page', ({ status, body }) => status === 200 && body.includes(SERVED));
    const { body } = get('/metrics');
    assert.match(body, /^raisd_addresses\{group="web",state="online"\} 1$/m);
    assert.equal((JSON.parse(get('/status').body) as { host: string }).host, '10.77.1.11');
    await looksUnprivileged(daemon.role('web'));

    const control = daemon.role('control');
    process.kill(control, 'SIGKILL');
    await waitUntil('another control process', () =>
      daemon.processesOf('control').some((pid) => pid !== control),
    );
    await waitForPage(daemon, 'the page of the next one', ({ body }) => body.includes(SERVED));

    const web = daemon.role('web');
    process.kill(web, 'SIGKILL');
    await waitUntil('another web process', () => daemon.processesOf('web').some((pid) => pid !== web));
    await waitForPage(daemon, 'its page', ({ body }) => body.includes(SERVED));
    assert.ok(host.hasAddress(SERVED));
  } finally {
    await daemon.end();
  }
  assert.equal(get('/').status, 0);
});

async function looksUnprivileged(pid: number): Promise<void> {
  const status = statusOf(pid);
  for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapInh', 'CapAmb'])
    assert.equal(BigInt(`0x${status.get(set) ?? ''}`), 0n, set);
  assert.equal(status.get('NoNewPrivs'), '1');
  assert.deepEqual(
    filesOf(pid).filter((file) => file.startsWith(host.directory)),
    [],
  );
  // The channel to the supervisor, the listening socket, the connection to control; and its log. Who has just asked hangs up.
  const log = readlinkSync(`/proc/${String(pid)}/fd/2`);
  const sockets = (): string[] => filesOf(pid).filter((file) => file.startsWith('socket:') && file !== log);
  await waitUntil(
    'three sockets',
    () => sockets().length === 3,
    () => filesOf(pid),
  );
}

const filesOf = (pid: number): string[] =>
  readdirSync(`/proc/${String(pid)}/fd`).flatMap((name) => {
    try {
      return readlinkSync(`/proc/${String(pid)}/fd/${name}`);
    } catch {
      return [];
    }
  });

test('R56: a reload starts, moves and ends the status page; an address that is not there is refused and changes nothing', async () => {
  host.configure({});
  const daemon = await host.start().ready();
  try {
    assert.deepEqual(daemon.processesOf('web'), []);
    host.configure({}, WEB);
    daemon.signal('SIGHUP');
    await waitForPage(daemon, 'the page', ({ status }) => status === 200);
    const web = daemon.role('web');

    // What concerns it of anything else is how much it is to log.
    host.configure({}, { ...WEB, log: { level: 'debug' } });
    daemon.signal('SIGHUP');
    await waitUntil(
      'reloaded',
      () => daemon.messages.filter((each) => each === 'configuration reloaded').length === 2,
    );
    assert.equal(get('/').status, 200);
    assert.equal(daemon.role('web'), web);

    host.configure({}, { web: { listen: '10.77.9.9:9877' } });
    daemon.signal('SIGHUP');
    const refused = 'reload refused: web.listen: cannot listen on 10.77.9.9 port 9877: bind: EADDRNOTAVAIL';
    await waitUntil(
      'refused',
      () => daemon.messages.some((message) => message.startsWith(refused)),
      () => daemon.messages,
    );
    assert.equal(get('/').status, 200);
    assert.equal(daemon.role('web'), web);

    host.configure({}, { web: { listen: `127.0.0.1:${String(PORT + 1)}` } });
    daemon.signal('SIGHUP');
    await waitUntil(
      'the page elsewhere',
      () => get('/', PORT + 1).status === 200,
      () => daemon.messages,
    );
    assert.equal(get('/').status, 0);
    assert.ok(!isRunning(web));

    // An address and the wildcard of the same port are in each other's way, but not in the daemon's.
    const listening = (): string => ss(host);
    for (const place of ['0.0.0.0', '127.0.0.1']) {
      host.configure({}, { web: { listen: `${place}:${String(PORT + 1)}` } });
      daemon.signal('SIGHUP');
      await waitUntil(
        `the page on ${place} alone`,
        () => listening() === `${place}:${String(PORT + 1)}`,
        () => [listening(), daemon.messages],
      );
      assert.equal(get('/', PORT + 1).status, 200);
    }

    host.configure({});
    daemon.signal('SIGHUP');
    await waitUntil('its end', () => daemon.processesOf('web').length === 0);
    assert.equal(get('/', PORT + 1).status, 0);
  } finally {
    await daemon.end();
  }
});
