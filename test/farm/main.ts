// npm run farm: raises a farm of real daemons in network namespaces, breaks it in every way of scenarios.ts while a client
// keeps asking, and prints what that client saw. Exit: 0 every scenario did what it should, whatever it cost in time;
// 1 one did not; 2 usage. Nothing is left behind, after Ctrl-C as well.

import { BALANCING, showBalancing } from './balancing.js';
import { bothFamilies } from './both-families.js';
import { watchService } from './configuration.js';
import { watchUnderLoad } from './false-failover.js';
import { FALSE_FAILOVER, USAGE, UsageError, parseOptions } from './options.js';
import type { Options } from './options.js';
import { play } from './play.js';
import type { Outcome } from './play.js';
import { waitForStandIns } from './role-processes.js';
import { SCENARIOS } from './scenarios.js';
import { Stage } from './stage.js';
import { renderResults } from './summary.js';
import type { Result } from './summary.js';

/** What goes on is told on standard error, so that --json leaves standard output to the result. */
const tell = (text: string): void => {
  process.stderr.write(text);
};

async function raise(options: Options): Promise<Stage> {
  tell(
    `raising ${String(options.hosts)} hosts at ${String(options.intervalMs)} / ${String(options.timeoutMs)} ms …`,
  );
  const stage = await Stage.raise({
    ...options,
    watchesMachine: true,
    ...(options.ipv6 ? bothFamilies(watchService) : { adjust: watchService }),
  });
  tell(' settled\n\n');
  const { stdout, stderr } = await stage.host(1).daemon.ctl('status');
  tell(`${stdout}${stderr}\n`);
  return stage;
}

async function playAll(options: Options): Promise<Result[]> {
  const scenarios = SCENARIOS.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const outcomes = new Map<string, Outcome[]>(scenarios.map(({ name }) => [name, []]));
  if (scenarios.length === 0) return [];
  let stage = await raise(options);
  for (let run = 1; run <= options.runs; run++) {
    if (options.runs > 1) tell(`run ${String(run)} of ${String(options.runs)}\n`);
    for (const scenario of scenarios) {
      tell(`  ${scenario.does} …`);
      await rest(stage);
      const outcome = await play(stage, scenario);
      outcomes.get(scenario.name)?.push(outcome);
      tell(` ${outcome.failure === null ? '' : `FAILED: ${outcome.failure}; `}${told(outcome)}\n`);
      // What a failed scenario has left behind must not be blamed on the next one.
      if (outcome.failure !== null) {
        stage.close();
        stage = await raise(options);
      }
    }
  }
  stage.close();
  return scenarios.map((scenario) => ({ scenario, outcomes: outcomes.get(scenario.name) ?? [] }));
}

/**
 * A daemon that has just started makes its stand-ins, a Node.js each. On the processors that all hosts of a farm share that would
 * slow the others down, as it does not where each is a machine.
 */
async function rest(stage: Stage): Promise<void> {
  for (const host of stage.members) await waitForStandIns(host);
}

function told({ silenceMs, lost, doubled, answeredByTwo, moves, slowMs }: Outcome): string {
  return [
    `${silenceMs.toFixed(1)} ms`,
    `${String(lost)} lost`,
    ...(doubled > 0 ? [`${String(doubled)} doubled`] : []),
    ...answeredByTwo,
    ...(moves.length === 0 ? ['nothing moves'] : moves),
    ...(slowMs > 0 ? [`the machine was slow for ${slowMs.toFixed(0)} ms`] : []),
  ].join(', ');
}

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  if (argv.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options = parseOptions(argv);
  let results: Result[];
  if (options.only.includes(FALSE_FAILOVER)) {
    const stage = await raise(options);
    tell(`nothing happens for ${String(options.seconds)} s, under load …\n`);
    results = [await watchUnderLoad(stage, options.seconds)];
    stage.close();
  } else {
    results = await playAll(options);
  }
  process.stdout.write(
    options.json ? `${JSON.stringify({ options, results }, null, 2)}\n` : `\n${renderResults(results)}\n`,
  );
  const wanted = options.only.length === 0 || options.only.includes(BALANCING);
  const failure = wanted ? await showBalancing(options, tell) : null;
  if (failure !== null) tell(`load balancing: ${failure}\n`);
  return failure === null &&
    results.every(({ outcomes }) => outcomes.every(({ failure }) => failure === null))
    ? 0
    : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const usage = error instanceof UsageError;
  tell(
    usage
      ? `${error.message}\n\n${USAGE}`
      : `\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = usage ? 2 : 1;
}
