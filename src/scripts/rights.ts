// Whether this process may start programs as other users, told at the start, so that it does not first show in a failover.

import { readFileSync } from 'node:fs';
import type { Configuration } from '../config/configuration.js';

const NEEDED: readonly (readonly [bit: bigint, name: string])[] = [
  [5n, 'CAP_KILL'],
  [6n, 'CAP_SETGID'],
  [7n, 'CAP_SETUID'],
];

/** The capabilities that switching the user takes and this process lacks. */
export function missingRights(): string[] {
  const text = readFileSync('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(text)?.[1] ?? '0'}`);
  return NEEDED.filter(([bit]) => ((effective >> bit) & 1n) === 0n).map(([, name]) => name);
}

/** The users that a configuration's scripts and the commands of its test and load objects name, sorted. */
export function scriptUsers(configuration: Configuration): string[] {
  const { groups, tests, loads } = configuration;
  const scripts = Object.values(groups).flatMap((group) => [
    group.onAcquire,
    group.onRelease,
    group.dns?.file,
  ]);
  const probes = [...Object.values(tests), ...Object.values(loads)].map(({ probe }) => probe);
  const users = probes.flatMap((probe) => (probe.kind === 'command' ? (probe.user ?? []) : []));
  return [...new Set([...scripts.flatMap((script) => script?.user ?? []), ...users])].sort();
}
