// The web role's server, over real sockets: what it answers, what it refuses, and where its bounds are.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, Socket, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, test } from 'node:test';
import { processAddon } from '../../src/ipc/process-addon.js';
import type { ReplyLine, RequestLine, Status } from '../../src/ipc/operator-messages.js';
import { serveWeb } from '../../src/web/server.js';
import { NoStatus, StatusSource } from '../../src/web/status-source.js';
import { healthy, large, troubled } from '../ctl/samples.js';

const cleanups: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serving(ask: () => Promise<Status>): Promise<{ url: string; port: number }> {
  const server: Server = serveWeb(processAddon.openTcpListener('127.0.0.1', 0, -1), ask);
  cleanups.push(() => {
    server.close();
    return once(server, 'close');
  });
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${String(port)}`, port };
}

const get = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { ...init, headers: { Connection: 'close' } });

test('R58: the page shows addresses, hosts and problems, and everything in it is escaped', async () => {
  const web = troubled.groups['web']!;
  const problems = ['<script>alert("1")</script>', ...web.problems];
  const hostile: Status = { ...troubled, groups: { ...troubled.groups, web: { ...web, problems } } };
  const { url } = await serving(() => Promise.resolve(hostile));
  const response = await get(url);
  const page = await response.text();
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.ok(page.includes('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;'), page);
  assert.ok(!page.includes('<script'));
  for (const { address, reason } of troubled.groups['web']!.addresses) {
    assert.ok(page.includes(`<td>${address}</td>`));
    assert.ok(page.includes(reason.replaceAll("'", '&#39;')));
  }
  for (const { id } of troubled.groups['web']!.hosts) assert.ok(page.includes(id));
  assert.match(await (await get(`${url}/style.css`)).text(), /table/);
});

test('R58: the status is there as JSON, and HEAD has no body', async () => {
  const { url } = await serving(() => Promise.resolve(healthy));
  const response = await get(`${url}/status?pretty`);
  assert.deepEqual(await response.json(), structuredClone(healthy));
  const head = await get(`${url}/status`, { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
});

test('R58: metrics tell states, hosts, addresses and counters in Prometheus’ format', async () => {
  const { url } = await serving(() => Promise.resolve(healthy));
  const response = await get(`${url}/metrics`);
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n');
  const group = healthy.groups['web']!;
  const online = group.addresses.filter(({ state }) => state === 'online').length;
  for (const line of [
    `raisd_info{host="${healthy.host}",version="${healthy.version}"} 1`,
    'raisd_group_state{group="web",state="ok"} 1',
    'raisd_group_state{group="web",state="failed"} 0',
    `raisd_group_term{group="web"} ${String(group.term)}`,
    `raisd_addresses{group="web",state="online"} ${String(online)}`,
    ...group.hosts.map(({ id }) => `raisd_host_live{group="web",host="${id}"} 1`),
    ...group.addresses.map(
      ({ address, host }) => `raisd_address_online{group="web",address="${address}",host="${host ?? ''}"} 1`,
    ),
    ...Object.entries(group.counters).map(
      ([what, count]) => `raisd_control_messages_total{group="web",what="${what}"} ${String(count)}`,
    ),
  ])
    assert.ok(lines.includes(line), `${line} is not among\n${lines.join('\n')}`);
  const names = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
  assert.equal(new Set(names).size, names.length);
});

test('R58: a thousand addresses and 64 hosts are shown', async () => {
  const { url } = await serving(() => Promise.resolve(large(true)));
  for (const path of ['/', '/metrics', '/status']) assert.equal((await get(url + path)).status, 200);
});

test('R58: nothing can be written, and other paths are not there', async () => {
  const { url } = await serving(() => Promise.reject(new Error('nobody asks for it')));
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const response = await get(url, { method });
    assert.equal(response.status, 405);
    assert.match(await response.text(), /raisctl/);
  }
  assert.equal((await get(`${url}/etc/passwd`)).status, 404);
});

test('R58: where there is no status, page and metrics say so with 503', async () => {
  const { url } = await serving(() => Promise.reject(new NoStatus('there is no control process')));
  for (const path of ['/', '/metrics', '/status']) {
    const response = await get(url + path);
    assert.equal(response.status, 503);
    assert.match(await response.text(), /there is no control process/);
  }
});

test('R58: of more than 64 connections the others are closed', async () => {
  const { port } = await serving(() => Promise.resolve(healthy));
  const sockets = Array.from({ length: 64 }, () => connect(port, '127.0.0.1'));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return undefined;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const next = connect(port, '127.0.0.1');
  next.on('error', () => undefined);
  await once(next, 'close');
  assert.ok(sockets.every((socket) => !socket.destroyed));
});

/** A control process at the other end: `answer` is called with each question. */
function control(answer: (request: RequestLine, socket: Socket) => void): {
  source: StatusSource;
  end: Socket;
} {
  const [ours, theirs] = processAddon.streamPair();
  const end = new Socket({ fd: ours, readable: true, writable: true });
  end.on('error', () => undefined);
  createInterface({ input: end }).on('line', (line) => {
    answer(JSON.parse(line) as RequestLine, end);
  });
  const source = new StatusSource();
  source.connect(theirs);
  cleanups.push(() => {
    end.destroy();
    return undefined;
  });
  return { source, end };
}

const reply = (socket: Socket, line: ReplyLine): void => {
  socket.write(`${JSON.stringify(line)}\n`);
};

test('R58: however many ask, control is asked once', async () => {
  const asked: string[] = [];
  const { source } = control(({ id, command }, socket) => {
    asked.push(command);
    reply(socket, { id, result: large(true) });
  });
  const answers = await Promise.all(Array.from({ length: 100 }, () => source.status()));
  assert.ok(answers.every((answer) => answer === answers[0]));
  assert.deepEqual(answers[0], structuredClone(large(true)));
  assert.deepEqual(asked, ['status']);
});

test('R58: a control process that refuses, hangs or goes away is told as such, and the next one is asked', async () => {
  const refusing = control(({ id }, socket) => {
    reply(socket, { id, error: 'no' });
  });
  await assert.rejects(refusing.source.status(), { name: 'NoStatus', message: 'no' });

  const hanging = control(() => undefined);
  await assert.rejects(hanging.source.status(), /has not answered within 2 s/);

  const leaving = control((_request, socket) => socket.destroy());
  await assert.rejects(leaving.source.status(), /ended; it is being replaced/);
  const next = control(() => undefined);
  const [ours, theirs] = processAddon.streamPair();
  next.end.destroy();
  const end = new Socket({ fd: ours, readable: true, writable: true });
  cleanups.push(() => {
    end.destroy();
    return undefined;
  });
  createInterface({ input: end }).on('line', (line) => {
    reply(end, { id: (JSON.parse(line) as RequestLine).id, result: healthy });
  });
  next.source.connect(theirs);
  assert.equal((await next.source.status()).host, healthy.host);
});
