// The scripts role as a process, with this test in the place of the supervisor and of control.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type {
  Configuration,
  GroupConfiguration,
  ScriptConfiguration,
} from '../../src/config/configuration.js';
import { parseAddress, type Address } from '../../src/core/address.js';
import { milliseconds } from '../../src/core/time.js';
import { openJsonChannel, type JsonChannel } from '../../src/ipc/channel.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import type { SinkStatus } from '../../src/ipc/notification.js';
import type {
  ControlToScripts,
  LoadResult,
  ScriptsToControl,
  TestResult,
  ZoneTold,
} from '../../src/ipc/scripts-messages.js';
import type { FromSupervisor, ToSupervisor } from '../../src/ipc/supervisor-messages.js';

/** What should happen has happened by then, on a busy machine as well; milliseconds. */
const BOUND_MS = 60_000;

export const HOST = '10.77.1.11';

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly stream?: string;
  readonly action?: string;
  readonly address?: string;
}

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}

export const script = (
  command: readonly string[],
  more: Partial<ScriptConfiguration> = {},
): ScriptConfiguration => ({
  command,
  timeout: milliseconds(15_000),
  user: null,
  ...more,
});

/** A configuration whose groups have these scripts. */
export function configuration(
  groups: Readonly<Record<string, Partial<Pick<GroupConfiguration, 'onAcquire' | 'onRelease'>>>>,
): Configuration {
  const entries = Object.entries(groups).map(
    ([name, scripts]) => [name, { ...EMPTY_GROUP, ...scripts }] as const,
  );
  return {
    control: ['ctl0'],
    id: null,
    groups: Object.fromEntries(entries),
    tests: {},
    loads: {},
    snmp: { sinks: [] },
    web: null,
    log: { level: 'info' },
  };
}

/** A configuration of these test and load objects, all named by each of the groups. */
export function measuring(
  objects: Partial<Pick<Configuration, 'tests' | 'loads'>>,
  groups: readonly string[] = ['web'],
): Configuration {
  const { tests = {}, loads = {} } = objects;
  const names = { tests: Object.keys(tests), loads: Object.keys(loads) };
  const entries = groups.map((name) => [name, { ...EMPTY_GROUP, ...names }] as const);
  return { ...configuration({}), groups: Object.fromEntries(entries), tests, loads };
}

const EMPTY_GROUP: GroupConfiguration = {
  address: { address: address('239.255.77.1'), port: 5405 },
  peers: null,
  key: [],
  interface: 'svc0',
  prefer: [],
  observe: false,
  heartbeat: { interval: milliseconds(20), timeout: milliseconds(100) },
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

export interface Launch {
  /** Put before the node command line. */
  readonly before?: readonly string[];
  /** Given to the process beside 0 to 3, not close-on-exec. */
  /** A file in which the starts of the SNMP engine are counted. */
  readonly engineFile?: string;
  readonly extra?: { readonly descriptor: number; readonly place: number };
}

/** A place for scripts that every user may read and enter. */
export function scriptDirectory(): {
  readonly path: string;
  write(name: string, text: string): string;
  remove(): void;
} {
  const path = mkdtempSync(join(tmpdir(), 'raisd-scripts-'));
  chmodSync(path, 0o1777);
  return {
    path,
    write(name, text) {
      const file = join(path, name);
      writeFileSync(file, text, { mode: 0o755 });
      chmodSync(file, 0o755);
      return file;
    },
    remove() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** One attached control process. */
export class ControlEnd {
  sinks: readonly SinkStatus[] = [];
  #onSinks: () => void = () => undefined;
  /** What the test and load objects said, oldest first. */
  readonly results: (TestResult | LoadResult)[] = [];
  /** Called whenever something came. */
  heard?: () => void;
  readonly answers: { readonly ticket: number; readonly error: string | null }[] = [];
  readonly zones: ZoneTold[] = [];
  #waiting = new Map<number, (error: string | null) => void>();
  #channel: JsonChannel<ControlToScripts>;
  #ticket = 0;

  constructor(descriptor: number) {
    this.#channel = openJsonChannel<ScriptsToControl, ControlToScripts>(descriptor, {
      message: (message) => {
        this.#onMessage(message);
        this.heard?.();
      },
      closed: () => undefined,
    });
  }

  #onMessage(message: ScriptsToControl): void {
    if (message.kind === 'alive') return;
    if (message.kind === 'sinks') {
      this.sinks = message.sinks;
      this.#onSinks();
      return;
    }
    if (message.kind === 'zone-told') {
      this.zones.push(message);
      return;
    }
    if (message.kind !== 'script-done') {
      this.results.push(message);
      return;
    }
    const { ticket, error } = message;
    this.answers.push({ ticket, error });
    this.#waiting.get(ticket)?.(error);
  }

  /** Waits until the sinks are as wanted. */
  async untilSinks(what: string, condition: (sinks: readonly SinkStatus[]) => boolean): Promise<void> {
    const met = new Promise<void>((resolve) => {
      this.#onSinks = () => {
        if (condition(this.sinks)) resolve();
      };
      this.#onSinks();
    });
    await bounded(what, met).catch((error: unknown) => {
      throw new Error(JSON.stringify(this.sinks), { cause: error });
    });
  }

  /** Asks for a run whose answer nobody waits for; its ticket. */
  ask(action: 'acquire' | 'release', group: string, at: string, reason = 'because'): number {
    const ticket = ++this.#ticket;
    this.#channel.send({ kind: 'run-script', ticket, action, group, address: address(at), reason });
    return ticket;
  }

  /** Asks for a run; its ticket and its answer. */
  run(...what: Parameters<ControlEnd['ask']>): { ticket: number; answer: Promise<string | null> } {
    const ticket = this.ask(...what);
    const answer = new Promise<string | null>((resolve) => this.#waiting.set(ticket, resolve));
    return { ticket, answer: bounded(`the answer to ticket ${String(ticket)}`, answer) };
  }

  /** What no control process should say. */
  say(message: object): void {
    this.#channel.send(message as ControlToScripts);
  }

  cancel(ticket: number): void {
    this.#channel.send({ kind: 'cancel-script', ticket });
  }

  close(): void {
    this.#channel.close();
  }
}

