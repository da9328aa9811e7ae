// The command line of `npm run farm -- …`.

import { parseArgs } from 'node:util';

import { MAX_HOSTS } from './addressing.js';
import { BALANCING } from './balancing.js';
import { SCENARIOS } from './scenarios.js';
import type { Timing } from './configuration.js';

/** Not a scenario of the list: it needs another timing and a machine under load. */
export const FALSE_FAILOVER = 'false-failover';

/** Of strangers' frames. */
const FLOOD_SECONDS = 30;

export interface Options extends Timing {
  readonly hosts: number;
  readonly runs: number;
  /** Empty: every scenario. */
  readonly only: readonly string[];
  readonly json: boolean;
  /** Each host has an IPv6 address as well. */
  readonly ipv6: boolean;
  readonly seconds: number;
  readonly floodSeconds: number;
}

export const USAGE = `npm run farm -- [--hosts N] [--interval 10ms] [--timeout 30ms] [--runs N] [--only NAME]… [--ipv6] [--json]
npm run farm -- --only ${FALSE_FAILOVER} [--seconds 60] [--interval 20ms] [--timeout 100ms]

scenarios:
${SCENARIOS.map(({ name, does, expects }) => `  ${name.padEnd(22)}${does}: ${expects}`).join('\n')}
  ${BALANCING.padEnd(22)}loads change: busy hosts leave the DNS zone, calm ones come back
  ${FALSE_FAILOVER.padEnd(22)}nothing happens, on a machine under load: nothing moves
`;

/** Wrong usage: the message says what is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** Throws a UsageError. */
export function parseOptions(argv: readonly string[]): Options {
  const values = read(argv);
  const only = values.only ?? [];
  const names = [...SCENARIOS.map(({ name }) => name), BALANCING, FALSE_FAILOVER];
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: there is no such scenario`);
  const loaded = only.includes(FALSE_FAILOVER);
  if (loaded && only.length > 1) throw new UsageError(`${FALSE_FAILOVER} is played alone`);
  return {
    hosts: wholeNumber('hosts', values.hosts ?? '3', 3, MAX_HOSTS - 1),
    runs: wholeNumber('runs', values.runs ?? '1', 1, 10_000),
    seconds: wholeNumber('seconds', values.seconds ?? '60', 1, 86_400),
    floodSeconds: FLOOD_SECONDS,
    intervalMs: wholeMilliseconds('interval', values.interval ?? (loaded ? '20ms' : '10ms')),
    timeoutMs: wholeMilliseconds('timeout', values.timeout ?? (loaded ? '100ms' : '30ms')),
    only,
    json: values.json ?? false,
    ipv6: values.ipv6 ?? false,
  };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        hosts: { type: 'string' },
        interval: { type: 'string' },
        timeout: { type: 'string' },
        runs: { type: 'string' },
        only: { type: 'string', multiple: true },
        seconds: { type: 'string' },
        json: { type: 'boolean' },
        ipv6: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function wholeMilliseconds(name: string, text: string): number {
  const digits = /^([0-9]{1,6})ms$/.exec(text)?.[1];
  if (digits === undefined) throw new UsageError(`--${name} ${text}: not milliseconds, as 10ms`);
  return Number(digits);
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(`--${name} ${text}: not a whole number from ${String(least)} to ${String(most)}`);
}
