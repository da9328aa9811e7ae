// A real snmptrapd (Debian's), which decodes what arrives through the MIB that is shipped.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Debian ships no MIB of the IETF: net-snmp (npm) has some, and the tests the rest. */
export const MIB_DIRECTORIES = [
  join(ROOT, 'node_modules/net-snmp/lib/mibs'),
  join(ROOT, 'test/scripts/mibs'),
  join(ROOT, 'mib'),
];
export const MIB = join(ROOT, 'mib/RAISD-MIB');
const BOUND_MS = 60_000;

/** One notification as it was decoded: `RAISD-MIB::raisdGroup.0` → `web`. */
export type Decoded = ReadonlyMap<string, string>;

export class TrapReceiver {
  readonly received: Decoded[] = [];
  /** Whatever else it says. */
  readonly said: string[] = [];
  readonly #process: ChildProcess;
  readonly #directory: string;
  #looks: (() => void)[] = [];

  private constructor(listen: readonly string[], settings: readonly string[], before: readonly string[]) {
    this.#directory = mkdtempSync(join(tmpdir(), 'raisd-traps-'));
    const file = join(this.#directory, 'snmptrapd.conf');
    writeFileSync(file, settings.map((line) => `${line}\n`).join(''));
    const [program = '', ...args] = [
      ...before,
      'snmptrapd',
      ...['-f', '-C', '-c', file, '-Lo', '-M', MIB_DIRECTORIES.join(':'), '-m', 'RAISD-MIB', '-OQ'],
      ...['-F', 'NOTIFICATION\t%V\t%v\n', ...listen],
    ];
    this.#process = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, SNMP_PERSISTENT_DIR: join(this.#directory, 'state') },
    });
    for (const stream of [this.#process.stdout!, this.#process.stderr!])
      createInterface({ input: stream }).on('line', (line) => {
        this.#onLine(line);
      });
  }

  /** `listen`: as in `udp:127.0.0.1:162`. `settings`: lines of snmptrapd.conf. `before`: put before the command line. */
  static async start(
    listen: readonly string[],
    settings: readonly string[],
    before: readonly string[] = [],
  ): Promise<TrapReceiver> {
    const receiver = new TrapReceiver(listen, settings, before);
    await receiver.until('snmptrapd has started', () =>
      receiver.said.some((line) => line.startsWith('NET-SNMP version')),
    );
    return receiver;
  }

  /** Waits until something was said or received that makes the condition true. */
  async until(what: string, condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const told = (): string => JSON.stringify([this.said, this.received.map((each) => [...each])], null, 1);
      const timer = setTimeout(() => {
        reject(new Error(`${what}: not within ${String(BOUND_MS)} ms: ${told()}`));
      }, BOUND_MS);
      this.#looks.push(() => {
        if (!condition()) return;
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Waits for a notification that has all these values, and returns it. Names are those of RAISD-MIB. */
  async notification(values: Readonly<Record<string, string>>): Promise<Decoded> {
    const fits = fitting(values);
    await this.until(JSON.stringify(values), () => this.received.some(fits));
    return this.received.find(fits)!;
  }

  /** How many have all these values. */
  count(values: Readonly<Record<string, string>>): number {
    return this.received.filter(fitting(values)).length;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await exited;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #onLine(line: string): void {
    const [mark, ...pairs] = line.split('\t');
    if (mark === 'NOTIFICATION') {
      this.received.push(new Map(pairs.map((pair) => pair.split(' = ', 2) as [string, string])));
    } else {
      this.said.push(line);
    }
    for (const look of this.#looks) look();
  }
}

/** snmpTrapOID, which net-snmp's own MIBs leave without a name. */
const TRAP_OID = 'SNMPv2-SMI::snmpModules.1.1.4.1.0';

/** The value of one of RAISD-MIB's objects, or `notification`: its name. */
export const valueOf = (decoded: Decoded, name: string): string | undefined =>
  name === 'notification'
    ? decoded.get(TRAP_OID)?.replace('RAISD-MIB::', '')
    : decoded.get(`RAISD-MIB::${name}.0`);

const fitting =
  (values: Readonly<Record<string, string>>) =>
  (decoded: Decoded): boolean =>
    Object.entries(values).every(([name, value]) => valueOf(decoded, name) === value);

/** An address as snmptrapd shows it: octets. */
export const octetsOf = (text: string): string =>
  `"${text
    .split('.')
    .map((part) => `${Number(part).toString(16).toUpperCase().padStart(2, '0')} `)
    .join('')}"`;
