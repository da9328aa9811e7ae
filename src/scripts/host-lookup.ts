// The address of a host by its name, for tests. Not by getaddrinfo: that occupies one of the few threads of this process for
// as long as a name server does not answer, and other tests wait for them. /etc/hosts is asked first, then DNS, by the
// full name (no search domains).

import { readFile } from 'node:fs/promises';
import { Resolver } from 'node:dns/promises';
import { parseAddress, type Address } from '../core/address.js';

/** The first address, IPv4 before IPv6. Rejects with the cause: `cannot resolve www: ENOTFOUND`. */
export async function lookUpHost(name: string, abort: AbortSignal): Promise<Address> {
  const literal = parseAddress(name.replace(/^\[(.*)\]$/, '$1'));
  if (literal !== null) return literal;
  const listed = hostsEntry(await readFile('/etc/hosts', 'utf8').catch(() => ''), name);
  if (listed !== null) return listed;
  return resolve(name, abort);
}

/** The address that hosts(5) gives a name, IPv4 before IPv6; null: none. */
export function hostsEntry(text: string, name: string): Address | null {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const found = text.split('\n').flatMap((line) => {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const parsed = parseAddress(address ?? '');
    return parsed !== null && names.some((each) => each.toLowerCase() === wanted) ? [parsed] : [];
  });
  return found.find((address) => !address.includes(':')) ?? found[0] ?? null;
}

async function resolve(name: string, abort: AbortSignal): Promise<Address> {
  const resolver = new Resolver();
  const cancel = (): void => {
    resolver.cancel();
  };
  abort.addEventListener('abort', cancel, { once: true });
  try {
    const [first] = await resolver.resolve4(name).catch(() => resolver.resolve6(name));
    const address = parseAddress(first ?? '');
    if (address === null) throw new Error(`cannot resolve ${name}: it has no address`);
    return address;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(`cannot resolve ${name}: ${code.replace('ARES_', '')}`, { cause: error });
  } finally {
    abort.removeEventListener('abort', cancel);
  }
}
