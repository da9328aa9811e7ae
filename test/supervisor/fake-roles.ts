// A daemon whose roles are `fake-role.ts`: what they are told comes here, and they do what a test orders.

import assert from 'node:assert/strict';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { parseAddress } from '../../src/core/address.js';
import type { Address } from '../../src/core/address.js';
import type { Configuration } from '../../src/config/configuration.js';
import type { LoadResult } from '../../src/config/load.js';
import type { FromSupervisor, Role, ToSupervisor } from '../../src/ipc/supervisor-messages.js';
import { ControlSockets } from '../../src/supervisor/control-sockets.js';
import type { SocketPlan } from '../../src/supervisor/control-sockets.js';
import { Daemon } from '../../src/supervisor/daemon.js';
import type { HandOver } from '../../src/supervisor/hand-over.js';
import { InterfaceWatch } from '../../src/supervisor/interface-watch.js';
import type { Launch } from '../../src/supervisor/role-process.js';
import { ServiceManager } from '../../src/supervisor/service-manager.js';
import { openStateDirectory } from '../../src/supervisor/state-directory.js';
import type { Trial } from '../../src/supervisor/trial.js';
import { configurationOf } from './configurations.js';

interface From {
  readonly role: string;
  readonly pid: number;
}

export type Report = From &
  (
    | { readonly kind: 'born' | 'orphaned' | 'lingers' | 'muted' }
    /** A muted one was asked whether it hangs. */
    | { readonly kind: 'asked' }
    /** It was given memory in which its turns are counted. */
    | { readonly kind: 'counts' }
    | { readonly kind: 'told'; readonly message: FromSupervisor; readonly descriptor: string | null }
    | { readonly kind: 'heard'; readonly from: string; readonly text: string }
    | { readonly kind: 'unlinked'; readonly from: string }
  );

export type Order =
  | { readonly kind: 'say'; readonly message: ToSupervisor }
  | { readonly kind: 'exit'; readonly code: number }
  /** Answers no `ping` by itself. */
  | { readonly kind: 'mute' }
  /** Stands by, says that it counts its turns, and turns all the time. */
  | { readonly kind: 'turn' }
  /** Its main thread seems to be dead, and the process does not end. */
  | { readonly kind: 'die' }
  /** Closes the channel to the supervisor and lives on. */
  | { readonly kind: 'close' }
  /** Lives on when the supervisor closes the channel. */
  | { readonly kind: 'linger' };

const PROGRAM = fileURLToPath(new URL('./fake-role.js', import.meta.url));
const FAKED: readonly Role[] = ['network', 'heartbeat', 'scripts', 'control'];
const BOUND_MILLISECONDS = 60_000;

export class FakeDaemon {
  readonly directory = mkdtempSync(join(tmpdir(), 'raisd-supervisor-'));
  readonly reports: Report[] = [];
  readonly logged: string[] = [];
  /** What the next load returns. */
  loads: LoadResult;
  /** What comes of the next trial of the program on disk. */
  trial: Trial = { errors: ['no such program'] };
  readonly handedOver: HandOver[] = [];
  /** Interface name → index; 0 or missing: it does not exist. */
  readonly indices = new Map([['ctl0', 11]]);
  /** Of every interface. */
  address = '10.77.1.11';
  readonly opened: SocketPlan[] = [];
  /** Roles whose program does not exist. */
  readonly missing = new Set<Role>();
  readonly launched: { readonly role: Role; readonly rootCommands: boolean }[] = [];
  readonly daemon: Daemon;
  readonly #server: Server;
  readonly #connections = new Map<number, Socket>();
  #changed: () => void = () => undefined;

  private constructor(configuration: Configuration, server: Server) {
    this.#server = server;
    this.loads = { ok: true, configuration, warnings: [] };
    const log = pino(
      { level: 'debug' },
      { write: (line) => this.logged.push((JSON.parse(line) as { msg: string }).msg) },
    );
    const system = {
      interfaceIndex: (name: string) => this.indices.get(name) ?? 0,
      interfaceAddresses: () => (this.address === '' ? [] : [{ address: this.address, prefix: 24 }]),
      isLocalAddress: (address: string) => address === this.address,
    };
    const lock = openStateDirectory(join(this.directory, 'state'));
    this.daemon = new Daemon({
      log,
      version: '1.2.3',
      hostId: parseAddress('10.77.1.11') as Address,
      stateDirectory: join(this.directory, 'state'),
      lock,
      operatorSocket: openSync('/dev/null', 'r'),
      inherited: null,
      configuration,
      keys: { web: ['a2V5'] },
      interfaces: new InterfaceWatch(system, log),
      sockets: new ControlSockets((plan) => {
        this.opened.push(plan as SocketPlan);
        return openSync('/dev/null', 'r');
      }),
      manager: new ServiceManager({}, process.pid, log),
      load: () => this.loads,
      loadFence: () => {
        throw new Error('no group here wants a fence');
      },
      readKeys: () => ({ web: ['bmV3'] }),
      launch: (role, rootCommands) => this.#launch(role, rootCommands),
      launchWeb: () => {
        throw new Error('no fake of web');
      },
      onStandingBy: () => undefined,
      onReady: () => undefined,
      tryProgram: () => Promise.resolve(this.trial),
      replaceProgram: (record) => {
        this.handedOver.push(record);
        throw new Error('no program here');
      },
    });
    server.on('connection', (socket) => {
      this.#onConnection(socket);
    });
  }

