// The shape of the configuration file: every key, its type, its default and what an editor says about it.
// What concerns more than one value is checked in check-*.ts.

import { z } from 'zod';
import { DEFAULTS } from './defaults.js';
import * as limits from './limits.js';
import {
  absolutePath,
  address,
  domainName,
  duration,
  endpoint,
  filePath,
  hostName,
  httpUrl,
  integer,
  interfaceName,
  name,
  port,
  serviceAddress,
  userName,
  words,
} from './scalars.js';
import { failBack } from './fail-back.js';

const list = <T extends z.ZodType>(item: T, most: number) => z.array(item).max(most).nullish();

/** A program and its arguments, started without a shell. */
const command = (description: string) =>
  z.array(words('one word')).min(1).max(limits.MAX_WORDS).describe(description);

const scriptSchema = z.strictObject({
  command: command(
    'the program by its absolute path, then its arguments; GROUP ADDRESS INTERFACE follow them',
  ),
  timeout: duration('10ms', '1d')
    .prefault(DEFAULTS.scriptTimeout)
    .describe('past this it is killed, which counts as an error'),
  user: userName.optional().describe('the user as which it runs; absent: root'),
});

export const heartbeatSchema = z.strictObject({
  interval: duration('1ms', '60s')
    .prefault(DEFAULTS.heartbeatInterval)
    .describe('how often this host sends (R13)'),
  timeout: duration('2ms', '10m')
    .prefault(DEFAULTS.heartbeatTimeout)
    .describe('a host that is not heard for this long is taken for dead; longer than the interval'),
});

const dnsSchema = z.strictObject({
  zone: domainName.describe('the zone of this group, which belongs to it alone (R36)'),
  name: domainName.describe('the name, in that zone, whose addresses are advertised'),
  ttl: duration('1s', '1y').prefault(DEFAULTS.dnsTtl).describe('TTL of the records, in whole seconds (R42)'),
  'high-water': integer(1, 100, 'high water mark of utilization, percent').default(DEFAULTS.highWater),
  'low-water': integer(0, 99, 'low water mark of utilization, percent').default(DEFAULTS.lowWater),
  minimum: integer(
    0,
    limits.MAX_SERVICE_ADDRESSES,
    'addresses that stay advertised however loaded (R39)',
  ).default(DEFAULTS.minimum),
  scale: integer(100, 1000, 'scaling factor of utilization (R37)').default(DEFAULTS.scale),
  interval: duration('100ms', '1d')
    .prefault(DEFAULTS.dnsInterval)
    .describe('how often the zone is looked at'),
  file: z
    .strictObject({
      path: absolutePath.describe('the zone file'),
      notify: z
        .array(words('one word'))
        .max(limits.MAX_WORDS)
        .nullish()
        .describe('the command that tells the name server, if any'),
      user: userName
        .optional()
        .describe('the user as which the file is written and the command runs; absent: root'),
    })
    .nullish()
    .describe('rewrite a zone file'),
  update: z
    .strictObject({
      server: endpoint('127.0.0.1:53', DEFAULTS.dnsPort).describe('the name server'),
      'key-name': domainName.optional().describe('name of the TSIG key'),
      'key-file': filePath.optional().describe('file with the TSIG key, which no one else can read'),
      algorithm: z
        .enum(['hmac-sha1', 'hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'])
        .default(DEFAULTS.dnsAlgorithm),
    })
    .nullish()
    .describe('or change the zone by dynamic update (RFC 2136)'),
});

export const groupSchema = z
  .strictObject({
    address: endpoint('239.255.77.1:5405').describe(
      'service group address: multicast address and port; with peers only the port counts',
    ),
    peers: list(address, limits.MAX_PEERS).describe(
      'unicast in place of multicast (R60): addresses of some members',
    ),
    key: z
      .union([filePath, z.array(filePath).min(1).max(limits.MAX_KEYS)])
      .describe('key file, or several: the first one signs, all are accepted (R51)'),
    interface: interfaceName.describe('service interface'),
    prefer: list(serviceAddress, limits.MAX_SERVICE_ADDRESSES).describe(
      'preferred service addresses; empty: hot spare (R43)',
    ),
    observe: z.boolean().default(false).describe('true: observer, which serves nothing (R41)'),
    heartbeat: heartbeatSchema
      .nullish()
      .describe('when this host sends, and when a silent one is taken for dead (R13)'),
    'orphan-timeout': duration('1s', '100y')
      .prefault(DEFAULTS.orphanTimeout)
      .describe('how long an address outlives its silent preferred host (R32)'),
    'fail-back': failBack.prefault(DEFAULTS.failBack),
    assign: z
      .enum(['fewest-addresses', 'least-loaded', 'random'])
      .default(DEFAULTS.assign)
      .describe('who gets an unserved address (R29)'),
    fence: z
      .enum(['nftables', 'bpf', 'none'])
      .default(DEFAULTS.fence)
      .describe(
        'what silences this host when its lease ends (R52): BPF under either name, which is exact at any timeout; or none',
      ),
    partition: z
      .enum(['probe', 'ignore'])
      .default(DEFAULTS.partition)
      .describe('probe: ask before an address is taken over (R61)'),
    tests: list(name, limits.MAX_OBJECTS).describe('test objects that must pass (R2)'),
    loads: list(name, limits.MAX_OBJECTS).describe('load objects that measure this host (R2)'),
    'on-acquire': scriptSchema.nullish().describe('runs after an address was added (R21)'),
    'on-release': scriptSchema.nullish().describe('runs before an address is removed (R22)'),
    dns: dnsSchema.nullish().describe('the zone that this host keeps for the group (R36-R42)'),
  })
  .describe('a service group');