const started: RoleUnderTest[] = [];

/** Ends the roles that were started since the last time, also after a test that failed. */
export const endRoles = async (): Promise<void> => {
  await Promise.all(started.splice(0).map((role) => role.end()));
};

export class RoleUnderTest {
  readonly process: ChildProcess;
  readonly log: LogLine[] = [];
  readonly exited: Promise<number | null>;
  control!: ControlEnd;
  #supervisor: JsonChannel<FromSupervisor>;
  #watchers: (() => void)[] = [];
  #ready = false;

  constructor(launch: Launch) {
    const [ours, theirs] = processAddon.socketPair();
    const role = fileURLToPath(new URL('scripts-role.js', import.meta.url));
    const stdio: (number | 'ignore' | 'pipe')[] = ['ignore', 'ignore', 'pipe', theirs];
    if (launch.extra !== undefined) {
      while (stdio.length < launch.extra.place) stdio.push('ignore');
      stdio[launch.extra.place] = launch.extra.descriptor;
    }
    const [program = '', ...args] = [...(launch.before ?? []), process.execPath, role];
    this.process = spawn(program, args, {
      stdio,
      env: { PATH: process.env['PATH'], SECRET: 'of the daemon' },
    });
    closeSync(theirs);
    this.exited = once(this.process, 'exit').then(([code]) => code as number | null);
    createInterface({ input: this.process.stderr! }).on('line', (line) => {
      this.log.push(JSON.parse(line) as LogLine);
      this.#changed();
    });
    this.#supervisor = openJsonChannel<ToSupervisor, FromSupervisor>(ours, {
      message: (message) => {
        this.#ready ||= message.kind === 'ready';
        this.#changed();
      },
      closed: () => undefined,
    });
  }

  static async start(configured: Configuration, launch: Launch = {}): Promise<RoleUnderTest> {
    const role = new RoleUnderTest(launch);
    started.push(role);
    role.#supervisor.send({
      kind: 'start',
      version: '0',
      hostId: address(HOST),
      controlInterfaces: [],
      configuration: configured,
      keys: {},
      startedAt: '',
    });
    role.#supervisor.send({ kind: 'go' });
    if (launch.engineFile !== undefined) role.#giveEngineFile(launch.engineFile);
    role.attach();
    await role.until('ready', () => role.#ready);
    return role;
  }

  #giveEngineFile(path: string): void {
    const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#supervisor.send({ kind: 'snmp-engine-file' }, descriptor);
    closeSync(descriptor);
  }

  /** As if control had been started anew. */
  attach(): void {
    const [ours, theirs] = processAddon.socketPair();
    this.#supervisor.send({ kind: 'attach', role: 'control' }, theirs);
    closeSync(theirs);
    this.control = new ControlEnd(ours);
    this.control.heard = () => {
      this.#changed();
    };
  }

  reconfigure(configured: Configuration): void {
    this.#supervisor.send({ kind: 'reconfigure', configuration: configured, keys: {} });
  }

  /** Waits until the condition holds; it is looked at whenever the role said something. */
  until(what: string, condition: () => boolean): Promise<void> {
    const met = new Promise<void>((resolve) => {
      const look = (): void => {
        if (condition()) resolve();
      };
      this.#watchers.push(look);
      look();
    });
    return bounded(what, met);
  }

  /** Waits for a line that a script printed, or that the role logged, and returns what the pattern captured. */
  async line(pattern: RegExp): Promise<string> {
    let found: RegExpExecArray | null = null;
    await this.until(`a line ${String(pattern)} in ${JSON.stringify(this.log, null, 1)}`, () => {
      for (const { msg } of this.log) found ??= pattern.exec(msg);
      return found !== null;
    });
    return found![1] ?? found![0];
  }

  /** Waits until the object of that name has said so many things, and returns the last of them. */
  async result(name: string, count = 1): Promise<TestResult | LoadResult> {
    const said = (): (TestResult | LoadResult)[] =>
      this.control.results.filter((result) => result.name === name);
    await this.until(`result ${String(count)} of ${name}`, () => said().length >= count);
    return said()[count - 1]!;
  }

  /** What scripts printed so far. */
  printed(stream: 'stdout' | 'stderr' = 'stdout'): string[] {
    return this.log.filter((line) => line.stream === stream).map((line) => line.msg);
  }

  /** As the supervisor does it: closes the channel. */
  stop(): void {
    this.#supervisor.send({ kind: 'stop' });
  }

  closeSupervisor(): void {
    this.#supervisor.close();
  }

  async end(): Promise<void> {
    this.control.close();
    this.closeSupervisor();
    await bounded('the end of the role', this.exited);
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }
}

export async function bounded<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what}: not within ${String(BOUND_MS)} ms`));
    }, BOUND_MS);
  });
  try {
    return await Promise.race([work, bound]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits until the process is gone. */
export const untilGone = (pid: number): Promise<void> =>
  polled(`the end of process ${String(pid)}`, () => !isAlive(pid));

/** Waits until the file is there. */
export const untilExists = (path: string): Promise<void> => polled(path, () => existsSync(path));

/** For what nobody reports to us: looks again and again. */
async function polled(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + BOUND_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${String(BOUND_MS)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
