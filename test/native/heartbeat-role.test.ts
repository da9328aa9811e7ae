// The heartbeat role as a process, with this test in the place of the supervisor and of control.

import '../network/own-namespace.js';

import assert from 'node:assert/strict';
import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Configuration } from '../../src/config/configuration.js';
import { milliseconds } from '../../src/core/time.js';
import { SequenceReserve } from '../../src/heartbeat/sequence-reserve.js';
import { openChannel, type Channel, openJsonChannel, type JsonChannel } from '../../src/ipc/channel.js';
import {
  decodeFromHeartbeat,
  encodePermit,
  encodePublish,
  groupTag,
  type ReportMessage,
} from '../../src/ipc/heartbeat-messages.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import type { FromSupervisor, ToSupervisor } from '../../src/ipc/supervisor-messages.js';
import { Forger } from './heartbeat-forger.js';
import { BOUND_MS, INTERVAL_MS, KEY, TAG, TestHost, address } from './heartbeat-host.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const PORT = 5405;
const OURS = '127.77.0.1';
const OTHER = '127.77.0.2';

let directory = '';
before(() => {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  directory = mkdtempSync(join(tmpdir(), 'raisd-heartbeat-role-'));
});
after(() => {
  rmSync(directory, { recursive: true });
});

function configuration(intervalMs: number, groups: readonly string[] = ['web']): Configuration {
  const group: Configuration['groups'][string] = {
    address: { address: address('239.255.77.1'), port: PORT },
    peers: [address(OTHER)],
    key: [],
    interface: 'lo',
    prefer: [],
    observe: false,
    heartbeat: { interval: milliseconds(intervalMs), timeout: milliseconds(5 * intervalMs) },
    orphanTimeout: milliseconds(1000),
    failBack: milliseconds(0),
    assign: 'fewest-addresses',
    fence: 'none',
    partition: 'ignore',
    tests: [],
    loads: [],
    onAcquire: null,
    onRelease: null,
    dns: null,
  };
  return {
    control: ['lo'],
    id: null,
    groups: Object.fromEntries(groups.map((name) => [name, group])),
    tests: {},
    loads: {},
    snmp: { sinks: [] },
    web: null,
    log: { level: 'info' },
  };
}

const keysOf = (...keys: Uint8Array[]): Record<string, string[]> => ({
  web: keys.map((key) => Buffer.from(key).toString('base64')),
});

class Role {
  readonly child: ChildProcess;
  readonly messages: ToSupervisor[] = [];
  readonly reports: ReportMessage[] = [];
  private readonly channel: JsonChannel<FromSupervisor>;
  private readonly waiting = new Set<() => void>();

  constructor(t: TestContext) {
    const [ours, theirs] = processAddon.socketPair();
    this.child = spawn(process.execPath, [MAIN, 'role', 'heartbeat'], {
      stdio: ['ignore', 'inherit', 'inherit', theirs],
    });
    closeSync(theirs);
    this.channel = openJsonChannel<ToSupervisor, FromSupervisor>(ours, {
      message: (message) => {
        this.messages.push(message);
        this.wake();
      },
      closed: () => {
        this.wake();
      },
    });
    t.after(async () => {
      this.channel.close();
      if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    });
  }

  say(message: FromSupervisor, descriptor?: number): void {
    this.channel.send(message, descriptor);
    if (descriptor !== undefined) closeSync(descriptor);
  }

  /** All that the supervisor says to a new heartbeat process, and the `ready` that it gets. */
  async start(file: string, intervalMs = 20): Promise<void> {
    this.prepare(file, intervalMs, openSocket());
    await this.go();
  }

  async go(): Promise<void> {
    this.say({ kind: 'go' });
    await this.until('ready', () => this.messages.some(({ kind }) => kind === 'ready'));
  }

  /** What a stand-in is told as well. `memory`: of the process before it (R53). */
  prepare(file: string, intervalMs: number, socket: number, memory?: number): void {
    const start: FromSupervisor = {
      kind: 'start',
      version: 'test',
      hostId: address(OURS),
      controlInterfaces: [
        {
          name: 'lo',
          index: processAddon.interfaceIndex('lo'),
          address: address(OURS),
          prefix: 8,
          addresses: [{ address: address(OURS), prefix: 8 }],
        },
      ],
      configuration: configuration(intervalMs),
      keys: keysOf(KEY),
      startedAt: new Date().toISOString(),
    };
    // Theirs to close: others get the same.
    this.channel.send(start, memory);
    this.say({ kind: 'sequence-file' }, openSync(file, 'r+'));
    this.channel.send({ kind: 'socket', group: 'web', interface: 'lo' }, socket);
  }

