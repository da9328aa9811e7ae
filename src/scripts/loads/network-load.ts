// A network interface: bytes a second since the last reading, of the direction that carries more, of a stated capacity.

import { readFile } from 'node:fs/promises';
import { saturated, type LoadProbe, type Measurement } from './load-probe.js';

export interface ByteCounts {
  readonly received: number;
  readonly sent: number;
}

const MILLISECONDS = 1000;

export class NetworkLoad implements LoadProbe {
  readonly #interface: string;
  readonly #capacity: number;
  #last: { readonly counts: ByteCounts; readonly at: number } | null = null;

  /** `capacity`: bytes a second. */
  constructor(name: string, capacity: number) {
    this.#interface = name;
    this.#capacity = capacity;
  }

  async measure(): Promise<Measurement | null> {
    const text = await readFile('/proc/net/dev', 'utf8');
    const at = performance.now();
    const counts = parseCounts(text, this.#interface);
    const last = this.#last;
    this.#last = counts === null ? null : { counts, at };
    if (counts === null) throw new Error(`there is no interface ${this.#interface}`);
    const rate = last === null ? null : bytesASecond(last.counts, counts, at - last.at);
    return rate === null ? null : { load: saturated(rate), capacity: this.#capacity };
  }
}

/** One line of /proc/net/dev; null: there is no such interface. */
export function parseCounts(text: string, name: string): ByteCounts | null {
  const line = text.split('\n').find((each) => each.trimStart().startsWith(`${name}:`));
  if (line === undefined) return null;
  const fields = line
    .slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
  return { received: fields[0] ?? 0, sent: fields[8] ?? 0 };
}

/** Null where no time has passed, or the interface was made anew in between. */
export function bytesASecond(before: ByteCounts, after: ByteCounts, span: number): number | null {
  const [received, sent] = [after.received - before.received, after.sent - before.sent];
  if (span <= 0 || received < 0 || sent < 0) return null;
  return (Math.max(received, sent) * MILLISECONDS) / span;
}
