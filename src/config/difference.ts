// What a reload has to apply (R56): only what changed, so that nothing else is disturbed.

import { isDeepStrictEqual } from 'node:util';
import type { Configuration, GroupConfiguration } from './configuration.js';

export interface Difference {
  /** Keys at the top that apply only when the daemon is stopped and started, sorted. */
  readonly restartNeeded: readonly string[];
  /** Names, sorted. A group counts as changed with the test and load objects that it uses. */
  readonly groups: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly string[];
  };
  /** The other keys at the top that changed, sorted: of `loads`, `log`, `snmp`, `tests`, `web`. */
  readonly others: readonly string[];
}

/**
 * The host's identity and its sockets hang on these, and what goes on from one program to the next is that same host
 * (`raisctl restart`): the daemon has to be stopped and started.
 */
const RESTART = ['control', 'id'] as const;
const OTHERS = ['loads', 'log', 'snmp', 'tests', 'web'] as const;

export function differenceOf(before: Configuration, after: Configuration): Difference {
  const differs = (key: keyof Configuration): boolean => !isDeepStrictEqual(before[key], after[key]);
  const [old, now] = [namesOf(before), namesOf(after)];
  return {
    restartNeeded: RESTART.filter(differs),
    groups: {
      added: now.filter((name) => !old.includes(name)),
      removed: old.filter((name) => !now.includes(name)),
      changed: now.filter((name) => old.includes(name) && groupDiffers(name, before, after)),
    },
    others: OTHERS.filter(differs),
  };
}

/** Whether a reload has nothing to do. */
export const isEmpty = ({ restartNeeded, groups, others }: Difference): boolean =>
  [restartNeeded, groups.added, groups.removed, groups.changed, others].every((names) => names.length === 0);

/** The fields of one group that differ, in the order of the contract. */
export const changedFields = (
  before: GroupConfiguration,
  after: GroupConfiguration,
): (keyof GroupConfiguration)[] =>
  (Object.keys(after) as (keyof GroupConfiguration)[]).filter(
    (key) => !isDeepStrictEqual(before[key], after[key]),
  );

const namesOf = (configuration: Configuration): string[] => Object.keys(configuration.groups).sort();

function groupDiffers(name: string, before: Configuration, after: Configuration): boolean {
  const [old, now] = [before.groups[name], after.groups[name]];
  if (old === undefined || now === undefined || changedFields(old, now).length > 0) return true;
  const differs =
    <T>(x: Readonly<Record<string, T>>, y: Readonly<Record<string, T>>) =>
    (object: string) =>
      !isDeepStrictEqual(x[object], y[object]);
  return (
    now.tests.some(differs(before.tests, after.tests)) || now.loads.some(differs(before.loads, after.loads))
  );
}
