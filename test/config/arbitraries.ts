// Configurations as operators might write them: every key, every kind, all of it good.

import fc from 'fast-check';

type Input = Record<string, unknown>;

const AWKWARD = [
  'constructor',
  '__proto__',
  'toString',
  '404',
  '1.0',
  'null',
  'true',
  '0x1',
  '-',
  '.',
  '~',
  '1e3',
  'a'.repeat(64),
];
const nameCharacter = fc.constantFrom(...'abcXYZ019._-');

export const name = fc.oneof(
  fc.string({ unit: nameCharacter, minLength: 1, maxLength: 12 }),
  fc.constantFrom(...AWKWARD.filter((text) => text !== '~')),
);

const amount = (most: number) => fc.integer({ min: 1, max: most });
/** Milliseconds as text, in any unit that fits. */
const span = (least: number, most: number): fc.Arbitrary<string> =>
  fc
    .integer({ min: least, max: most })
    .map((value) => (value % 1000 === 0 ? `${String(value / 1000)}s` : `${String(value)}ms`));
/** Texts that YAML would take for something else, if they were not put in quotes. */
const words = fc
  .oneof(
    fc.constantFrom(
      '5',
      'yes',
      'true',
      'null',
      '~',
      '# no comment',
      'a: b',
      '- x',
      '[x',
      '*a',
      '&a',
      '!t',
      '%d',
      '@',
      '`',
      "'",
      '"',
      ' padded ',
      'two\nlines',
      'tab\there',
      '\u0085',
      '\u2028',
      '0o7',
      '.inf',
      '2001-01-01',
      '<<',
      '|',
      '>',
      '?',
      ':',
      'é',
      '💡',
      '\u0007',
      '\uFEFF',
      '---',
      '...',
      '',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )
  .filter((text) => text !== '' && !/\0|\p{Cs}/u.test(text));
const path = words.map((text) => `/${text}`);
const command = fc
  .tuple(path, fc.array(words, { maxLength: 4 }))
  .map(([program, rest]) => [`/nonexistent${program}`, ...rest]);
/** Few of those whom this machine does not know: each costs a process that looks for them. */
const user = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('root', 'nobody', 'www-data') },
  { weight: 1, arbitrary: fc.constantFrom('_x', 'a.b-c$') },
);
const interfaceName = fc.constantFrom(
  'ctl0',
  'svc0',
  'eth0.100',
  'br-lan',
  '5',
  'null',
  'a'.repeat(15),
  '[x]',
  '#',
  '!',
);
const host4 = fc
  .tuple(fc.integer({ min: 0, max: 255 }), amount(254))
  .map(([b, c]) => `10.20.${String(b)}.${String(c)}`);
const host6 = amount(0xfffe).map((value) => `fd00::${value.toString(16).toUpperCase()}`);
const domain = fc
  .string({ unit: fc.constantFrom(...'abz019'), minLength: 1, maxLength: 8 })
  .map((label) => `${label}.Example.ORG`);
const endpoint = fc
  .tuple(
    fc.oneof(
      host4,
      host6.map((address) => `[${address}]`),
    ),
    amount(65535),
  )
  .map(([address, port]) => `${address}:${String(port)}`);

/** Optional keys are there or not, in any order that JavaScript allows. */
const some = (
  optional: Record<string, fc.Arbitrary<unknown>>,
  required: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<Input> => fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) });

const heartbeat = fc.tuple(amount(60_000), amount(520_000)).map(([interval, more]) => ({
  interval: `${String(interval)}ms`,
  timeout: `${String(interval + Math.ceil(interval / 4) + more)}ms`,
}));

const script = some({ timeout: span(10, 86_400_000), user }, { command });

const marks = fc.tuple(fc.integer({ min: 0, max: 99 }), amount(100)).filter(([low, high]) => low < high);

