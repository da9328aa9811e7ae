// `raisd check`, `raisd print` and `raisd schema`. They work off-host: nothing but the file and its key files need exist.

import type { Configuration } from './configuration.js';
import { formatFault, type Fault } from './fault.js';
import { loadConfiguration } from './load.js';
import { printConfiguration } from './print.js';
import { jsonSchema } from './schema.js';

/** Where a command writes: a stream, such as `process.stdout`. */
export interface Output {
  write(text: string): unknown;
}

/** Prints each fault on `out`, or one line that all is well; warnings go to `err`. The exit code: 0 good, 1 not. */
export function checkCommand(path: string, out: Output, err: Output): number {
  const result = loadConfiguration(path, { familiesIfHere: true });
  if (!result.ok) {
    printFaults(result.faults, out);
    return 1;
  }
  printWarnings(result.warnings, err);
  out.write(`${path}: ok: ${summary(result.configuration)}\n`);
  return 0;
}

/** Prints the configuration in force on `out`; faults and warnings go to `err`. The exit code: 0 printed, 1 faulty. */
export function printCommand(path: string, out: Output, err: Output): number {
  const result = loadConfiguration(path);
  if (!result.ok) {
    printFaults(result.faults, err);
    return 1;
  }
  printWarnings(result.warnings, err);
  out.write(printConfiguration(result.configuration));
  return 0;
}

/** Prints the JSON Schema of the configuration on `out`. The exit code: 0. */
export function schemaCommand(out: Output): number {
  out.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return 0;
}

const printFaults = (faults: readonly Fault[], output: Output): void => {
  for (const fault of faults) output.write(`${formatFault(fault)}\n`);
};

const printWarnings = (warnings: readonly Fault[], output: Output): void => {
  for (const fault of warnings)
    output.write(`${formatFault({ ...fault, message: `warning: ${fault.message}` })}\n`);
};

/** `2 groups, 5 preferred addresses, 1 test object`. */
function summary({ groups, tests, loads }: Configuration): string {
  const preferred = Object.values(groups).reduce((count, group) => count + group.prefer.length, 0);
  return [
    counted(Object.keys(groups).length, 'group'),
    counted(preferred, 'preferred address', 'preferred addresses'),
    counted(Object.keys(tests).length, 'test object'),
    counted(Object.keys(loads).length, 'load object'),
  ].join(', ');
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${String(count)} ${count === 1 ? one : many}`;