const oneOf = (kinds: readonly string[]) => ({ oneOf: kinds.map((kind) => ({ required: [kind] })) });

export const TEST_KINDS = ['http', 'tcp', 'icmp', 'process', 'file', 'command'] as const;

export const testSchema = z
  .strictObject({
    http: z
      .strictObject({
        url: httpUrl,
        status: integer(100, 599, 'the status that is expected; absent: any 2xx or 3xx').optional(),
        body: words('a text that must be in the answer').optional(),
        host: words('the Host header, and the name that the certificate is for').optional(),
        verify: z.boolean().default(true).describe('https only; false: the certificate is not looked at'),
        ca: absolutePath
          .optional()
          .describe('https only: a file with the certificates to trust in place of the public ones (PEM)'),
      })
      .optional(),
    tcp: z
      .strictObject({
        host: hostName.prefault(DEFAULTS.tcpHost),
        port,
        expect: words('a text with which the answer must begin').optional(),
      })
      .optional(),
    icmp: z.strictObject({ host: address }).optional(),
    process: z
      .strictObject({
        name: words('name of a process that must run; 15 bytes of it count').optional(),
        pidfile: absolutePath.describe('or a file with the id of one').optional(),
      })
      .meta(oneOf(['name', 'pidfile']))
      .optional(),
    file: z.strictObject({ path: absolutePath.describe('a file that must be there') }).optional(),
    command: command('a program by its absolute path and its arguments: exit status 0 is a pass').optional(),
    user: userName.optional().describe('the user as which the command runs; absent: root'),
    interval: duration('10ms', '1d').prefault(DEFAULTS.testInterval),
    timeout: duration('1ms', '1d')
      .optional()
      .describe(`past this it fails; absent: the interval, at most ${DEFAULTS.testTimeout}`),
    rise: integer(1, 100, 'passes in a row until it counts as passing').default(DEFAULTS.rise),
    fall: integer(1, 100, 'failures in a row until it counts as failing').default(DEFAULTS.fall),
  })
  .meta({ ...oneOf(TEST_KINDS), description: 'a test object' });

export const LOAD_KINDS = ['cpu', 'memory', 'network', 'connections', 'command'] as const;

const MAX_CAPACITY = 2 ** 32 - 1;

export const loadSchema = z
  .strictObject({
    cpu: z
      .strictObject({})
      .nullable()
      .optional()
      .describe('hundredths of a processor that are busy, of 100 for each processor'),
    memory: z
      .strictObject({})
      .nullable()
      .optional()
      .describe('MiB that are not available to programs, of all memory'),
    network: z
      .strictObject({
        interface: interfaceName,
        capacity: integer(1, MAX_CAPACITY, 'bytes a second, in the direction that carries more'),
      })
      .optional(),
    connections: z
      .strictObject({ port, capacity: integer(1, MAX_CAPACITY, 'connections at full load') })
      .optional(),
    command: command('a program by its absolute path and its arguments: prints LOAD CAPACITY').optional(),
    user: userName.optional().describe('the user as which the command runs; absent: root'),
    interval: duration('10ms', '1d').prefault(DEFAULTS.loadInterval),
  })
  .meta({ ...oneOf(LOAD_KINDS), description: 'a load object' });

const passphrase = words('at least 8 characters (RFC 3414)');

export const sinkSchema = z.strictObject({
  host: endpoint('127.0.0.1:162', DEFAULTS.snmpPort).describe('where traps are sent'),
  version: z.literal(['2c', '3', 3]).default(DEFAULTS.snmpVersion),
  community: words('the community').optional().describe(`version 2c only; absent: ${DEFAULTS.snmpCommunity}`),
  user: words('a user name').optional().describe('version 3 only'),
  auth: z
    .strictObject({ protocol: z.enum(['sha', 'sha256', 'sha512']).default('sha256'), passphrase })
    .optional()
    .describe('version 3 only'),
  privacy: z
    .strictObject({ protocol: z.enum(['aes', 'aes256']).default('aes'), passphrase })
    .optional()
    .describe('version 3 only; needs auth'),
  inform: z.boolean().default(false).describe('true: informs, which the sink confirms'),
});

/** The keys at the top whose values are no collections of named things. */
export const topShape = {
  control: z
    .array(interfaceName)
    .min(1)
    .max(limits.MAX_CONTROL_INTERFACES)
    .describe("control interfaces; the first one's address is the host id"),
  id: address.optional().describe("host id, in place of the first control interface's address"),
  snmp: z.strictObject({ sinks: list(sinkSchema, limits.MAX_SINKS) }).nullish(),
  web: z.strictObject({ listen: endpoint('127.0.0.1:9877').describe('status page and metrics') }).nullish(),
  log: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default(DEFAULTS.logLevel),
    })
    .nullish(),
};

export const collections = { groups: groupSchema, tests: testSchema, loads: loadSchema };

export type CollectionName = keyof typeof collections;

export const collectionNames = ['groups', 'tests', 'loads'] as const satisfies readonly CollectionName[];

/** The keys at the top of the file. */
export const topKeys: readonly string[] = [...Object.keys(topShape), ...collectionNames];

const named = <T extends z.ZodType>(item: T) => z.record(name, item);

/** JSON Schema (2020-12) of what the operator writes. */
export function jsonSchema(): object {
  const whole = z
    .strictObject({
      ...topShape,
      groups: named(groupSchema).describe('service groups by name'),
      tests: named(testSchema).nullish().describe('test objects by name'),
      loads: named(loadSchema).nullish().describe('load objects by name'),
    })
    .meta({
      title: 'raisd',
      description: 'Configuration of raisd, the daemon that keeps service addresses reachable',
    });
  return z.toJSONSchema(whole, { io: 'input' });
}
