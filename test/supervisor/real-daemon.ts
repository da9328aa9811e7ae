// raisd itself, with its real roles, in a network namespace of its own.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { commandOf } from '../farm/processes.js';
import { nameFarm } from '../farm/teardown.js';

export const RAISD = fileURLToPath(new URL('../../../bin/raisd', import.meta.url));
const BOUND_MILLISECONDS = 60_000;

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A namespace with the interfaces ctl0 and svc0, both with carrier; it and what runs in it go however the test ends. */
export class Host {
  readonly namespace = nameFarm();
  readonly directory = mkdtempSync(join(tmpdir(), `${this.namespace}-`));

  constructor() {
    execFileSync('ip', ['netns', 'add', this.namespace]);
    this.ip('link', 'set', 'lo', 'up');
    this.addInterface('ctl0', '10.77.1.11/24');
    this.addInterface('svc0', '10.77.0.11/24');
    writeFileSync(join(this.directory, 'web.key'), 'sixteen bytes at least', { mode: 0o600 });
    this.configure({});
  }

  ip(...args: string[]): string {
    return execFileSync('ip', ['-n', this.namespace, ...args], { encoding: 'utf8' });
  }

  addInterface(name: string, address: string): void {
    this.ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-peer`);
    this.ip('address', 'add', address, 'dev', name);
    this.ip('link', 'set', `${name}-peer`, 'up');
    this.ip('link', 'set', name, 'up');
  }

  /** JSON is YAML. */
  configure(group: object, top: object = {}): void {
    const web = {
      address: '239.255.77.1:5405',
      key: 'web.key',
      interface: 'svc0',
      prefer: ['10.77.0.101/24'],
      heartbeat: { interval: '20ms', timeout: '100ms' },
      fence: 'none',
      partition: 'ignore',
      ...group,
    };
    this.writeConfiguration(JSON.stringify({ control: ['ctl0'], groups: { web }, ...top }));
  }

  writeConfiguration(text: string): void {
    writeFileSync(join(this.directory, 'raisd.yaml'), text);
  }

  get configurationText(): string {
    return readFileSync(join(this.directory, 'raisd.yaml'), 'utf8');
  }

  get socket(): string {
    return join(this.directory, 'raisd.sock');
  }

  hasAddress(address: string): boolean {
    return this.ip('-o', 'address', 'show').includes(` ${address}/`);
  }

  /** Names are of files in its directory. */
  start({ socket = 'raisd.sock', state = 'state', program = RAISD } = {}): RealDaemon {
    const [config, listen, keep] = ['raisd.yaml', socket, state].map((name) => join(this.directory, name));
    const options = ['--config', config, '--socket', listen, '--state', keep] as string[];
    return new RealDaemon(
      spawn('ip', ['netns', 'exec', this.namespace, program, ...options], {
        stdio: ['ignore', 'ignore', 'pipe'],
      }),
    );
  }

  /** `raisd clean`: what it says on standard error where it removes nothing. */
  clean(socket: string): string {
    const args = ['netns', 'exec', this.namespace, RAISD, 'clean', '--socket', join(this.directory, socket)];
    const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
    assert.equal(status, 1);
    return stderr;
  }

  remove(): void {
    execFileSync('ip', ['netns', 'delete', this.namespace]);
    rmSync(this.directory, { recursive: true });
  }
}

export class RealDaemon {
  readonly lines: string[] = [];
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    assert.ok(child.stderr);
    createInterface({ input: child.stderr }).on('line', (line) => this.lines.push(line));
    this.ended = new Promise((resolve) => {
      // `close`: all of its log has arrived as well.
      child.once('close', (code, signal) => {
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    assert.ok(this.#child.pid !== undefined);
    return this.#child.pid;
  }

  /** The messages logged so far. */
  get messages(): string[] {
    return this.lines.map((line) =>
      line.startsWith('{') ? (JSON.parse(line) as { msg: string }).msg : line,
    );
  }

  async ready(): Promise<this> {
    await waitUntil(
      'raisd is ready',
      () => this.messages.some((message) => message.includes('is ready')),
      () => this.lines,
    );
    return this;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Ends it if it still runs, with everything that it started. */
  async end(): Promise<Ending> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.signal('SIGTERM');
      this.signal('SIGTERM');
    }
    return this.ended;
  }

  /** The pid of a role's process. */
  role(name: string): number {
    const [pid] = this.processesOf(name);
    assert.ok(pid !== undefined, `no process of ${name}`);
    return pid;
  }

  /** While a role is being replaced there may be none. */
  processesOf(role: string): number[] {
    return childrenOf(this.pid).filter((child) => commandOf(child).endsWith(`role ${role}`));
  }
}

/** `ip netns exec` becomes raisd, so that the child is the daemon. */
export const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statusOf(pid).get('PPid') === String(parent));

export function statusOf(pid: number): Map<string, string> {
  try {
    const text = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return new Map(text.split('\n').map((line) => line.split(/:\s*/, 2) as [string, string]));
  } catch {
    return new Map();
  }
}

export const isRunning = (pid: number): boolean =>
  existsSync(`/proc/${String(pid)}`) && !(statusOf(pid).get('State') ?? 'Z').startsWith('Z');

/** Looks again and again, as what happens in other processes makes no event here. */
export async function waitUntil(
  what: string,
  condition: () => boolean,
  context: () => unknown = () => '',
): Promise<void> {
  const deadline = Date.now() + BOUND_MILLISECONDS;
  while (!condition()) {
    if (Date.now() > deadline)
      assert.fail(`${what}: not within the bound: ${JSON.stringify(context(), null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
