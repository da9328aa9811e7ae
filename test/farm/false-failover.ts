// Nothing happens, but the machine is busy: every move of an address is a false failover.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { answersOf, type Outcome } from './play.js';
import { FALSE_FAILOVER } from './options.js';
import type { Result } from './summary.js';
import type { Stage } from './stage.js';
import { signalAll } from './processes.js';
import { beforeSilence, slowInSilence } from './witness.js';

export const LOAD = ['--cpu', '4', '--vm', '2', '--vm-bytes', '128M', '--quiet'];

/** Watches a settled farm for so many seconds with the load on, and counts what moved. */
export async function watchUnderLoad(stage: Stage, seconds: number): Promise<Result> {
  await stage.prober.mark(FALSE_FAILOVER);
  await stage.asker.report();
  const since = Date.now();
  await load(seconds);
  const history = await stage.historySince(since);
  const { addresses } = await stage.prober.mark('after');
  const asked = await stage.asker.report();
  const phases = (await stage.witness?.report()) ?? [];
  const moves = addresses.filter(({ changes }) => changes > 0);
  const silent = history.filter(({ event }) => event === 'host-silent').length;
  const outcome: Outcome = {
    failure:
      moves.length + silent === 0
        ? null
        : `${String(moves.length)} addresses moved, ${String(silent)} hosts were taken for silent`,
    silenceMs: Math.max(...addresses.map(({ silenceMs }) => silenceMs)),
    lost: addresses.reduce((sum, { lost }) => sum + lost, 0),
    onlineMs: null,
    doubled: asked.byTwo,
    answeredByTwo: asked.twos.map(answersOf),
    moves: moves.map(({ address, by }) => `${address}: ${by.map(({ host }) => host).join(' → ')}`),
    told: [...new Set(history.map(({ event }) => event))],
    widestGapMs: Math.max(...addresses.map(({ widestGapMs }) => widestGapMs)),
    slowMs: slowInSilence(phases, addresses, beforeSilence(stage.options.timeoutMs)),
  };
  const does = `nothing happens for ${String(seconds)} s under stress-ng ${LOAD.slice(0, 4).join(' ')}`;
  return {
    scenario: { name: FALSE_FAILOVER, requirements: ['R26'], does, expects: 'nothing moves' },
    outcomes: [outcome],
  };
}

/** Runs stress-ng for so long. Throws where it cannot be started or fails. */
export async function load(seconds: number): Promise<void> {
  await startLoad(seconds).ended;
}

/** `ended` is rejected where it cannot be started or fails; `stop` ends it and waits for that. */
export function startLoad(seconds: number): { readonly ended: Promise<void>; stop(): Promise<void> } {
  const args = [...LOAD, '--timeout', `${String(seconds)}s`];
  const child = spawn('stress-ng', args, { detached: true, stdio: 'ignore' });
  const end = (): void => {
    // stress-ng ends its own workers on SIGTERM.
    if (child.pid !== undefined) signalAll([child.pid], 'SIGTERM');
  };
  process.on('exit', end);
  const exit = once(child, 'exit').finally(() => process.off('exit', end)) as Promise<[number | null]>;
  const ended = exit.then(([code]) => {
    if (code !== 0) throw new Error(`stress-ng ended with ${String(code)}`);
  });
  // Whoever stops it need not look at how it ended.
  ended.catch(() => undefined);
  return {
    ended,
    async stop() {
      end();
      await exit;
    },
  };
}
