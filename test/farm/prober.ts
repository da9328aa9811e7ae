// A client that asks service addresses every millisecond and knows who answered: test/farm/probe/prober.cc.
// Times are milliseconds of CLOCK_MONOTONIC; probe/tally.h defines each figure.

import type { Line } from './line-process.js';
import { LineProcess } from './line-process.js';
import type { Namespace } from './namespace.js';
import { buildProgram } from './probe-build.js';
import { waitUntil } from './wait.js';

export interface ProbedAddress {
  readonly address: string;
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  readonly sendErrors: number;
  readonly late: number;
  readonly doubled: number;
  readonly twoHosts: number;
  readonly changes: number;
  readonly silenceMs: number;
  readonly silenceBeginMs: number | null;
  readonly slowestMs: number;
  readonly widestGapMs: number;
  /** Who answered, in the order of asking. */
  readonly by: readonly { host: string; firstMs: number; lastMs: number; answered: number }[];
}

export interface ProbedInterval extends Line {
  readonly name: string;
  readonly beginMs: number;
  readonly endMs: number;
  readonly addresses: readonly ProbedAddress[];
}

interface HostLine extends Line {
  readonly address: string;
  readonly host: string;
}

export interface ProberOptions {
  readonly intervalUs?: number;
  readonly boundMs?: number;
}

export class Prober {
  private readonly process: LineProcess;
  private readonly hosts = new Map<string, string>();

  private constructor(process: (onLine: (line: Line) => void) => LineProcess) {
    this.process = process((line) => {
      const { address, host } = line as HostLine;
      if (line.kind === 'host') this.hosts.set(address, host);
    });
  }

  /** Starts asking these addresses from a namespace on the service network. */
  static async start(
    client: Namespace,
    addresses: readonly string[],
    options: ProberOptions = {},
  ): Promise<Prober> {
    const { intervalUs = 1_000, boundMs = 50 } = options;
    const args = ['--interval-us', String(intervalUs), '--bound-ms', String(boundMs), ...addresses];
    const prober = new Prober((onLine) => new LineProcess(client, buildProgram('prober'), args, onLine));
    await prober.process.ready();
    return prober;
  }

  /** Asks this address too from now on. */
  add(address: string): void {
    this.process.send(`add ${address}`);
  }

  /** Asks it no more; it is left out of later figures. */
  remove(address: string): void {
    this.process.send(`remove ${address}`);
  }

  /** Ends the running interval, begins one of that name, and returns the one that ended. */
  async mark(name: string): Promise<ProbedInterval> {
    this.process.send(`mark ${name}`);
    return (await this.process.expect('interval')) as ProbedInterval;
  }

  /** The running interval so far. */
  async report(): Promise<ProbedInterval> {
    this.process.send('report');
    return (await this.process.expect('report')) as ProbedInterval;
  }

  /** The running interval's figures for one address. Throws where it is not asked. */
  async reportOf(address: string): Promise<ProbedAddress> {
    return figuresOf(await this.report(), address);
  }

  /** Who answered last, or null: nobody ever did. */
  hostOf(address: string): string | null {
    return this.hosts.get(address) ?? null;
  }

  /** Until that host answers for the address. */
  async waitForHost(address: string, host: string, boundMs: number): Promise<void> {
    await waitUntil(
      `${address} answered by ${host}`,
      () => (this.hostOf(address) === host ? null : `answered by ${this.hostOf(address) ?? 'nobody'}`),
      boundMs,
    );
  }

  /** Until so many more requests to the address were answered: something was observed for that long, and it was served. */
  async waitForAnswers(address: string, count: number, boundMs: number): Promise<void> {
    const before = (await this.reportOf(address)).answered;
    await waitUntil(
      `${String(count)} answers from ${address}`,
      async () => {
        const answered = (await this.reportOf(address)).answered - before;
        return answered >= count ? null : `${String(answered)} came`;
      },
      boundMs,
    );
  }

  /** Until that many requests in a row went unanswered. */
  async waitForSilence(address: string, forMs: number, boundMs: number): Promise<void> {
    await waitUntil(
      `${address} silent for ${String(forMs)} ms`,
      async () => {
        const { silenceMs } = await this.reportOf(address);
        return silenceMs >= forMs ? null : `longest silence ${String(silenceMs)} ms`;
      },
      boundMs,
    );
  }

  stop(): Promise<void> {
    return this.process.stop();
  }
}

/** One address's figures in an interval. */
export function figuresOf(interval: ProbedInterval, address: string): ProbedAddress {
  const figures = interval.addresses.find((entry) => entry.address === address);
  if (figures === undefined) throw new Error(`${address} is not asked in interval ${interval.name}`);
  return figures;
}
