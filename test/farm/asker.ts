// Asks the service network who has an address, by ARP and neighbour discovery: test/farm/probe/whohas.cc.

import type { Line } from './line-process.js';
import { LineProcess } from './line-process.js';
import type { Namespace } from './namespace.js';
import { buildProgram } from './probe-build.js';

export interface AskedAddress {
  readonly address: string;
  readonly asked: number;
  readonly answered: number;
  /** Questions that two MACs answered. */
  readonly byTwo: number;
  /** MAC → how many questions it answered. */
  readonly macs: Readonly<Record<string, number>>;
}

interface AskedReport extends Line {
  readonly addresses: readonly AskedAddress[];
}

/** A question that two answered. Whether both would have at one moment, their times tell: a frame may wait before a host. */
export interface TwoAnswers extends Line {
  readonly address: string;
  readonly macs: readonly string[];
  /** Milliseconds from the question to the answer of each. */
  readonly afterMs: readonly number[];
  /** When it was asked, in milliseconds of CLOCK_MONOTONIC. */
  readonly atMs: number;
}

/** What was asked since the last report. */
export interface Asked {
  readonly addresses: readonly AskedAddress[];
  /** How many questions two MACs answered, of all addresses. */
  readonly byTwo: number;
  /** Those questions; of a run the first 100. */
  readonly twos: readonly TwoAnswers[];
}

const ALONE = ['--interface', 'svc0'];

export class Asker {
  private readonly process: LineProcess;
  private twos: TwoAnswers[] = [];

  private constructor(process: (onLine: (line: Line) => void) => LineProcess) {
    this.process = process((line) => {
      if (line.kind === 'two') this.twos.push(line as TwoAnswers);
    });
  }

  /** Starts asking these addresses every 5 ms. */
  static async start(client: Namespace, addresses: readonly string[]): Promise<Asker> {
    const args = [...ALONE, ...addresses];
    const asker = new Asker((onLine) => new LineProcess(client, buildProgram('whohas'), args, onLine));
    await asker.process.ready();
    return asker;
  }

  add(address: string): void {
    this.process.send(`add ${address}`);
  }

  /** Asks it no more; it is left out of later figures. */
  remove(address: string): void {
    this.process.send(`remove ${address}`);
  }

  /** It takes as long as the last question may be answered, 100 ms. */
  async report(): Promise<Asked> {
    this.process.send('report');
    const { addresses } = (await this.process.expect('report')) as AskedReport;
    const twos = this.twos;
    this.twos = [];
    return { addresses, twos, byTwo: addresses.reduce((total, { byTwo }) => total + byTwo, 0) };
  }

  stop(): Promise<void> {
    return this.process.stop();
  }
}

/** Asks once and waits 100 ms: which MACs answer for each address. */
export function whoHas(client: Namespace, addresses: readonly string[]): Map<string, string[]> {
  const lines = client
    .run(buildProgram('whohas'), [...ALONE, '--count', '1', ...addresses])
    .trim()
    .split('\n');
  const report = JSON.parse(lines.at(-1) ?? '') as AskedReport;
  return new Map(report.addresses.map(({ address, macs }) => [address, Object.keys(macs)]));
}
