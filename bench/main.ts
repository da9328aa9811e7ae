// npm run bench: the same faults, on the same farm, in the same run, for raisd and for what operators use today. Nothing is
// left behind, after Ctrl-C as well. Exit: 0 measured; 1 something could not be; 2 usage.

import { writeFileSync } from 'node:fs';

import { MEASUREMENTS, parseOptions, USAGE, UsageError } from './options.js';
import type { Measurement, Options } from './options.js';
import { measureIdle } from './idle.js';
import { measureUnderLoad } from './loaded.js';
import { KINDS } from './peers/kinds.js';
import { playScenarios } from './play-scenarios.js';
import { Recorder } from './recorder.js';
import { renderFigures } from './render-text.js';
import { renderReport } from './report/report.js';
import { measureScale } from './scale/scale.js';
import { SCENARIOS } from './scenarios.js';
import { profileStages } from './stages/stages.js';
import { tell } from './tell.js';

async function measure(options: Options, recorder: Recorder): Promise<void> {
  const wanted = (name: string): boolean => options.only.length === 0 || options.only.includes(name);
  const kinds = options.peers.map((name) => KINDS[name]);
  for (const kind of kinds) recorder.noteVersion(kind);
  await playScenarios(
    SCENARIOS.filter(({ name }) => wanted(name)),
    kinds,
    options.runs,
    recorder,
  );
  const rules: Record<Measurement, () => Promise<void>> = {
    load: () => measureUnderLoad(kinds, options.seconds, recorder),
    idle: () => measureIdle(kinds, recorder),
    scale: () => measureScale(recorder),
  };
  for (const name of Object.keys(MEASUREMENTS) as Measurement[]) if (wanted(name)) await rules[name]();
}

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  if (argv.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options = parseOptions(argv);
  if (options.stages) {
    process.stdout.write(`${await profileStages(options.runs)}\n`);
    return 0;
  }
  const recorder = new Recorder(options.json, options.add || options.show);
  if (!options.show) await measure(options, recorder);
  const results = recorder.all;
  process.stdout.write(`${renderFigures(results)}\n`);
  if (options.html !== null) writeFileSync(options.html, renderReport(results));
  return results.samples.some(({ peer, failure }) => peer === 'raisd' && failure !== null) ? 1 : 0;
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
