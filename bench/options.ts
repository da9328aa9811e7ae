// The command line of `npm run bench -- …`.

import { parseArgs } from 'node:util';

import { PEER_NAMES } from './peer.js';
import type { PeerName } from './peer.js';
import { SCENARIOS } from './scenarios.js';

/** What is not a fault on a settled farm, and is played by its own rules. */
export const MEASUREMENTS = {
  load: 'false failovers: nothing happens for --seconds under stress-ng --cpu 4 --vm 2, at 10/30',
  idle: 'CPU, memory and wake-ups of one host when nothing happens, at 10/30, 20/100 and 100/350',
  scale: 'raisd alone: CPU, and the time to decide, among 32, 128 and 255 members, all but one emulated',
} as const;
export type Measurement = keyof typeof MEASUREMENTS;

export interface Options {
  readonly peers: readonly PeerName[];
  /** Empty: everything. */
  readonly only: readonly string[];
  readonly runs: number;
  /** Of the measurement under load. */
  readonly seconds: number;
  readonly json: string | null;
  /** Goes on with what the file of --json holds. */
  readonly add: boolean;
  readonly html: string | null;
  /** Measures nothing: prints and draws what the file of --json holds. */
  readonly show: boolean;
  readonly stages: boolean;
}

const LONG_SECONDS = 600;

export const USAGE = `npm run bench -- [--peer keepalived,frr,ucarp] [--only NAME]… [--runs N] [--json FILE [--add | --show]] [--html FILE]
npm run bench -- --stages [--runs N]      where the time goes from silence to announcement

  --peer     who is measured beside raisd; \`--peer none\`: nobody. Default: all
  --runs     of each scenario with each peer. Default: 10
  --seconds  of the measurement under load. Default: 60; --long: ${String(LONG_SECONDS)}
  --json     writes all samples there; with --add to those that are there, with --show measures nothing
  --html     writes the report there

scenarios:
${SCENARIOS.map(({ name, fault, terms }) => `  ${name.padEnd(24)}${fault.does}, at ${terms.setting.name}${terms.addresses > 1 ? `, ${String(terms.addresses)} IPv${String(terms.family)} addresses` : ''}`).join('\n')}
${Object.entries(MEASUREMENTS)
  .map(([name, does]) => `  ${name.padEnd(24)}${does}`)
  .join('\n')}
`;

/** Wrong usage: the message says what is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** Throws a UsageError. */
export function parseOptions(argv: readonly string[]): Options {
  const values = read(argv);
  const only = (values.only ?? []).flatMap((each) => each.split(','));
  const known = [...SCENARIOS.map(({ name }) => name), ...Object.keys(MEASUREMENTS)];
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: there is no such scenario`);
  const options: Options = {
    peers: peersOf(values.peer),
    only,
    runs: wholeNumber('runs', values.runs ?? '10', 1, 1_000),
    seconds: values.long === true ? LONG_SECONDS : wholeNumber('seconds', values.seconds ?? '60', 1, 86_400),
    json: values.json ?? null,
    add: values.add ?? false,
    html: values.html ?? null,
    show: values.show ?? false,
    stages: values.stages ?? false,
  };
  if ((options.add || options.show) && options.json === null) {
    throw new UsageError(`--${options.add ? 'add' : 'show'} needs --json FILE`);
  }
  return options;
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        peer: { type: 'string' },
        only: { type: 'string', multiple: true },
        runs: { type: 'string' },
        seconds: { type: 'string' },
        long: { type: 'boolean' },
        json: { type: 'string' },
        add: { type: 'boolean' },
        html: { type: 'string' },
        show: { type: 'boolean' },
        stages: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** raisd is always among them, and comes first. */
function peersOf(text: string | undefined): PeerName[] {
  if (text === undefined) return [...PEER_NAMES];
  const names = text === 'none' ? [] : text.split(',');
  const unknown = names.find((name) => !(PEER_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new UsageError(`--peer ${unknown}: one of ${PEER_NAMES.slice(1).join(', ')}`);
  return PEER_NAMES.filter((name) => name === 'raisd' || names.includes(name));
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(`--${name} ${text}: not a whole number from ${String(least)} to ${String(most)}`);
}
