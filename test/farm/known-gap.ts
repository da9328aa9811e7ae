// Keeps a host from answering the client for a time that is known to a fraction of a millisecond: what the prober is measured
// against. The host's way to the client becomes a black hole and is put back; unlike addresses, whose return the kernel
// finishes in a work queue (IPv6), routes take effect before `ip` goes on. One `ip` waits for its lines, so that no start of a
// program lies within the gap.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { CLIENT_OCTET, v4Of, v6Of } from './addressing.js';
import type { Namespace } from './namespace.js';
import { monotonicMs, within } from './wait.js';

const START_BOUND_MS = 60_000;

export class KnownGap {
  private readonly ip;
  private readonly client: string;

  private constructor(host: Namespace, family: 4 | 6) {
    this.client = family === 4 ? `${v4Of('svc0', CLIENT_OCTET)}/32` : `${v6Of('svc0', CLIENT_OCTET)}/128`;
    this.ip = spawn('ip', ['-n', host.name, '-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  }

  /** Starts the `ip` that waits. It is ready when it complains of a line that means nothing. */
  static async open(host: Namespace, family: 4 | 6): Promise<KnownGap> {
    const gap = new KnownGap(host, family);
    const complaint = once(gap.ip.stderr, 'data');
    gap.apply('ready?');
    await within('an ip that waits', complaint, START_BOUND_MS);
    return gap;
  }

  /** Keeps the host from answering for about so many milliseconds, and returns how many they were. */
  async make(aboutMs: number): Promise<number> {
    const begin = this.apply(`route add blackhole ${this.client}`);
    await delay(aboutMs);
    return this.apply(`route del blackhole ${this.client}`) - begin;
  }

  close(): void {
    this.ip.stdin.end();
  }

  private apply(line: string): number {
    this.ip.stdin.write(`${line}\n`);
    return monotonicMs();
  }
}
