import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { LoadConfiguration, LoadProbe } from '../../src/config/configuration.js';
import { milliseconds } from '../../src/core/time.js';
import type { LoadResult } from '../../src/ipc/scripts-messages.js';
import { parseMeasurement } from '../../src/scripts/loads/command-load.js';
import { isEstablishedTo } from '../../src/scripts/loads/connection-load.js';
import { busyBetween, parseTimes } from '../../src/scripts/loads/cpu-load.js';
import { saturated } from '../../src/scripts/loads/load-probe.js';
import { parseMemory } from '../../src/scripts/loads/memory-load.js';
import { bytesASecond, parseCounts } from '../../src/scripts/loads/network-load.js';
import { address, endRoles, measuring, RoleUnderTest, scriptDirectory } from './role-harness.js';

let directory: ReturnType<typeof scriptDirectory>;
before(() => {
  directory = scriptDirectory();
});
afterEach(endRoles);
after(() => {
  directory.remove();
});

const object = (probe: LoadProbe, interval = 20): LoadConfiguration => ({
  probe,
  interval: milliseconds(interval),
});

let scripts = 0;
const commandOf = (text: string): LoadProbe => ({
  kind: 'command',
  argv: [directory.write(`load${String(++scripts)}`, `#!/bin/sh\n${text}\n`)],
  user: null,
});

async function start(
  loads: Readonly<Record<string, LoadProbe>>,
  before?: readonly string[],
): Promise<RoleUnderTest> {
  const objects = Object.fromEntries(Object.entries(loads).map(([name, probe]) => [name, object(probe)]));
  return RoleUnderTest.start(measuring({ loads: objects }), before === undefined ? {} : { before });
}

async function load(role: RoleUnderTest, name: string, count = 1): Promise<LoadResult> {
  const result = await role.result(name, count);
  assert.equal(result.kind, 'load');
  return result;
}

test('R15: processors and memory are measured against what there is', async () => {
  const role = await start({ cpu: { kind: 'cpu' }, memory: { kind: 'memory' } });
  const cpu = await load(role, 'cpu');
  assert.equal(cpu.error, null);
  assert.equal(cpu.measured?.capacity, 100 * cpus().length);
  const memory = await load(role, 'memory');
  assert.equal(memory.measured?.capacity, Math.round(totalmem() / 2 ** 20));
  assert.ok(memory.measured.load > 0 && memory.measured.load <= memory.measured.capacity);
});

test('R15: of the processors, what is neither idle nor waits for a disk is busy', () => {
  const text = (user: number, idle: number): string =>
    `cpu  ${String(user)} 0 0 ${String(idle)} 100 0 0 0 7 7\ncpu0 1 1\ncpu1 1 1\nintr 5\n`;
  const [first, second] = [parseTimes(text(100, 1000)), parseTimes(text(130, 1070))];
  assert.deepEqual(busyBetween(first, second), { load: 60, capacity: 200 });
  assert.equal(busyBetween(first, first), null);
  assert.throws(() => parseTimes('nonsense'), /not understood/);
});

test('R15: of memory, what programs cannot have is in use; a machine beyond all bounds saturates', () => {
  const text = (total: number, available: number): string =>
    `MemTotal:  ${String(total)} kB\nMemFree: 1 kB\nMemAvailable:   ${String(available)} kB\n`;
  assert.deepEqual(parseMemory(text(8192, 2048)), { load: 6, capacity: 8 });
  assert.equal(parseMemory(text(2 ** 50, 0)).capacity, 2 ** 32 - 1);
  assert.throws(() => parseMemory('MemTotal: 5 kB\n'), /not understood/);
  assert.equal(saturated(2 ** 32), 2 ** 32 - 1);
  assert.equal(saturated(-1), 0);
  assert.equal(saturated(Infinity), 2 ** 32 - 1);
});

test('R15: a network is measured in bytes a second of its busier direction, also while it carries something', async () => {
  const text =
    'Inter-|\n face |bytes\n  eth0: 1000 1 0 0 0 0 0 0 3000 1 0 0 0 0 0 0\neth0.5:7 1 0 0 0 0 0 0 9 0 0 0 0 0 0 0\n';
  assert.deepEqual(parseCounts(text, 'eth0'), { received: 1000, sent: 3000 });
  assert.deepEqual(parseCounts(text, 'eth0.5'), { received: 7, sent: 9 });
  assert.equal(parseCounts(text, 'eth'), null);
  assert.equal(bytesASecond({ received: 0, sent: 0 }, { received: 50, sent: 200 }, 500), 400);
  assert.equal(bytesASecond({ received: 9, sent: 0 }, { received: 1, sent: 200 }, 500), null);
  const alone = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const configured = measuring({
    loads: {
      lo: object({ kind: 'network', interface: 'lo', capacity: 1000 }),
      none: object({ kind: 'network', interface: 'eth9', capacity: 1000 }),
    },
    tests: {
      ping: {
        probe: { kind: 'icmp', host: address('127.0.0.1') },
        interval: milliseconds(20),
        timeout: milliseconds(1000),
        rise: 1,
        fall: 1,
      },
    },
  });
  const role = await RoleUnderTest.start(configured, { before: alone });
  assert.deepEqual(await load(role, 'none'), {
    kind: 'load',
    name: 'none',
    measured: null,
    error: 'there is no interface eth9',
  });
  let count = 1;
  while (((await load(role, 'lo', count)).measured?.load ?? 0) === 0) count += 1;
});

