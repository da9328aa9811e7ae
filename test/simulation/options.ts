// The command line of `npm run sim`.

import yargs from 'yargs';
import type { FaultKind } from './fault.js';
import { FAULT_KINDS } from './fault-plan.js';
import { USUAL, type SeedOptions } from './seeded-plan.js';

export interface Options {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly seedOptions: SeedOptions;
  /** A plan that a failure left, instead of seeds. */
  readonly plan: string | undefined;
  /** Where a failure's shortest plan goes. */
  readonly keep: string | undefined;
  /** Real minutes after which no more seeds are begun. */
  readonly minutes: number;
  /** Simulations that shrinking may take. */
  readonly tries: number;
  readonly failures: number;
  readonly lines: number;
}

const HOUR = 3_600_000;

/** Storms a while apart from each other, and lulls between them. */
function longRun(hours: number, stormsAnHour: number): Pick<SeedOptions, 'episodes' | 'lull'> {
  const lull = HOUR / stormsAnHour;
  return {
    episodes: Math.max(1, Math.round(hours * stormsAnHour)),
    lull: { probability: 1, span: [0.9 * lull, 1.1 * lull] },
  };
}

export async function parseOptions(args: readonly string[]): Promise<Options> {
  const given = await yargs([...args])
    .usage('npm run sim -- [options]\n\nSimulates whole groups under faults that seeds choose.')
    .options({
      seed: { type: 'number', default: 0, describe: 'The first seed' },
      seeds: { type: 'number', describe: 'How many seeds; 1 if --seed is given, 200 otherwise' },
      hosts: { type: 'number', describe: 'Hosts (2–64); the seed chooses if not given' },
      addresses: {
        type: 'number',
        describe: 'Preferred addresses of one group (1–1000), dealt out among its hosts',
      },
      hours: { type: 'number', describe: 'About so many simulated hours a seed' },
      'storms-an-hour': { type: 'number', default: 1, describe: 'With --hours' },
      episodes: { type: 'number', default: USUAL.episodes, describe: 'Storms a seed' },
      faults: { type: 'array', string: true, choices: FAULT_KINDS, describe: 'Only faults of these kinds' },
      plan: { type: 'string', describe: 'Replay the plan in this file instead of seeds' },
      keep: { type: 'string', describe: "Write a failure's shortest plan into this file" },
      minutes: { type: 'number', default: Infinity, describe: 'Begin no seed after so many real minutes' },
      tries: { type: 'number', default: 400, describe: 'Simulations for shrinking a failure' },
      failures: { type: 'number', default: 1, describe: 'Stop after so many failures' },
      lines: { type: 'number', default: 150, describe: "Last lines of a failure's transcript to print" },
    })
    .check(({ hosts, addresses }) => {
      if (hosts !== undefined && (hosts < 2 || hosts > 64)) throw new Error('--hosts: 2 to 64');
      if (addresses !== undefined && (addresses < 1 || addresses > 1000))
        throw new Error('--addresses: 1 to 1000');
      return true;
    })
    .version(false)
    .strict()
    .parseAsync();
  const { hosts, addresses, hours } = given;
  return {
    firstSeed: given.seed,
    seeds: given.seeds ?? (args.some((arg) => /^--seed(=|$)/.test(arg)) ? 1 : 200),
    seedOptions: {
      ...USUAL,
      hosts: hosts ?? null,
      addresses: addresses ?? null,
      ...(hours === undefined ? { episodes: given.episodes } : longRun(hours, given['storms-an-hour'])),
      kinds: (given.faults as FaultKind[] | undefined) ?? null,
    },
    plan: given.plan,
    keep: given.keep,
    minutes: given.minutes,
    tries: given.tries,
    failures: given.failures,
    lines: given.lines,
  };
}