  attach(others: readonly Role[] = []): Channel {
    const [ours, theirs] = processAddon.socketPair();
    const channel = openChannel(ours, {
      message: (data) => {
        const message = decodeFromHeartbeat(data);
        if (message.kind === 'report') this.reports.push(message);
        this.wake();
      },
      closed: () => {
        this.wake();
      },
    });
    for (const role of [this, ...others]) role.channel.send({ kind: 'attach', role: 'control' }, theirs);
    closeSync(theirs);
    return channel;
  }

  async until(what: string, so: () => boolean): Promise<void> {
    if (so()) return;
    await new Promise<void>((resolve, reject) => {
      const bound = setTimeout(() => {
        reject(new Error(`not within ${String(BOUND_MS)} ms: ${what}`));
      }, BOUND_MS);
      const look = (): void => {
        if (!so()) return;
        clearTimeout(bound);
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
    });
  }

  hangUp(): void {
    this.channel.close();
  }

  private wake(): void {
    for (const look of [...this.waiting]) look();
  }
}

/** As a supervisor does, this process keeps what it has opened: the next one stands beside those. */
const sockets = new Set<number>();
function openSocket(): number {
  const plan = {
    family: 4 as const,
    group: '',
    port: PORT,
    interface: 'lo',
    interfaceIndex: processAddon.interfaceIndex('lo'),
    controlAddress: OURS,
    multicast: false,
  };
  const socket = processAddon.openControlSocket(plan, [...sockets]);
  sockets.add(socket);
  return socket;
}

let files = 0;
function sequenceFile(stored = 0n): string {
  const file = join(directory, `sequence-${String(files++)}`);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(stored);
  writeFileSync(file, bytes);
  return file;
}

const stored = (file: string): bigint => readFileSync(file).readBigUInt64BE();

/** A member that hears the role, for as long as the test runs. */
function otherMember(t: TestContext): TestHost {
  const other = new TestHost({
    id: OTHER,
    interfaces: [{ name: 'lo', address: OTHER }],
    port: PORT,
    seeds: [{ interface: 0, address: OURS }],
  });
  t.after(() => {
    other.close();
  });
  return other;
}

test('R7: the role is ready once its reserve is written, sends below it, and the next run above it', async (t) => {
  const file = sequenceFile();
  const forger = await Forger.open(OTHER, PORT);
  t.after(() => {
    forger.close();
  });
  const first = new Role(t);
  await first.start(file);
  const reserve = stored(file);
  const { sequence } = await forger.next();
  assert.ok(sequence <= reserve, `${String(sequence)} of ${String(reserve)}`);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const second = new Role(t);
  await second.start(file);
  const { incarnation } = forger.heard[0]!;
  let frame = await forger.next();
  while (frame.incarnation === incarnation) frame = await forger.next();
  assert.ok(frame.sequence > reserve);
  assert.ok(stored(file) >= frame.sequence);
});

test('R53: a stand-in sends the next heartbeat by itself when the one at work is killed, and serves control by the same link', async (t) => {
  const other = otherMember(t);
  const [memory, socket, file] = [processAddon.createMemory('test'), openSocket(), sequenceFile()];
  const [active, standIn] = [new Role(t), new Role(t)];
  active.prepare(file, INTERVAL_MS, socket, memory);
  await active.go();
  await standIn.until('it stands by', () => standIn.messages.some(({ kind }) => kind === 'standing-by'));
  standIn.prepare(file, INTERVAL_MS, socket, memory);
  const control = active.attach([standIn]);
  const flags = { joining: false, leaving: false, observer: false };
  const published = { flags, term: 3, version: 5 };
  control.send(encodePublish({ group: TAG, urgent: true, ...published, snapshot: Buffer.alloc(0) }));
  control.send(encodePermit({ milliseconds: BOUND_MS }));
  const ours = { id: address(OURS) };
  await other.until('its word is heard', () => other.of(ours)?.permit === true);
  await active.until('it hears', () => active.reports.at(-1)?.hosts[0]?.echoed === true);
  // Answered by its main thread behind what it was told before.
  standIn.say({ kind: 'ping' });
  await standIn.until('it has taken that in', () => standIn.messages.some(({ kind }) => kind === 'pong'));
  const before = other.of(ours)!;

  active.child.kill('SIGKILL');
  await once(active.child, 'exit');
  const { sequence: last } = other.of(ours)!;
  await other.until('heartbeats go on', () => other.of(ours)!.sequence > last + 3n);
  const { incarnation, sequence, term, infoVersion, permit } = other.of(ours)!;
  assert.deepEqual([incarnation, term, infoVersion, permit], [before.incarnation, 3, 5, true]);
  assert.ok(sequence > before.sequence);
  const { length } = active.reports;
  await active.until('control hears it', () => active.reports.length > length + 3);
  assert.equal(active.reports.at(-1)?.hosts[0]?.echoed, true, 'who was believed is believed');
  // The word comes late, and finds all as it is.
  await standIn.go();
  assert.ok(standIn.messages.every(({ kind }) => kind !== 'relink'));
  control.send(
    encodePublish({ group: TAG, urgent: true, ...published, version: 6, snapshot: Buffer.alloc(0) }),
  );
  await other.until('what control says now', () => other.of(ours)!.infoVersion === 6);
  control.close();
  closeSync(memory);
  closeSync(socket);
});

test('R53: a stand-in that comes when there is no permit asks for control', async (t) => {
  const [memory, socket, file] = [processAddon.createMemory('test'), openSocket(), sequenceFile()];
  const [active, standIn] = [new Role(t), new Role(t)];
  active.prepare(file, INTERVAL_MS, socket, memory);
  await active.go();
  standIn.prepare(file, INTERVAL_MS, socket, memory);
  const control = active.attach([standIn]);
  await active.until('it works', () => active.reports.length > 0);
  active.child.kill('SIGKILL');
  await standIn.go();
  await standIn.until('it asks', () => standIn.messages.some(({ kind }) => kind === 'relink'));
  control.close();
  closeSync(memory);
  closeSync(socket);
});

test('R56: the role speaks with control, goes over to a new configuration, and ends with its supervisor', async (t) => {
  const other = otherMember(t);
  const role = new Role(t);
  await role.start(sequenceFile());
  const control = role.attach();
  const ours = { id: address(OURS) };
  await other.until('it is heard', () => other.hears(ours));
  await role.until('it hears', () => role.reports.at(-1)?.hosts[0]?.echoed === true);
  // A key that the other does not have, beside the one that it has: the first signs.
  const next = Buffer.from('the next key');
  role.say({ kind: 'reconfigure', configuration: configuration(10), keys: keysOf(next, KEY) });
  await other.until('frames with the new key', () => other.count('mac') > 0);
  other.reconfigure({ keys: [next] });
  const { sequence } = other.of(ours)!;
  await other.until('it is heard again', () => other.of(ours)!.sequence > sequence);
  const both = { ...keysOf(next, KEY), mail: [KEY.toString('base64')] };
  role.say({ kind: 'reconfigure', configuration: configuration(10, ['web', 'mail']), keys: both });
  const mail = groupTag('mail');
  await role.until('the new group', () => role.reports.some(({ group }) => group === mail));
  role.hangUp();
  // R55: control's last words go by this process, which waits for its end.
  const { sequence: last } = other.of(ours)!;
  await other.until('it is heard on', () => other.of(ours)!.sequence > last);
  control.close();
  const [code] = (await once(role.child, 'exit')) as [number | null];
  assert.equal(code, 0);
});

test('a supervisor that sends a socket of no group is a bug: the role says why, and ends', async (t) => {
  const role = new Role(t);
  await role.start(sequenceFile());
  role.say({ kind: 'socket', group: 'none', interface: 'lo' }, openSocket());
  const [code] = (await once(role.child, 'exit')) as [number | null];
  assert.equal(code, 1);
  await role.until('the reason', () => role.messages.some(({ kind }) => kind === 'failed'));
});

/** The reserve over a file that says so much. */
function reserveOf(t: TestContext, file: string): SequenceReserve {
  const descriptor = openSync(file, 'r+');
  t.after(() => {
    closeSync(descriptor);
  });
  return new SequenceReserve(descriptor);
}

test('R7: a run begins above the file and the clock, whichever is ahead, and keeps the file ahead', (t) => {
  const file = sequenceFile(5_000_000n);
  const reserve = reserveOf(t, file);
  assert.equal(reserve.start(1000), 5_000_000n);
  assert.equal(reserve.start(6000), 6_000_000n);
  reserve.keepAhead(5_000_000n);
  assert.equal(stored(file), 5_000_000n + (1n << 20n));
  reserve.keepAhead(5_000_000n + (1n << 19n));
  assert.equal(stored(file), 5_000_000n + (1n << 20n));
  reserve.keepAhead(5_000_001n + (1n << 19n));
  assert.equal(stored(file), 5_000_001n + (1n << 19n) + (1n << 20n));
});

test('R7: a file that is empty or damaged counts as never written', (t) => {
  const empty = join(directory, 'empty');
  writeFileSync(empty, '');
  assert.equal(reserveOf(t, empty).start(3), 3000n);
  const damaged = sequenceFile((1n << 64n) - 1n);
  const reserve = reserveOf(t, damaged);
  assert.equal(reserve.start(3), 3000n);
  reserve.keepAhead(3000n);
  assert.equal(stored(damaged), 3000n + (1n << 20n));
});
