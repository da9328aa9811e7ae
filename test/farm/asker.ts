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

const ALONE = ['--interface', 'svc0'];

export class Asker {
  private readonly process: LineProcess;

  private constructor(process: LineProcess) {
    this.process = process;
  }

  /** Starts asking these addresses every 5 ms. */
  static async start(client: Namespace, addresses: readonly string[]): Promise<Asker> {
    const args = [...ALONE, ...addresses];
    const process = new LineProcess(client, buildProgram('whohas'), args, () => undefined);
    await process.ready();
    return new Asker(process);
  }

  add(address: string): void {
    this.process.send(`add ${address}`);
  }

  /** Asks it no more; it is left out of later figures. */
  remove(address: string): void {
    this.process.send(`remove ${address}`);
  }

  /** The figures since the last report. */
  async report(): Promise<readonly AskedAddress[]> {
    this.process.send('report');
    return ((await this.process.expect('report')) as AskedReport).addresses;
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
