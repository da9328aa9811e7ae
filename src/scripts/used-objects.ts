// The test and load objects that some group names. One that none names is not run: nobody would hear of it.

import type { Configuration } from '../config/configuration.js';

/** By name. A name may be that of a property which every object has. */
export function usedObjects<Kind extends 'tests' | 'loads'>(
  configuration: Configuration,
  kind: Kind,
): Map<string, Configuration[Kind][string]> {
  const used = new Set(Object.values(configuration.groups).flatMap((group) => group[kind]));
  const all = Object.entries(configuration[kind]) as [string, Configuration[Kind][string]][];
  return new Map(all.filter(([name]) => used.has(name)));
}
