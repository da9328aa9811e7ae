// A farm leaves nothing behind, however it ends and whenever.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { buildProgram } from './probe-build.js';
import { removeLeftovers } from './teardown.js';
import { waitUntil, within } from './wait.js';

const FIXTURE = join(import.meta.dirname, 'teardown-fixture.js');
const MAIN = join(import.meta.dirname, 'main.js');
const BOUND_MS = 60_000;
/** As a key that is held down. */
const REPEAT_MS = 25;

/** Everything that a run may leave: processes by a mark that all its descendants inherit, namespaces, directories. */
class Run {
  readonly child;
  readonly exit: Promise<number | NodeJS.Signals | null>;
  output = '';
  private readonly mark: string;

  constructor(script: string, ...args: string[]) {
    this.mark = `RAISD_FARM_MARK=${String(process.pid)}-${String(performance.now())}`;
    const [name = '', value = ''] = this.mark.split('=');
    // A group of its own, to which a signal goes as a terminal's Ctrl-C does.
    this.child = spawn(process.execPath, [script, ...args], {
      detached: true,
      env: { ...process.env, [name]: value },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (data: Buffer) => (this.output += data.toString()));
    }
    this.exit = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        resolve(code ?? signal);
      });
    });
  }

  get namespaces(): string[] {
    return this.named('/run/netns');
  }

  get processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^[0-9]+$/.test(name))
      .map(Number)
      .filter((pid) => environmentOf(pid).includes(this.mark));
  }

  async waitFor(what: string, holds: () => boolean): Promise<void> {
    await waitUntil(what, () => (holds() ? null : this.output), BOUND_MS);
  }

  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.child.pid!, signal);
  }

  ended(): Promise<number | NodeJS.Signals | null> {
    return within('the end of the farm', this.exit, BOUND_MS);
  }

  assertNothingLeft(): void {
    assert.deepEqual(this.namespaces, []);
    assert.deepEqual(this.processes, []);
    assert.deepEqual(this.named(tmpdir()), []);
  }

  private named(directory: string): string[] {
    if (!existsSync(directory)) return [];
    return readdirSync(directory).filter((name) => name.startsWith(`raisd-farm-${String(this.child.pid)}-`));
  }
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${String(pid)}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

describe('a farm leaves nothing behind', () => {
  // Built here, so that the moments below lie in the set-up and not in the compiler.
  for (const program of ['responder', 'prober', 'whohas'] as const) buildProgram(program);

  for (const [argument, code] of [
    ['exit', 0],
    ['throw', 1],
  ] as const) {
    it(`when it ends by ${argument}`, async () => {
      const farm = new Run(FIXTURE, argument);
      assert.equal(await farm.ended(), code);
      assert.match(farm.output, /^raised$/m);
      farm.assertNothingLeft();
    });
  }

  it('after Ctrl-C', async () => {
    const farm = new Run(FIXTURE, 'wait');
    await farm.waitFor('a raised farm', () => farm.output.includes('raised'));
    assert.ok(farm.processes.length > 6);
    farm.signalGroup('SIGINT');
    assert.equal(await farm.ended(), 130);
    farm.assertNothingLeft();
  });

  for (const count of [1, 2, 4, 6]) {
    it(`after Ctrl-C in the middle of its set-up, with ${String(count)} namespaces made`, async () => {
      const farm = new Run(FIXTURE, 'wait');
      await farm.waitFor('namespaces', () => farm.namespaces.length >= count);
      farm.signalGroup('SIGINT');
      await farm.ended();
      farm.assertNothingLeft();
    });
  }

  it('after SIGTERM to it alone', async () => {
    const farm = new Run(FIXTURE, 'wait');
    await farm.waitFor('a raised farm', () => farm.output.includes('raised'));
    process.kill(farm.child.pid!, 'SIGTERM');
    assert.equal(await farm.ended(), 143);
    farm.assertNothingLeft();
  });

  it('after Ctrl-C pressed again and again', async () => {
    const farm = new Run(FIXTURE, 'wait');
    await farm.waitFor('a raised farm', () => farm.output.includes('raised'));
    const pressing = setInterval(() => {
      farm.signalGroup('SIGINT');
    }, REPEAT_MS);
    const end = farm.ended();
    await end.finally(() => {
      clearInterval(pressing);
    });
    farm.assertNothingLeft();
  });

  it('after SIGKILL, once another farm starts', async () => {
    const farm = new Run(FIXTURE, 'wait');
    await farm.waitFor('a raised farm', () => farm.output.includes('raised'));
    process.kill(farm.child.pid!, 'SIGKILL');
    await farm.ended();
    assert.ok(farm.namespaces.length > 0);
    removeLeftovers();
    farm.assertNothingLeft();
  });

  it('after Ctrl-C in the middle of a scenario, daemons and all', async () => {
    const farm = new Run(MAIN, '--only', 'power-loss', '--interval', '50ms', '--timeout', '300ms');
    await farm.waitFor('a scenario', () => farm.output.includes('loses its power'));
    farm.signalGroup('SIGINT');
    assert.equal(await farm.ended(), 130);
    farm.assertNothingLeft();
  });
});
