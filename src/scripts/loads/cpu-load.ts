// Processors: hundredths of a processor that were busy since the last reading, of 100 for each processor. Of the whole machine.

import { readFile } from 'node:fs/promises';
import { saturated, type LoadProbe, type Measurement } from './load-probe.js';

/** Since boot, in ticks, of all processors together. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
  readonly processors: number;
}

const PER_PROCESSOR = 100;

export class CpuLoad implements LoadProbe {
  #last: CpuTimes | null = null;

  async measure(): Promise<Measurement | null> {
    const times = parseTimes(await readFile('/proc/stat', 'utf8'));
    const measured = this.#last === null ? null : busyBetween(this.#last, times);
    this.#last = times;
    return measured;
  }
}

/** The first lines of proc_stat(5). */
export function parseTimes(text: string): CpuTimes {
  const [first = '', ...rest] = text.split('\n');
  if (!first.startsWith('cpu ')) throw new Error('/proc/stat is not understood');
  // user nice system idle iowait irq softirq steal; guest times are contained in user.
  const fields = first.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = fields.reduce((sum, field) => sum + field, 0);
  const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
  return { busy: total - idle, total, processors: rest.filter((line) => /^cpu\d/.test(line)).length };
}

/** Null where no tick has passed. */
export function busyBetween(before: CpuTimes, after: CpuTimes): Measurement | null {
  const total = after.total - before.total;
  if (total <= 0) return null;
  const capacity = PER_PROCESSOR * Math.max(1, after.processors);
  const share = Math.max(0, after.busy - before.busy) / total;
  return { load: Math.min(capacity, saturated(share * capacity)), capacity };
}
