// raisd on a host of the farm: its files, its processes, its operator socket.

import type { ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { stringify } from 'yaml';

import type { OperatorRequest, Status } from '../../src/ipc/operator-messages.js';
import { startInNamespace } from './child.js';
import type { Namespace } from './namespace.js';
import { ask, askStatus } from './operator-client.js';
import { ROOT } from './probe-build.js';
import { isRunning, processTree, signalAll, waitUntilGone } from './processes.js';
import { waitUntil, within } from './wait.js';

const RAISD = join(ROOT, 'bin', 'raisd');
const RAISCTL = join(ROOT, 'bin', 'raisctl');
const START_BOUND_MS = 60_000;
const STOP_BOUND_MS = 60_000;
const KILL_BOUND_MS = 60_000;
const LOG_TAIL_LINES = 15;

/** How a daemon ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Daemon {
  readonly socketPath: string;
  readonly configurationPath: string;
  readonly stateDirectory: string;
  readonly logPath: string;
  readonly directory: string;
  private readonly namespace: Namespace;
  private child: ChildProcess | null = null;
  private ending: Promise<Ending> | null = null;

  /** `directory` is the host's own: configuration, keys, socket, state and log live there. */
  constructor(namespace: Namespace, directory: string) {
    this.namespace = namespace;
    this.directory = directory;
    this.socketPath = join(directory, 'raisd.sock');
    this.configurationPath = join(directory, 'raisd.yaml');
    this.stateDirectory = join(directory, 'state');
    this.logPath = join(directory, 'raisd.log');
    mkdirSync(this.stateDirectory, { recursive: true });
  }

  get running(): boolean {
    return this.child?.pid !== undefined && isRunning(this.child.pid);
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error(`${this.namespace.name}: raisd was not started`);
    return this.child.pid;
  }

  /** Writes the configuration. Objects are written as YAML, text as it is. */
  configure(configuration: object | string): void {
    const text = typeof configuration === 'string' ? configuration : stringify(configuration);
    writeFileSync(this.configurationPath, text, { mode: 0o600 });
  }

  /** The configuration last written. */
  configurationText(): string {
    return readFileSync(this.configurationPath, 'utf8');
  }

  /** Writes a key file and returns its path. */
  writeKey(name: string, key: string, mode = 0o600): string {
    const path = join(this.directory, name);
    writeFileSync(path, key, { mode });
    chmodSync(path, mode);
    return path;
  }

  /** Starts raisd with the configuration last written. Its log goes to `logPath`, after that of earlier runs. */
  start(): void {
    if (this.running) throw new Error(`${this.namespace.name}: raisd runs already`);
    const log = openSync(this.logPath, 'a');
    const args = [
      '--config',
      this.configurationPath,
      '--socket',
      this.socketPath,
      '--state',
      this.stateDirectory,
    ];
    const child = startInNamespace(this.namespace, RAISD, args, ['ignore', log, log]);
    closeSync(log);
    this.child = child;
    this.ending = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
      child.once('error', () => {
        resolve({ code: 127, signal: null });
      });
    });
  }

  /** Until it answers on its operator socket. Throws with the end of its log where it ended instead. */
  async waitForSocket(): Promise<void> {
    await waitUntil(
      `${this.namespace.name}: raisd answers`,
      async () => {
        if (!this.running)
          throw new Error(`${this.namespace.name}: raisd ended at its start:\n${this.logTail()}`);
        return (await this.status()) === null ? `it does not:\n${this.logTail()}` : null;
      },
      START_BOUND_MS,
    );
  }

  /** Sends a signal to the daemon itself: the supervisor. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Its end, however it comes. */
  async ended(boundMs = STOP_BOUND_MS): Promise<Ending> {
    if (this.ending === null) throw new Error(`${this.namespace.name}: raisd was not started`);
    return within(`${this.namespace.name}: the end of raisd`, this.ending, boundMs);
  }

  /** SIGTERM, and waits for the end. Throws where a process of the daemon outlives it. */
  async stop(): Promise<Ending> {
    const tree = processTree(this.pid);
    this.signal('SIGTERM');
    const ending = await this.ended();
    if (!waitUntilGone(tree, KILL_BOUND_MS)) {
      throw new Error(`${this.namespace.name}: processes ${tree.filter(isRunning).join(', ')} outlive raisd`);
    }
    return ending;
  }

  /** SIGSTOP to every process of the daemon. `killWhole` ends it then. */
  freeze(): void {
    signalAll(processTree(this.pid), 'SIGSTOP');
  }

  /** SIGCONT to every process of the daemon. */
  thaw(): void {
    signalAll(processTree(this.pid), 'SIGCONT');
  }

  /** SIGKILL to every process of the daemon, children first: none has the time to see another die. */
  async killWhole(): Promise<void> {
    const tree = processTree(this.pid);
    signalAll(tree, 'SIGKILL');
    await this.ended();
    waitUntilGone(tree, KILL_BOUND_MS);
  }

  /** The status, or null: the daemon does not answer. */
  status(): Promise<Status | null> {
    return askStatus(this.socketPath);
  }

  /** One request on the operator socket. Throws where it is refused. */
  request(request: OperatorRequest): Promise<unknown> {
    return ask(this.socketPath, request);
  }

  /** Runs raisctl on this daemon. Never throws for an exit code: that is what tests look at. */
  async ctl(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    try {
      const { stdout, stderr } = await promisify(execFile)(RAISCTL, [...args, '--socket', this.socketPath]);
      return { code: 0, stdout, stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
      if (typeof code !== 'number') throw error;
      return { code, stdout, stderr };
    }
  }

  log(): string {
    try {
      return readFileSync(this.logPath, 'utf8');
    } catch {
      return '';
    }
  }

  logTail(): string {
    return this.log().trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  }
}
