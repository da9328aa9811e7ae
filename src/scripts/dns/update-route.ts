// R40, by dynamic update (RFC 2136), signed with TSIG: Debian's nsupdate sends it, with what was found as the prerequisite, so
// that whoever is late changes nothing. What is published is asked of the same server. nsupdate runs as a user without any
// rights: the key comes to it on its standard input.

import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import type { Endpoint } from '../../config/configuration.js';
import { tsigSecret } from '../../config/tsig-key.js';
import { familyOf, parseAddress, sortAddresses, type ServiceAddress } from '../../core/address.js';
import type { User } from '../user.js';
import { TOOL_TIMEOUT, type Published, type Route } from './route.js';
import { runTool } from './tool.js';
import type { Advertisement } from './zone-file.js';

export interface UpdateRouteSettings extends Advertisement {
  readonly server: Endpoint;
  readonly keyName: string | null;
  readonly keyFile: string | null;
  readonly algorithm: string;
}

/** Milliseconds that an answer may take, and how often it is asked for. */
const QUERY = { timeout: 2000, tries: 2 };
const SECONDS_FOR_UPDATE = 6;

export class UpdateRoute implements Route {
  readonly #settings: UpdateRouteSettings;
  readonly #lookUp: (name: string) => Promise<User>;
  #found: readonly ServiceAddress[] = [];

  constructor(settings: UpdateRouteSettings, lookUp: (name: string) => Promise<User>) {
    this.#settings = settings;
    this.#lookUp = lookUp;
  }

  async read(): Promise<Published> {
    const resolver = new Resolver(QUERY);
    resolver.setServers([endpointText(this.#settings.server)]);
    const records = await Promise.all(
      (['resolve4', 'resolve6'] as const).map((ask) =>
        this.#ask(() => resolver[ask](this.#settings.name, { ttl: true })),
      ),
    );
    const answers = records.flat();
    this.#found = sortAddresses(
      new Set(answers.flatMap(({ address }) => parseAddress(address.toLowerCase()) ?? [])),
    );
    return { addresses: this.#found, ttlIsRight: answers.every(({ ttl }) => ttl === this.#settings.ttl) };
  }

  async write(addresses: readonly ServiceAddress[]): Promise<void> {
    const { server, zone, keyFile } = this.#settings;
    const secret = keyFile === null ? null : await readSecret(keyFile);
    const input = updateText(this.#settings, secret, this.#found, addresses);
    const command = ['nsupdate', '-t', String(SECONDS_FOR_UPDATE)];
    const { error } = await runTool({ command, user: await this.#nobody(), input, timeout: TOOL_TIMEOUT });
    if (error === null) return;
    const safe = secret === null ? error : error.replaceAll(secret, '…');
    const advice = adviceFor(error, this.#settings);
    const why = advice === null ? safe : `${advice}; ${safe}`;
    throw new Error(`name server ${endpointText(server)}: zone ${zone} cannot be updated: ${why}`);
  }

  async catchUp(): Promise<void> {
    // An update is done as a whole or not at all.
  }

  async #ask<T>(ask: () => Promise<T[]>): Promise<T[]> {
    try {
      return await ask();
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // No such records, or no such name yet.
      if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
      const { server, zone } = this.#settings;
      throw new Error(`name server ${endpointText(server)}: ${causes[code] ?? code}`.replace('ZONE', zone), {
        cause: error,
      });
    }
  }

  /** The daemon's own user, which may read no key; else nobody. A process that is not root has nothing to give away. */
  async #nobody(): Promise<User | null> {
    if (process.getuid?.() !== 0) return null;
    return this.#lookUp('raisd').catch(() => this.#lookUp('nobody'));
  }
}

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there (ECONNREFUSED)',
  ETIMEOUT: 'it does not answer (ETIMEOUT)',
  EREFUSED: 'it refuses the question (REFUSED): does it serve zone ZONE, and may this host ask it?',
  ESERVFAIL: 'it fails (SERVFAIL): is zone ZONE loaded there?',
};

/** What the answer that nsupdate was given means here, and what to look at. Null: it says so itself. RFC 2136, 2.2; RFC 8945, 5.2. */
export function adviceFor(
  error: string,
  { zone, name, keyName, keyFile, algorithm }: Omit<UpdateRouteSettings, 'server' | 'ttl'>,
): string | null {
  const key = `key ${keyName ?? ''}`;
  if (/\b(NX|YX)RRSET\b/.test(error)) return 'somebody else has changed it meanwhile, or the name is a CNAME';
  if (error.includes('BADSIG'))
    return `the server does not accept ${key} of ${keyFile ?? ''}: compare the secret with the server's`;
  if (error.includes('BADTIME'))
    return `the server does not accept ${key} of ${keyFile ?? ''}: compare the clocks of this host and of the server`;
  if (error.includes('BADKEY'))
    return `the server knows no ${key} with algorithm ${algorithm}: compare key-name and algorithm with the server's`;
  if (error.includes('REFUSED'))
    return keyName === null
      ? `the server refuses it: see whether it allows this host to change A and AAAA of ${name} without a key`
      : `the server refuses it: see whether its update-policy allows ${key} to change A and AAAA of ${name}`;
  if (error.includes('NOTAUTH'))
    return `the server refuses it: see whether it is the primary server of zone ${zone}, and allows the update`;
  return null;
}

const endpointText = ({ address, port }: Endpoint): string =>
  familyOf(address) === 6 ? `[${address}]:${String(port)}` : `${address}:${String(port)}`;

async function readSecret(file: string): Promise<string> {
  const result = tsigSecret(await readFile(file, 'utf8'));
  if ('wrong' in result) throw new Error(`key file ${file} ${result.wrong}`);
  return result.secret;
}

/** What nsupdate reads. `before`: what must be there for the change to be made; `addresses`: what is there afterwards. */
export function updateText(
  { server, zone, name, ttl, keyName, algorithm }: UpdateRouteSettings,
  secret: string | null,
  before: readonly ServiceAddress[],
  addresses: readonly ServiceAddress[],
): string {
  const types = [
    ['A', 4],
    ['AAAA', 6],
  ] as const;
  const of = (list: readonly ServiceAddress[], family: number) =>
    list.filter((each) => familyOf(each) === family);
  const lines = [`server ${server.address} ${String(server.port)}`, `zone ${zone}.`];
  if (keyName !== null && secret !== null) lines.push(`key ${algorithm}:${keyName}. ${secret}`);
  for (const [type, family] of types) {
    const was = of(before, family);
    if (was.length === 0) lines.push(`prereq nxrrset ${name}. IN ${type}`);
    for (const address of was) lines.push(`prereq yxrrset ${name}. IN ${type} ${address}`);
  }
  for (const [type, family] of types) {
    lines.push(`update delete ${name}. IN ${type}`);
    for (const address of of(addresses, family))
      lines.push(`update add ${name}. ${String(ttl)} IN ${type} ${address}`);
  }
  return [...lines, 'send', ''].join('\n');
}
