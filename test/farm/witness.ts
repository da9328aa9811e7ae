// When the machine under the farm was slow: test/farm/probe/witness.cc. What was measured then is told apart.
// Times are milliseconds of CLOCK_MONOTONIC, as those of the prober.

import { permitSpan } from '../../src/core/settings.js';
import type { Line } from './line-process.js';
import { LineProcess } from './line-process.js';
import type { Namespace } from './namespace.js';
import { buildProgram } from './probe-build.js';
import type { ProbedAddress } from './prober.js';

/** A processor was slow, or had been taken away. */
export interface SlowPhase {
  readonly processor: number;
  readonly beginMs: number;
  readonly endMs: number;
  /** How many times as long as usual the same work took. */
  readonly slowedBy: number;
}

interface PhasesLine extends Line {
  readonly phases: readonly SlowPhase[];
}

export class Witness {
  private readonly process: LineProcess;

  private constructor(process: LineProcess) {
    this.process = process;
  }

  /** The namespace only says when it ends at the latest. */
  static async start(namespace: Namespace): Promise<Witness> {
    const process = new LineProcess(namespace, buildProgram('witness'), [], () => undefined);
    await process.ready();
    return new Witness(process);
  }

  /** The phases since the last report. */
  async report(): Promise<readonly SlowPhase[]> {
    this.process.send('report');
    return ((await this.process.expect('phases')) as PhasesLine).phases;
  }

  stop(): Promise<void> {
    return this.process.stop();
  }
}

/** For how long any processor was slow between these times, in milliseconds. */
export function slowWithin(phases: readonly SlowPhase[], fromMs: number, toMs: number): number {
  let slow = 0;
  let reached = fromMs;
  for (const { beginMs, endMs } of phases.toSorted((a, b) => a.beginMs - b.beginMs)) {
    const begin = Math.max(beginMs, reached);
    const end = Math.min(endMs, toMs);
    if (end <= begin) continue;
    slow += end - begin;
    reached = end;
  }
  return slow;
}

/** What ends in a silence began up to so long before it, milliseconds: control's permit runs out first, and then the lease. */
export const beforeSilence = (timeoutMs: number): number => permitSpan(timeoutMs) + timeoutMs;

/**
 * For how long the machine was slow in the longest silence of any address, or in the time before it in which that may have
 * been caused; 0 where nothing was silent.
 */
export function slowInSilence(
  phases: readonly SlowPhase[],
  addresses: readonly ProbedAddress[],
  beforeMs: number,
): number {
  const longest = addresses.toSorted((a, b) => b.silenceMs - a.silenceMs)[0];
  if (longest === undefined || longest.silenceBeginMs === null) return 0;
  const { silenceBeginMs: begin, silenceMs } = longest;
  return slowWithin(phases, begin - beforeMs, begin + silenceMs);
}
