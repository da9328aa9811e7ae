// The configuration in force as YAML: every default filled in, always in the same order. It loads to the same
// configuration, and prints to the same text.

import { Document, isScalar, visit } from 'yaml';
import type * as c from './configuration.js';
import { formatDuration } from './duration.js';
import { formatEndpoint } from './endpoint.js';
import { formatFailBack } from './fail-back.js';

/** YAML that loads to the same configuration, from any directory. Secrets that stand in the file are printed as well. */
export function printConfiguration(configuration: c.Configuration): string {
  const { control, id, groups, tests, loads, snmp, web, log } = configuration;
  const document = new Document(
    without({
      control,
      id,
      groups: collection(groups, printedGroup),
      tests: collection(tests, printedTest),
      loads: collection(loads, printedLoad),
      snmp: { sinks: snmp.sinks.map(printedSink) },
      web: web && { listen: formatEndpoint(web.listen) },
      log,
    }),
    { version: '1.2', schema: 'core', aliasDuplicateObjects: false },
  );
  inOneLine(document);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** An own key `__proto__` must stay one: maps, not objects. */
const collection = <T>(
  items: Readonly<Record<string, T>>,
  printed: (item: T) => unknown,
): Map<string, unknown> => new Map(Object.entries(items).map(([name, item]) => [name, printed(item)]));

/** Null stands for "not there". */
const without = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

const printedGroup = (group: c.GroupConfiguration) =>
  without({
    address: formatEndpoint(group.address),
    peers: group.peers,
    key: group.key,
    interface: group.interface,
    prefer: group.prefer.map(({ address, prefix }) => `${address}/${String(prefix)}`),
    observe: group.observe,
    heartbeat: {
      interval: formatDuration(group.heartbeat.interval),
      timeout: formatDuration(group.heartbeat.timeout),
    },
    'orphan-timeout': formatDuration(group.orphanTimeout),
    'fail-back': formatFailBack(group.failBack),
    assign: group.assign,
    fence: group.fence,
    partition: group.partition,
    tests: group.tests,
    loads: group.loads,
    'on-acquire': group.onAcquire && printedScript(group.onAcquire),
    'on-release': group.onRelease && printedScript(group.onRelease),
    dns: group.dns && printedDns(group.dns),
  });

const printedScript = ({ command, timeout, user }: c.ScriptConfiguration) =>
  without({ command, timeout: formatDuration(timeout), user });

const printedDns = (dns: c.DnsConfiguration) =>
  without({
    zone: dns.zone,
    name: dns.name,
    ttl: formatDuration(dns.ttl),
    'high-water': dns.highWater,
    'low-water': dns.lowWater,
    minimum: dns.minimum,
    scale: dns.scale,
    interval: formatDuration(dns.interval),
    file: dns.file && without(dns.file),
    update:
      dns.update &&
      without({
        server: formatEndpoint(dns.update.server),
        'key-name': dns.update.keyName,
        'key-file': dns.update.keyFile,
        algorithm: dns.update.algorithm,
      }),
  });

const printedTest = ({ probe, interval, timeout, rise, fall }: c.TestConfiguration) =>
  without({
    ...printedProbe(probe),
    interval: formatDuration(interval),
    timeout: formatDuration(timeout),
    rise,
    fall,
  });

const printedLoad = ({ probe, interval }: c.LoadConfiguration) =>
  without({ ...printedProbe(probe), interval: formatDuration(interval) });

function printedProbe(probe: c.TestProbe | c.LoadProbe): Record<string, unknown> {
  if (probe.kind === 'command') return { command: probe.argv, user: probe.user };
  const { kind, ...rest } = probe;
  return { [kind]: without(rest) };
}

const printedSink = ({ host, version, community, user, auth, privacy, inform }: c.SnmpSink) =>
  without({
    host: formatEndpoint(host),
    version: version === '3' ? 3 : version,
    community,
    user,
    auth,
    privacy,
    inform,
  });

const MAX_LINE_ITEMS = 8;

/** Small collections of plain values stand on one line, as people write them. */
function inOneLine(document: Document): void {
  const flat = (items: readonly unknown[]): boolean =>
    items.length <= MAX_LINE_ITEMS && items.every((item) => isScalar(item));
  visit(document, {
    Seq: (_, node) => {
      if (flat(node.items)) node.flow = true;
    },
    Map: (key, node) => {
      if (key !== null && flat(node.items.map((pair) => pair.value))) node.flow = true;
    },
  });
}
