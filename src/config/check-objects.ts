// Test objects, load objects, DNS and SNMP: what must fit together within one of them.

import type { Address } from '../core/address.js';
import type { DraftConfiguration } from './draft.js';
import { formatDuration } from './duration.js';
import { quoted, reference, type Findings, type Path } from './fault.js';
import { isLinkLocal, unusableAsHost } from './address-kinds.js';
import { formatEndpoint } from './endpoint.js';
import { LOAD_KINDS, TEST_KINDS } from './schema.js';

type Item<K extends 'groups' | 'tests' | 'loads'> =
  DraftConfiguration[K] extends ReadonlyMap<string, infer I> ? I : never;

export function checkObjects(draft: DraftConfiguration, findings: Findings): void {
  for (const [name, test] of draft.tests) checkTest(test, ['tests', name], findings);
  for (const [name, load] of draft.loads) checkLoad(load, ['loads', name], findings);
  for (const [name, { dns }] of draft.groups) if (dns) checkDns(dns, ['groups', name, 'dns'], findings);
  for (const kind of ['tests', 'loads'] as const) checkUse(draft, kind, findings);
  checkSinks(draft, findings);
}

function checkTest(test: Item<'tests'>, path: Path, findings: Findings): void {
  const kinds = TEST_KINDS.filter((kind) => test[kind] !== undefined);
  checkKind(kinds, TEST_KINDS, 'test', path, findings);
  checkUser(test, path, findings);
  checkAbsolute(test.command, [...path, 'command'], findings);
  const { process, interval, timeout } = test;
  if (process !== undefined && (process.name === undefined) === (process.pidfile === undefined))
    findings.fault([...path, 'process'], 'needs either name or pidfile');
  if (interval !== undefined && timeout !== undefined && timeout > interval)
    findings.warn(
      [...path, 'timeout'],
      `${formatDuration(timeout)} is longer than the interval (${formatDuration(interval)}): a test that hangs is noticed late`,
    );
}

function checkLoad(load: Item<'loads'>, path: Path, findings: Findings): void {
  checkKind(
    LOAD_KINDS.filter((kind) => load[kind] !== undefined),
    LOAD_KINDS,
    'load',
    path,
    findings,
  );
  checkUser(load, path, findings);
  checkAbsolute(load.command, [...path, 'command'], findings);
}

function checkKind(
  found: readonly string[],
  kinds: readonly string[],
  what: string,
  path: Path,
  findings: Findings,
): void {
  const [first, second] = found;
  // A kind that is written but wrong was reported already.
  const written = kinds.some((kind) => findings.isWritten([...path, kind]));
  if (first === undefined && !written)
    findings.fault(
      path,
      `says nothing to ${what === 'test' ? 'test' : 'measure'}: needs one of ${kinds.join(', ')}`,
    );
  if (second !== undefined)
    findings.fault(
      [...path, second],
      `a ${what} object does one thing: ${String(first)} is there already; make two of it`,
    );
}

function checkUser(
  object: { readonly command?: unknown; readonly user?: string | undefined },
  path: Path,
  findings: Findings,
): void {
  if (object.user !== undefined && !findings.isWritten([...path, 'command']))
    findings.fault([...path, 'user'], 'only a command runs as a user');
}

/** A search path is an environment's matter: what runs as root, or decides who serves, is named in full. */
export function checkAbsolute(
  command: readonly (string | undefined)[] | null | undefined,
  path: Path,
  findings: Findings,
): void {
  const program = command?.[0];
  if (program !== undefined && !program.startsWith('/'))
    findings.fault([...path, 0], `${quoted(program)} must be an absolute path, one that begins with "/"`);
}

type Dns = NonNullable<Item<'groups'>['dns']>;

function checkDns(dns: Dns, path: Path, findings: Findings): void {
  const { zone, name, ttl } = dns;
  if (zone !== undefined && name !== undefined && name !== zone && !name.endsWith(`.${zone}`))
    findings.fault([...path, 'name'], `${name} does not lie in the zone ${zone}`);
  const [low, high] = [dns['low-water'], dns['high-water']];
  if (low !== undefined && high !== undefined && low >= high)
    findings.fault([...path, 'low-water'], `${String(low)} must be lower than high-water (${String(high)})`);
  if (ttl !== undefined && ttl % 1000 !== 0)
    findings.fault([...path, 'ttl'], `${formatDuration(ttl)} must be whole seconds: DNS knows no others`);
  checkRoute(dns, path, findings);
}