  static async create(configuration: Configuration = configurationOf({})): Promise<FakeDaemon> {
    const server = createServer();
    const fake = new FakeDaemon(configuration, server);
    await new Promise<void>((resolve) => server.listen(join(fake.directory, 'test.sock'), resolve));
    return fake;
  }

  /** A daemon that has started, and whose roles have all been born and linked. */
  static async start(configuration?: Configuration): Promise<FakeDaemon> {
    const fake = await FakeDaemon.create(configuration);
    fake.daemon.start();
    for (const role of ['network', 'heartbeat', 'scripts'] as const) await fake.linked(role);
    return fake;
  }

  /** Waits until a report that fits has come, at or after position `from`; its position. */
  async until(what: string, fits: (report: Report) => boolean, from = 0): Promise<number> {
    const find = (): number => this.reports.findIndex((report, index) => index >= from && fits(report));
    await this.wait(what, () => find() >= 0);
    return find();
  }

  async wait(what: string, condition: () => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(BOUND_MILLISECONDS);
    while (!condition()) {
      if (deadline.aborted)
        assert.fail(`${what}: not within the bound; ${JSON.stringify([this.reports, this.logged], null, 1)}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
        // The daemon's own doings make no report.
        setTimeout(resolve, 20);
      });
    }
  }

  /** The process of a role that was told to start last. */
  pidOf(role: Role): number {
    const started = this.#startedLast(role);
    assert.ok(started, `${role} was not started`);
    return started.pid;
  }

  #startedLast(role: Role): Report | undefined {
    return this.reports.findLast(
      (report) => report.kind === 'told' && report.role === role && report.message.kind === 'go',
    );
  }

  /** The newest process of a role; it is its stand-in unless it was started. */
  standInOf(role: Role): number {
    const born = this.reports.findLast((report) => report.kind === 'born' && report.role === role);
    assert.ok(born, `${role} was not born`);
    return born.pid;
  }

  /** Says that all roles are ready, as after the start, and waits until each has a stand-in. */
  async standInsAreThere(): Promise<void> {
    for (const role of FAKED) this.order(role, { kind: 'say', message: { kind: 'ready' } });
    for (const role of FAKED) {
      await this.wait(`${role} has a stand-in`, () => this.standInOf(role) !== this.pidOf(role));
      this.say(this.standInOf(role), { kind: 'standing-by' });
    }
  }

  say(pid: number, message: ToSupervisor): void {
    this.orderTo(pid, { kind: 'say', message });
  }

  orderTo(pid: number, order: Order): void {
    this.#connections.get(pid)?.write(`${JSON.stringify(order)}\n`);
  }

  async born(role: Role, times: number): Promise<void> {
    const count = (): number =>
      this.reports.filter(
        (report) => report.kind === 'told' && report.role === role && report.message.kind === 'go',
      ).length;
    await this.wait(`${role} is started ${String(times)} times`, () => count() >= times);
  }

  /** Until control and the role, as they are now, have heard each other. */
  async linked(role: Role): Promise<void> {
    await this.born(role, 1);
    await this.born('control', 1);
    for (const [a, b] of [
      ['control', role],
      [role, 'control'],
    ] as const) {
      await this.until(
        `${a} hears ${b}`,
        (report) =>
          report.kind === 'heard' &&
          report.pid === this.pidOf(a) &&
          report.text === `${b} ${String(this.pidOf(b))}`,
      );
    }
  }

  /** The messages that a process of a role, the one that works if not said, was told. */
  told(role: Role, pid = this.pidOf(role)): Extract<Report, { kind: 'told' }>[] {
    return this.reports.filter((report) => report.kind === 'told').filter((report) => report.pid === pid);
  }

  order(role: Role, order: Order): void {
    const started = this.#startedLast(role);
    if (started !== undefined) this.orderTo(started.pid, order);
  }

  /** Ends what a test has left running, and removes its files. */
  async cleanUp(): Promise<void> {
    this.daemon.stop();
    this.order('control', { kind: 'say', message: { kind: 'stopped' } });
    // Should control be dead, or deaf.
    this.daemon.stop();
    await this.daemon.finished;
    this.#server.close();
    rmSync(this.directory, { recursive: true });
  }

  #launch(role: Role, rootCommands: boolean): Launch {
    this.launched.push({ role, rootCommands });
    return {
      path: this.missing.has(role) ? '/nonexistent/node' : process.execPath,
      arguments: [PROGRAM, role, join(this.directory, 'test.sock')],
      environment: {},
      rights: {
        user: 'root',
        capabilities: 'all',
        nice: null,
        realtimePriority: null,
        memoryLock: null,
        noNewPrivileges: false,
        diesWithSupervisor: true,
        heap: 32,
        youngHeap: 1,
      },
      user: { uid: 0, gid: 0 },
    };
  }

  #onConnection(socket: Socket): void {
    socket.on('error', () => undefined);
    const lines = createInterface({ input: socket });
    // One that was killed leaves its orders unread.
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      const report = JSON.parse(line) as Report;
      if (report.kind === 'born') this.#connections.set(report.pid, socket);
      this.reports.push(report);
      this.#changed();
    });
  }
}
