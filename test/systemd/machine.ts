// A systemd that has really booted, on this machine's own programs: an overlay over `/` in a tmpfs, run by systemd-nspawn
// in a network namespace that is given. What is written there is gone with it.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childrenOf, isRunning, waitUntil } from '../supervisor/real-daemon.js';

const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url));
/** Where the package stands in the machine, and where its programs are on the path. */
const INSTALLED = '/opt/raisd';
const PROGRAMS = ['raisd', 'raisctl'] as const;
const COMMAND_BOUND_MILLISECONDS = 60_000;
const LIFETIME_SECONDS = 300;

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Machine {
  readonly #directory = mkdtempSync(join(tmpdir(), 'raisd-machine-'));
  readonly #root = join(this.#directory, 'root');
  #nspawn: ChildProcess | undefined;
  #leader = 0;

  /** Mounts and fills the file system; boots nothing yet. */
  constructor() {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', this.#directory]);
    for (const name of ['upper', 'work', 'root']) mkdirSync(join(this.#directory, name));
    const [upper, work] = [join(this.#directory, 'upper'), join(this.#directory, 'work')];
    const options = `lowerdir=/,upperdir=${upper},workdir=${work}`;
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, this.#root]);
    this.#strip();
    this.#install();
  }

  /** Boots with the network of this namespace (of `ip netns`), and waits until units can be started. */
  async boot(namespace: string): Promise<void> {
    const options = ['--register=no', '--keep-unit', '--quiet', '--boot', '--machine=raisd-test'];
    // What the service is allowed to have is for its unit to say.
    options.push('--capability=all');
    // Which systemd-nspawn withholds whatever the capabilities: the fence needs it (R52).
    options.push('--system-call-filter=bpf');
    const places = [
      `--directory=${this.#root}`,
      `--network-namespace-path=/run/netns/${namespace}`,
      `--bind-ro=${PACKAGE}:${INSTALLED}`,
    ];
    const nspawn = spawn('systemd-nspawn', [...options, ...places], { stdio: ['ignore', 'pipe', 'pipe'] });
    let console = '';
    for (const stream of [nspawn.stdout, nspawn.stderr])
      stream.on('data', (data: Buffer) => (console += data.toString()));
    this.#nspawn = nspawn;
    await waitUntil(
      'systemd boots',
      () => {
        assert.equal(nspawn.exitCode, null, console);
        this.#leader = childrenOf(nspawn.pid ?? 0)[0] ?? 0;
        return this.#leader !== 0 && this.run('systemctl', 'is-active', 'basic.target').status === 0;
      },
      () => console,
    );
  }

  write(path: string, text: string, mode = 0o644): void {
    const file = join(this.#root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode });
  }

  /** Runs a program in the machine. */
  run(program: string, ...args: string[]): Outcome {
    return spawnSync('nsenter', ['-t', String(this.#leader), '-a', program, ...args], {
      encoding: 'utf8',
      timeout: COMMAND_BOUND_MILLISECONDS,
    });
  }

  /** Runs a program that has to end with 0; what it prints. */
  do(program: string, ...args: string[]): string {
    const { status, stdout, stderr } = this.run(program, ...args);
    assert.equal(status, 0, `${program} ${args.join(' ')}: ${stdout}${stderr}${this.#journalTail()}`);
    return stdout;
  }

  /** A property of the service, as `systemctl show` has it. */
  property(name: string): string {
    return this.run('systemctl', 'show', '--property', name, '--value', 'raisd').stdout.trim();
  }

  journal(): string {
    return this.run('journalctl', '--no-pager', '--output=cat', '--unit=raisd').stdout;
  }

  /** This machine's number for a process of it: the number in its own pid namespace → the one here. */
  processes(): { readonly pid: number; readonly command: string }[] {
    const output = this.run('ps', '-eo', 'pid=,args=').stdout;
    return output
      .split('\n')
      .filter((line) => line.includes('main.js') || line.includes('bin/raisd'))
      .map((line) => ({ pid: Number(line.trim().split(/\s+/, 1)[0]), command: line.trim() }));
  }

  async remove(): Promise<void> {
    const { pid } = this.#nspawn ?? {};
    // All processes of the machine go with its first one, and then systemd-nspawn itself.
    if (this.#leader !== 0 && isRunning(this.#leader)) process.kill(this.#leader, 'SIGKILL');
    else this.#nspawn?.kill('SIGKILL');
    if (pid !== undefined) await waitUntil('the machine ends', () => !isRunning(pid));
    execFileSync('umount', ['--recursive', this.#root]);
    execFileSync('umount', [this.#directory]);
    rmSync(this.#directory, { recursive: true });
  }

  /** Nothing of this machine's own services, and no identity. */
  #strip(): void {
    const units = join(this.#root, 'etc/systemd/system');
    rmSync(units, { recursive: true, force: true });
    mkdirSync(units, { recursive: true });
    symlinkSync('/lib/systemd/system/basic.target', join(units, 'default.target'));
    for (const unit of ['systemd-udevd.service', 'systemd-networkd.service', 'systemd-resolved.service'])
      symlinkSync('/dev/null', join(units, unit));
    // Should the test be killed, the machine ends all the same.
    this.write(
      'etc/systemd/system/bound.service',
      `[Service]\nExecStart=/bin/sh -c 'sleep ${String(LIFETIME_SECONDS)}; systemctl poweroff -ff'\n`,
    );
    mkdirSync(join(units, 'basic.target.wants'));
    symlinkSync('../bound.service', join(units, 'basic.target.wants', 'bound.service'));
    this.write('etc/machine-id', '');
    this.write('etc/raisd/.keep', '');
    for (const name of readdirSync(join(this.#root, 'etc/raisd')))
      rmSync(join(this.#root, 'etc/raisd', name), { recursive: true });
  }

  /** As the README says. */
  #install(): void {
    const place = (...path: string[]): string => join(this.#root, ...path);
    execFileSync('useradd', ['--root', this.#root, '--system', '--user-group', '--no-create-home', 'raisd']);
    execFileSync('useradd', ['--root', this.#root, '--system', '--no-create-home', 'raisd-worker']);
    mkdirSync(place(INSTALLED), { recursive: true });
    for (const program of PROGRAMS) {
      rmSync(place('usr/local/sbin', program), { force: true });
      symlinkSync(join(INSTALLED, 'bin', program), place('usr/local/sbin', program));
    }
    cpSync(join(PACKAGE, 'systemd/raisd.service'), place('etc/systemd/system/raisd.service'));
  }

  #journalTail(): string {
    return `\n${this.journal().split('\n').slice(-20).join('\n')}`;
  }
}