test('R15: connections to a port are counted, those of other ports and states not', async () => {
  const header = '  sl  local_address rem_address   st';
  const line = (local: string, state: string): string =>
    `   0: 0100007F:${local} 0100007F:1F90 ${state} 00000000:0 `;
  assert.deepEqual(
    [header, line('0050', '01'), line('0050', '0A'), line('1F90', '01'), ''].map((each) =>
      isEstablishedTo(each, 80),
    ),
    [false, true, false, false, false],
  );
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  await Promise.all(clients.map((client) => once(client, 'connect')));
  const role = await start({ web: { kind: 'connections', port, capacity: 50 } });
  assert.deepEqual((await load(role, 'web')).measured, { load: 3, capacity: 50 });
  clients[0]!.destroy();
  assert.deepEqual((await load(role, 'web', 2)).measured, { load: 2, capacity: 50 });
  for (const socket of [...clients, ...sockets]) socket.destroy();
  server.close();
});

test('R15: a command prints its load and capacity, and changes are told', async () => {
  const file = join(directory.path, 'value');
  writeFileSync(file, '3 100\n');
  const role = await start({ own: commandOf(`cat ${file}`) });
  assert.deepEqual(await load(role, 'own'), {
    kind: 'load',
    name: 'own',
    measured: { load: 3, capacity: 100 },
    error: null,
  });
  writeFileSync(file, '  4294967295\t4294967295  \n\n');
  assert.deepEqual((await load(role, 'own', 2)).measured, { load: 4294967295, capacity: 4294967295 });
});

test('R15: every bad value is told with what is wrong with it, and the last good one stands', async () => {
  const bad: readonly (readonly [text: string, error: RegExp])[] = [
    ['echo -3 100', /^load "-3" is negative$/],
    ['echo 3 -100', /^capacity "-100" is negative$/],
    ['echo 4294967296 5', /^load "4294967296" is too large: at most 4294967295$/],
    ['echo 5 99999999999999999999999', /^capacity "9+" is too large/],
    ['echo 3 0', /^a capacity of 0 is invalid/],
    ['echo many 100', /^load "many" is not a whole number$/],
    ['echo 0x10 100', /^load "0x10" is not a whole number$/],
    ['echo 1.5 100', /^load "1.5" is not a whole number$/],
    ['echo 1e3 100', /^load "1e3" is not a whole number$/],
    ['echo 3', /^it printed "3"; LOAD CAPACITY is expected$/],
    ['echo 3 100 200', /^it printed "3 100 200"; LOAD CAPACITY is expected$/],
    ['printf "3 100\\n4 100\\n"', /^it printed 2 lines; one, LOAD CAPACITY, is expected$/],
    ['exit 0', /^it printed nothing; LOAD CAPACITY is expected$/],
    ['printf "\\377\\376\\001 \\200"', /^load "[\ufffd]+" is not a whole number$/],
    ['echo "3 100"; echo "no such table" >&2; exit 2', /^exit 2: no such table$/],
    ['echo "3 100"; exec yes', /^killed: it printed more than 64 KiB/],
  ];
  const flag = join(directory.path, 'good');
  writeFileSync(flag, '');
  const probes = bad.map(([text], index) => [
    `bad${String(index)}`,
    commandOf(
      `test -e ${flag}-${String(index)} || { : > ${flag}-${String(index)}; echo 7 10; exit 0; }\n${text}`,
    ),
  ]);
  const role = await start(Object.fromEntries(probes) as Record<string, LoadProbe>);
  for (const [index, [, error]] of bad.entries()) {
    const name = `bad${String(index)}`;
    assert.deepEqual((await load(role, name)).measured, { load: 7, capacity: 10 });
    const result = await load(role, name, 2);
    assert.match(result.error ?? '', error);
    assert.deepEqual(result.measured, { load: 7, capacity: 10 }, name);
  }
});

test('R15: any text is a measurement or an error that says why not', () => {
  assert.deepEqual(parseMeasurement('0 1'), { load: 0, capacity: 1 });
  for (const text of ['', ' ', '+3 4', '३ ४', '1,5 2', '3/100', '\u0000 1'])
    assert.throws(() => parseMeasurement(text));
});

test('R16: a load that hangs is given up, and its last value stands', async () => {
  const flag = join(directory.path, 'hang');
  const text = `test -e ${flag} || { : > ${flag}; echo 7 10; exit 0; }\ntrap '' TERM; sleep 600`;
  const role = await start({ hanging: commandOf(text) });
  assert.deepEqual((await load(role, 'hanging')).measured, { load: 7, capacity: 10 });
  assert.deepEqual(await load(role, 'hanging', 2), {
    kind: 'load',
    name: 'hanging',
    measured: { load: 7, capacity: 10 },
    error: 'no answer within 1 s',
  });
});
