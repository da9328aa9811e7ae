// From a checked file to the configuration: defaults filled in, canonical, frozen. Names and what has no order of its
// own are sorted, so that the same configuration is the same text whoever wrote it.

import { compareAddresses, sortAddresses } from '../core/address.js';
import { milliseconds, type Milliseconds } from '../core/time.js';
import { resolvePath } from './check-files.js';
import type * as c from './configuration.js';
import { DEFAULTS } from './defaults.js';
import type { CompleteConfiguration, Named } from './draft.js';
import { parseDuration } from './duration.js';
import { heartbeatSchema } from './schema.js';

type Item<K extends 'groups' | 'tests' | 'loads'> =
  CompleteConfiguration[K] extends Named<infer I> ? I : never;
type Dns = NonNullable<Item<'groups'>['dns']>;
type Sink = NonNullable<NonNullable<CompleteConfiguration['top']['snmp']>['sinks']>[number];

/** `directory`: that of the configuration file, from which relative paths count. The result is deeply frozen. */
export function assemble(
  { top, groups, tests, loads }: CompleteConfiguration,
  directory: string,
): c.Configuration {
  return deepFreeze({
    control: [...top.control],
    id: top.id ?? null,
    groups: record(groups, (group) => groupFrom(group, directory)),
    tests: record(tests, testFrom),
    loads: record(loads, loadFrom),
    snmp: { sinks: (top.snmp?.sinks ?? []).map(sinkFrom) },
    web: top.web ? { listen: top.web.listen } : null,
    log: { level: top.log?.level ?? DEFAULTS.logLevel },
  });
}

/** Sorted by name. `Object.fromEntries` makes an own property of `__proto__` too. */
const record = <T, U>(items: Named<T>, from: (item: T) => U): Record<string, U> =>
  Object.fromEntries(
    [...items].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, from(item)]),
  );

function groupFrom(group: Item<'groups'>, directory: string): c.GroupConfiguration {
  const { interval, timeout } = group.heartbeat ?? heartbeatSchema.parse({});
  return {
    address: group.address,
    peers: group.peers ? sortAddresses(group.peers) : null,
    key: [group.key].flat().map((file) => resolvePath(directory, file)),
    interface: group.interface,
    prefer: [...(group.prefer ?? [])].sort((a, b) => compareAddresses(a.address, b.address)),
    observe: group.observe,
    heartbeat: { interval, timeout },
    orphanTimeout: group['orphan-timeout'],
    failBack: group['fail-back'],
    assign: group.assign,
    fence: group.fence,
    partition: group.partition,
    tests: [...(group.tests ?? [])].sort(),
    loads: [...(group.loads ?? [])].sort(),
    onAcquire: group['on-acquire'] ? scriptFrom(group['on-acquire']) : null,
    onRelease: group['on-release'] ? scriptFrom(group['on-release']) : null,
    dns: group.dns ? dnsFrom(group.dns, directory) : null,
  };
}

const scriptFrom = ({
  command,
  timeout,
  user,
}: NonNullable<Item<'groups'>['on-acquire']>): c.ScriptConfiguration => ({
  command: [...command],
  timeout,
  user: user ?? null,
});

function dnsFrom(dns: Dns, directory: string): c.DnsConfiguration {
  const { file, update } = dns;
  const keyFile = update?.['key-file'];
  return {
    zone: dns.zone,
    name: dns.name,
    ttl: dns.ttl,
    highWater: dns['high-water'],
    lowWater: dns['low-water'],
    minimum: dns.minimum,
    scale: dns.scale,
    interval: dns.interval,
    file: file ? { path: file.path, notify: [...(file.notify ?? [])], user: file.user ?? null } : null,
    update: update
      ? {
          server: update.server,
          keyName: update['key-name'] ?? null,
          keyFile: keyFile === undefined ? null : resolvePath(directory, keyFile),
          algorithm: update.algorithm,
        }
      : null,
  };
}

const longestDefault = parseDuration(DEFAULTS.testTimeout) ?? milliseconds(0);

const testFrom = (test: Item<'tests'>): c.TestConfiguration => ({
  interval: test.interval,
  timeout: test.timeout ?? (Math.min(test.interval, longestDefault) as Milliseconds),
  rise: test.rise,
  fall: test.fall,
  probe: testProbe(test),
});

function testProbe({ http, tcp, icmp, process, file, command, user }: Item<'tests'>): c.TestProbe {
  if (http)
    return {
      kind: 'http',
      url: http.url,
      status: http.status ?? null,
      body: http.body ?? null,
      host: http.host ?? null,
      verify: http.verify,
      ca: http.ca ?? null,
    };
  if (tcp) return { kind: 'tcp', host: tcp.host, port: tcp.port, expect: tcp.expect ?? null };
  if (icmp) return { kind: 'icmp', host: icmp.host };
  if (process) return { kind: 'process', name: process.name ?? null, pidfile: process.pidfile ?? null };
  if (file) return { kind: 'file', path: file.path };
  if (command) return { kind: 'command', argv: [...command], user: user ?? null };
  throw new Error('a checked test object has a kind');
}

const loadFrom = (load: Item<'loads'>): c.LoadConfiguration => ({
  interval: load.interval,
  probe: loadProbe(load),
});

function loadProbe({ memory, network, connections, command, user }: Item<'loads'>): c.LoadProbe {
  if (network) return { kind: 'network', interface: network.interface, capacity: network.capacity };
  if (connections) return { kind: 'connections', port: connections.port, capacity: connections.capacity };
  if (command) return { kind: 'command', argv: [...command], user: user ?? null };
  return { kind: memory === undefined ? 'cpu' : 'memory' };
}

const sinkFrom = ({ host, version, community, user, auth, privacy, inform }: Sink): c.SnmpSink => ({
  host,
  version: version === '2c' ? '2c' : '3',
  community: version === '2c' ? (community ?? DEFAULTS.snmpCommunity) : null,
  user: user ?? null,
  auth: auth ?? null,
  privacy: privacy ?? null,
  inform,
});

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