const dns = fc
  .tuple(
    domain,
    marks,
    some({
      ttl: amount(1000).map((value) => `${String(value)}m`),
      minimum: fc.integer({ min: 0, max: 1000 }),
      scale: fc.integer({ min: 100, max: 1000 }),
      interval: span(100, 100_000),
    }),
    fc.oneof(
      some(
        {
          user,
          notify: fc
            .array(words, { maxLength: 3 })
            .map((list) => list.map((text) => text.replace(/^\//, '')))
            .filter((list) => !list.includes('')),
        },
        { path },
      ).map((file) => ({ file })),
      some(
        { algorithm: fc.constantFrom('hmac-sha1', 'hmac-sha512') },
        { server: fc.oneof(host4, host6, endpoint) },
      ).map((update) => ({ update })),
      fc.constant({ update: { server: '10.0.0.1', 'key-name': 'raisd', 'key-file': 'tsig.key' } }),
    ),
  )
  .map(([zone, [low, high], rest, route]): Input => ({
    zone,
    name: `www.${zone}.`,
    'low-water': low,
    'high-water': high,
    ...rest,
    ...route,
  }));

const testProbe: fc.Arbitrary<Input> = fc.oneof(
  some(
    { status: fc.integer({ min: 100, max: 599 }), body: words, host: words, verify: fc.boolean(), ca: path },
    { url: fc.constantFrom('http://127.0.0.1/health', 'https://[::1]:8443/?a=b#c') },
  ).map((http) => ({ http })),
  some({ host: fc.oneof(host4, host6, domain), expect: words }, { port: amount(65535) }).map((tcp) => ({
    tcp,
  })),
  fc.record({ icmp: fc.record({ host: fc.oneof(host4, host6) }) }),
  fc.record({ process: fc.oneof(fc.record({ name: words }), fc.record({ pidfile: path })) }),
  fc.record({ file: fc.record({ path }) }),
  some({ user }, { command }),
);

const testObject = fc
  .tuple(
    testProbe,
    some({
      interval: span(10, 86_400_000),
      timeout: span(1, 86_400_000),
      rise: amount(100),
      fall: amount(100),
    }),
  )
  .map(([probe, rest]): Input => ({ ...rest, ...probe }));

const loadProbe: fc.Arbitrary<Input> = fc.oneof(
  fc.constantFrom<Input>({ cpu: {} }, { memory: null }, { memory: {} }),
  fc.record({ network: fc.record({ interface: interfaceName, capacity: amount(2 ** 32 - 1) }) }),
  fc.record({ connections: fc.record({ port: amount(65535), capacity: amount(2 ** 32 - 1) }) }),
  some({ user }, { command }),
);

const loadObject = fc
  .tuple(loadProbe, some({ interval: span(10, 86_400_000) }))
  .map(([probe, rest]): Input => ({ ...rest, ...probe }));

const passphrase = words.map((text) => text.padEnd(8, '*'));

/** RFC 3414: at most 32 octets. */
const snmpUser = words.filter((text) => Buffer.byteLength(text) <= 32);

const sink = fc.oneof(
  some({ version: fc.constant('2c'), community: words, inform: fc.boolean() }),
  some({ inform: fc.boolean() }, { version: fc.constantFrom(3, '3'), user: snmpUser }),
  some(
    { privacy: some({ protocol: fc.constantFrom('aes', 'aes256') }, { passphrase }) },
    {
      version: fc.constant(3),
      user: snmpUser,
      auth: some({ protocol: fc.constantFrom('sha', 'sha256', 'sha512') }, { passphrase }),
    },
  ),
);

/** Groups share nothing: their number makes addresses, ports, zones and zone files their own. */
const group = (tests: readonly string[], loads: readonly string[]) =>
  fc.tuple(
    some({
      heartbeat,
      'orphan-timeout': span(1000, 1_000_000_000_000),
      'fail-back': fc.oneof(fc.constantFrom('now', 'never'), span(1, 1_000_000_000)),
      assign: fc.constantFrom('random', 'least-loaded', 'fewest-addresses'),
      fence: fc.constantFrom('nftables', 'bpf', 'none'),
      partition: fc.constantFrom('probe', 'ignore'),
      tests: fc.oneof(fc.constant(null), fc.subarray([...tests])),
      loads: fc.subarray([...loads]),
      'on-acquire': fc.oneof(script, fc.constant(null)),
      'on-release': script,
      dns,
    }),
    interfaceName,
    fc.constantFrom('web.key', ['web.key'], ['other.key', 'web.key']),
    fc.oneof(fc.constant(null), fc.uniqueArray(host4, { minLength: 1, maxLength: 4 })),
    fc.oneof(
      fc.constant({ observe: true }),
      fc
        .tuple(fc.uniqueArray(amount(254), { maxLength: 6 }), fc.boolean())
        .map(([hosts, six]) => ({ hosts, six })),
    ),
  );

type GroupParts = ReturnType<typeof group> extends fc.Arbitrary<infer Parts> ? Parts : never;

function groupInput([rest, interfaceName, key, peers, serves]: GroupParts, number: number): Input {
  const dns = rest['dns'] as Input | undefined;
  const own = dns === undefined ? {} : { dns: ownZone(dns, number) };
  const prefer =
    'hosts' in serves
      ? serves.hosts.map((host) =>
          serves.six
            ? `fd77:${String(number)}::${host.toString(16)}/64`
            : `10.77.${String(number)}.${String(host)}/16`,
        )
      : undefined;
  return {
    ...rest,
    ...own,
    address: `239.1.1.${String(number)}:${String(5000 + number)}`,
    interface: interfaceName,
    key,
    ...(peers === null ? {} : { peers }),
    ...(prefer === undefined ? { observe: true } : { prefer }),
  };
}

function ownZone(dns: Input, number: number): Input {
  const mark = `z${String(number)}.`;
  const file = dns['file'] as Input | undefined;
  return {
    ...dns,
    zone: `${mark}${String(dns['zone'])}`,
    name: `www.${mark}${String(dns['zone'])}`,
    ...(file === undefined ? {} : { file: { ...file, path: `/${String(number)}${String(file['path'])}` } }),
  };
}

const named = <T>(item: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(name, item), { maxLength: 4 }).map((entries) => new Map(entries));

/** What a file that is good says, as maps and lists. `web.key` and `other.key` must lie beside it. */
export const input: fc.Arbitrary<Map<string, unknown>> = fc
  .tuple(named(testObject), named(loadObject))
  .chain(([tests, loads]) =>
    fc.tuple(
      fc.constant(tests),
      fc.constant(loads),
      fc.array(fc.tuple(name, group([...tests.keys()], [...loads.keys()])), { minLength: 1, maxLength: 3 }),
      fc.uniqueArray(interfaceName, { minLength: 1, maxLength: 8 }),
      fc.array(sink, { maxLength: 3 }),
      some({
        id: host4.map((text) => text.replace('10.20', '10.30')),
        web: fc.record({ listen: endpoint }),
        log: some({ level: fc.constantFrom('trace', 'fatal') }),
      }),
    ),
  )
  .map(([tests, loads, groups, control, sinks, rest]) => {
    const entries = new Map(groups.map(([key, parts], number) => [key, groupInput(parts, number)]));
    const snmp = { sinks: sinks.map((item, number) => ({ ...item, host: `10.9.9.${String(number)}` })) };
    return new Map<string, unknown>([
      ['control', control],
      ['groups', entries],
      ['tests', tests],
      ['loads', loads],
      ['snmp', snmp],
      ...Object.entries(rest),
    ]);
  });
