// Memory: what programs could not get any more, of all that there is, in MiB.

import { readFile } from 'node:fs/promises';
import { saturated, type LoadProbe, type Measurement } from './load-probe.js';

const KIB_IN_MIB = 1024;

export class MemoryLoad implements LoadProbe {
  async measure(): Promise<Measurement> {
    return parseMemory(await readFile('/proc/meminfo', 'utf8'));
  }
}

/** MemTotal and MemAvailable of proc_meminfo(5). */
export function parseMemory(text: string): Measurement {
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
  const [total, available] = [field('MemTotal'), field('MemAvailable')];
  if (!(total > 0) || Number.isNaN(available)) throw new Error('/proc/meminfo is not understood');
  const capacity = Math.max(1, saturated(total / KIB_IN_MIB));
  return { load: Math.min(capacity, saturated((total - available) / KIB_IN_MIB)), capacity };
}
