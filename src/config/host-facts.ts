// What the checks ask the machine that they run on.

import { execFileSync, type StdioOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { parseAddress, type Address } from '../core/address.js';

export interface HostFacts {
  /** True: the configuration is to be used here. False: it may belong to another machine. */
  readonly onHost: boolean;
  /** Every interface of this network namespace; a link that is down shows no addresses. */
  interfaces(): ReadonlyMap<string, readonly Address[]>;
  userExists(name: string): boolean;
  /** IPv6 is switched off on this interface, or in this kernel: no IPv6 address can be put there. */
  refusesIpv6(name: string): boolean;
}

/** Looks at interfaces and users when they are asked for, once. */
export function hostFacts(onHost: boolean): HostFacts {
  const users = new Map<string, boolean>();
  let interfaces: Map<string, Address[]> | undefined;
  return {
    onHost,
    interfaces: () => (interfaces ??= readInterfaces()),
    userExists: (name) => {
      const known = users.get(name) ?? lookUpUser(name);
      users.set(name, known);
      return known;
    },
    refusesIpv6: (name) => readLines(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`)[0] !== '0',
  };
}

function readInterfaces(): Map<string, Address[]> {
  const found = new Map<string, Address[]>();
  // Two lines of heading, then "  name: counters".
  for (const line of readLines('/proc/net/dev').slice(2)) found.set((line.split(':')[0] ?? '').trim(), []);
  for (const [name, addresses = []] of Object.entries(networkInterfaces()))
    found.set(
      name,
      addresses.flatMap(({ address }) => parseAddress(address.replace(/%.*$/, '')) ?? []),
    );
  return found;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

const LOOK_UP_MILLISECONDS = 2000;

const lookUpUser = (name: string): boolean => userId(name) !== null;

/**
 * Null where there is no such user. /etc/passwd first; then getent, which knows of LDAP and the like. `name` was checked to be
 * a user's name.
 */
export function userId(name: string): number | null {
  const isWanted = (line: string): boolean => line.startsWith(`${name}:`);
  const line = readLines('/etc/passwd').find(isWanted) ?? askForUser(name).split('\n').find(isWanted);
  return line === undefined ? null : Number(line.split(':')[2]);
}

function askForUser(name: string): string {
  try {
    const stdio: StdioOptions = ['ignore', 'pipe', 'ignore'];
    return execFileSync('getent', ['passwd', name], {
      stdio,
      encoding: 'utf8',
      timeout: LOOK_UP_MILLISECONDS,
    });
  } catch {
    return '';
  }
}
