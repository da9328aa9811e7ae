// npm run sim: seeds or a kept plan, what they covered, and for a failure the shortest schedule that still fails.

import { readFileSync, writeFileSync } from 'node:fs';
import { Campaign } from './campaign.js';
import { loadCore, type Core } from './core-under-test.js';
import { describePlan, shortestFailure } from './failure.js';
import type { Plan } from './fault-plan.js';
import { parseOptions, type Options } from './options.js';
import { describeCampaign } from './report.js';
import { planOfSeed } from './seeded-plan.js';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function explain(plan: Plan, core: Core, { tries, lines, keep }: Options): boolean {
  const failure = shortestFailure(plan, core, tries);
  if (failure === null) return false;
  say(`--- the shortest plan found that still fails:\n${describePlan(failure.plan, core)}`);
  say(`--- the end of what happened:\n${failure.transcript.split('\n').slice(-lines).join('\n')}`);
  say(failure.violation.message);
  if (keep !== undefined) {
    writeFileSync(keep, `${JSON.stringify(failure.plan, null, 1)}\n`);
    say(`kept: npm run sim -- --plan ${keep}`);
  }
  return true;
}

/** Seeds after which a long campaign tells how far it is. */
const PROGRESS = 500;

/** False: something failed. */
function runSeeds(core: Core, options: Options): boolean {
  const { firstSeed, seeds, seedOptions, minutes, failures } = options;
  const campaign = new Campaign(core, seedOptions);
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  for (let seed = firstSeed; seed < firstSeed + seeds && elapsed() < minutes * 60; seed++) {
    const violation = campaign.run(seed);
    if (violation !== null) say(`seed ${String(seed)} fails: ${violation.message}`);
    if (campaign.failures.length >= failures) break;
    if (campaign.seeds % PROGRESS === 0 && campaign.seeds < seeds)
      process.stderr.write(`${String(campaign.seeds)} seeds in ${elapsed().toFixed(0)} s\n`);
  }
  say(describeCampaign(campaign, elapsed()));
  const [first] = campaign.failures;
  if (first === undefined) return true;
  say(
    `--- shrinking seed ${String(first.seed)}; replay it with the same options and --seed ${String(first.seed)}`,
  );
  explain(planOfSeed(first.seed, seedOptions), core, options);
  return false;
}

const options = await parseOptions(process.argv.slice(2));
const core = await loadCore();
const isClean =
  options.plan === undefined
    ? runSeeds(core, options)
    : !explain(JSON.parse(readFileSync(options.plan, 'utf8')) as Plan, core, { ...options, tries: 0 });
if (isClean) say('no rule was broken');
process.exitCode = isClean ? 0 : 1;
