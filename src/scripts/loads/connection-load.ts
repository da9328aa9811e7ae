// TCP connections: those established to a local port, of a stated number.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { saturated, type LoadProbe, type Measurement } from './load-probe.js';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

export class ConnectionLoad implements LoadProbe {
  readonly #port: number;
  readonly #capacity: number;

  constructor(port: number, capacity: number) {
    this.#port = port;
    this.#capacity = capacity;
  }

  async measure(abort: AbortSignal): Promise<Measurement> {
    let count = 0;
    for (const table of TABLES) count += await countIn(table, this.#port, abort);
    return { load: saturated(count), capacity: this.#capacity };
  }
}

/** Read in pieces: a table of a hundred thousand connections holds up nothing else. */
async function countIn(path: string, port: number, signal: AbortSignal): Promise<number> {
  let count = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(path, { signal }) }))
      if (isEstablishedTo(line, port)) count += 1;
  } catch (error) {
    // A kernel without IPv6.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return count;
}

/** A line of proc_net(5), `tcp`: number, local address, remote address, state (01 is established). */
export function isEstablishedTo(line: string, port: number): boolean {
  const [, local = '', , state] = line.trim().split(/\s+/, 4);
  return state === '01' && local.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`);
}