/** R40. */
function checkRoute({ update }: Dns, path: Path, findings: Findings): void {
  const routes = ['file', 'update'].filter((key) => findings.isWritten([...path, key]));
  if (routes.length === 0)
    findings.fault(
      path,
      'needs file (a zone file to rewrite) or update (a server that takes dynamic updates)',
    );
  if (routes.length === 2)
    findings.fault(
      [...path, 'update'],
      'needs either file or update, not both: a zone that takes dynamic updates must not be edited',
    );
  if (
    update &&
    (update['key-name'] === undefined) !== (update['key-file'] === undefined) &&
    !findings.isWritten([...path, 'update', update['key-name'] === undefined ? 'key-name' : 'key-file'])
  )
    findings.fault([...path, 'update'], 'needs key-name and key-file together, or neither');
}

function checkUse(draft: DraftConfiguration, kind: 'tests' | 'loads', findings: Findings): void {
  const used = new Set([...draft.groups.values()].flatMap((group) => group[kind] ?? []));
  for (const name of draft[kind].keys())
    if (!used.has(name)) findings.warn([kind, name], `no group uses it: name it in a group's ${kind}`);
}

function checkSinks(draft: DraftConfiguration, findings: Findings): void {
  const seen = new Map<string, Path>();
  for (const [index, sink] of (draft.top.snmp?.sinks ?? []).entries()) {
    if (sink === undefined) continue;
    const path = ['snmp', 'sinks', index];
    checkSink(sink, path, findings);
    if (sink.host === undefined) continue;
    checkSinkAddress(sink.host.address, [...path, 'host'], findings);
    const host = formatEndpoint(sink.host);
    const first = seen.get(host);
    if (first === undefined) seen.set(host, path);
    else
      findings.fault(
        [...path, 'host'],
        `${host} is taken already by ${reference(findings, first)}: each trap would arrive twice`,
      );
  }
}

function checkSinkAddress(address: Address, path: Path, findings: Findings): void {
  const unusable = isLinkLocal(address)
    ? 'a link-local address, which means nothing without an interface'
    : unusableAsHost(address);
  if (unusable !== null) findings.fault(path, `${address} is ${unusable}: no trap would arrive there`);
}

/** RFC 3414: usmUserName has at most 32 octets. */
const MAX_USER_BYTES = 32;

type Sinks = NonNullable<NonNullable<DraftConfiguration['top']['snmp']>['sinks']>;
type Sink = NonNullable<Sinks[number]>;

function checkSink(sink: Sink, path: Path, findings: Findings): void {
  const { version, user, auth, privacy, community } = sink;
  if (version === '2c') {
    for (const key of ['user', 'auth', 'privacy'] as const)
      if (sink[key] !== undefined)
        findings.fault([...path, key], 'belongs to version 3: write version: 3, or remove it');
  } else if (version !== undefined) {
    if (user === undefined && !findings.isWritten([...path, 'user']))
      findings.fault(path, 'version 3 needs a user');
    if (user !== undefined && Buffer.byteLength(user) > MAX_USER_BYTES)
      findings.fault([...path, 'user'], `must have at most ${String(MAX_USER_BYTES)} bytes (RFC 3414)`);
    if (community !== undefined)
      findings.fault([...path, 'community'], 'belongs to version 2c: version 3 has user, auth and privacy');
    if (privacy !== undefined && auth === undefined && !findings.isWritten([...path, 'auth']))
      findings.fault([...path, 'privacy'], 'needs auth as well: SNMPv3 has no privacy without it');
  }
  for (const key of ['auth', 'privacy'] as const) {
    const passphrase = sink[key]?.passphrase;
    if (passphrase !== undefined && passphrase.length < 8)
      findings.fault([...path, key, 'passphrase'], 'must have at least 8 characters (RFC 3414)');
  }
}

/** The first secret that stands in the file itself, so that others must not read it; null: it holds none. */
export function secretIn(draft: DraftConfiguration): Path | null {
  for (const [index, sink] of (draft.top.snmp?.sinks ?? []).entries())
    for (const key of ['auth', 'privacy'] as const)
      if (sink?.[key]?.passphrase !== undefined) return ['snmp', 'sinks', index, key, 'passphrase'];
  return null;
}
