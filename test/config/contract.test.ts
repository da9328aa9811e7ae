import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { Configuration } from '../../src/config/configuration.js';
import { Workspace, minimal } from './workspace.js';

const workspace = new Workspace();
after(() => {
  workspace.remove();
});

const contract = readFileSync(new URL('../../../test/config/contract.yaml', import.meta.url), 'utf8');

test('R56: the configuration of the contract is good, and every key of it arrives', () => {
  const expected: unknown = {
    control: ['ctl0', 'ctl1'],
    id: null,
    groups: {
      web: {
        address: { address: '239.255.77.1', port: 5405 },
        peers: null,
        key: [workspace.path('web.key')],
        interface: 'svc0',
        prefer: [{ address: '10.77.0.101', prefix: 24 }],
        observe: false,
        heartbeat: { interval: 20, timeout: 100 },
        orphanTimeout: 30 * 86_400_000,
        failBack: 0,
        assign: 'fewest-addresses',
        fence: 'nftables',
        partition: 'probe',
        tests: ['http'],
        loads: ['cpu'],
        onAcquire: { command: ['/etc/raisd/acquire'], timeout: 5000, user: 'www-data' },
        onRelease: { command: ['/etc/raisd/release'], timeout: 5000, user: null },
        dns: {
          zone: 'web.example.org',
          name: 'www.web.example.org',
          ttl: 30_000,
          highWater: 80,
          lowWater: 60,
          minimum: 2,
          scale: 1000,
          interval: 5000,
          file: { path: '/var/lib/bind/web.zone', notify: ['rndc', 'reload', 'web.example.org'], user: null },
          update: null,
        },
      },
    },
    tests: {
      http: {
        interval: 500,
        timeout: 400,
        rise: 2,
        fall: 2,
        probe: {
          kind: 'http',
          url: 'http://127.0.0.1/health',
          status: null,
          body: null,
          host: null,
          verify: true,
          ca: null,
        },
      },
    },
    loads: { cpu: { interval: 1000, probe: { kind: 'cpu' } } },
    snmp: {
      sinks: [
        {
          host: { address: '127.0.0.1', port: 162 },
          version: '2c',
          community: 'public',
          user: null,
          auth: null,
          privacy: null,
          inform: false,
        },
      ],
    },
    web: { listen: { address: '127.0.0.1', port: 9877 } },
    log: { level: 'info' },
  };
  assert.deepEqual(workspace.configuration(contract), expected);
});

test('R56: programs and users of another host are worth a warning off-host, no fault', () => {
  const yaml = contract.replaceAll('/etc/raisd/', '/nonexistent/raisd/').replace('www-data', 'nobody-here');
  assert.deepEqual(workspace.warnings(yaml), [
    '20:29: groups.web.on-acquire.command[0]: /nonexistent/raisd/acquire does not exist on this machine',
    '20:77: groups.web.on-acquire.user: there is no user "nobody-here" on this machine',
    '21:29: groups.web.on-release.command[0]: /nonexistent/raisd/release does not exist on this machine',
  ]);
});

test('R13, R57: what the operator leaves out has the defaults that the contract shows', () => {
  const { groups, tests, loads, snmp, web, log } = workspace.configuration(minimal());
  assert.deepEqual(groups['web'], {
    address: { address: '239.255.77.1', port: 5405 },
    peers: null,
    key: [workspace.path('web.key')],
    interface: 'svc0',
    prefer: [],
    observe: false,
    heartbeat: { interval: 20, timeout: 100 },
    orphanTimeout: 30 * 86_400_000,
    failBack: 0,
    assign: 'fewest-addresses',
    fence: 'nftables',
    partition: 'probe',
    tests: [],
    loads: [],
    onAcquire: null,
    onRelease: null,
    dns: null,
  });
  assert.deepEqual(
    { tests, loads, snmp, web, log },
    { tests: {}, loads: {}, snmp: { sinks: [] }, web: null, log: { level: 'info' } },
  );
});

test('the other kinds of test and load objects are read', () => {
  const configuration = workspace.configuration(
    minimal(
      'tests: [a, b, c, d, e, f, g]\nloads: [m, n, o, p]',
      `tests:
  a: {tcp: {port: 80}}
  b: {icmp: {host: "2001:DB8:0::1"}, interval: 1m}
  c: {process: {name: nginx}}
  d: {process: {pidfile: /run/x.pid}}
  e: {file: {path: /etc/hosts}}
  f: {command: [/bin/true, -x], user: root}
  g: {http: {url: "https://[::1]/", status: 204, body: fine, host: www.example.org}}
loads:
  m: {memory: }
  n: {network: {interface: svc0, capacity: 1000}}
  o: {connections: {port: 80, capacity: 500}, interval: 5s}
  p: {command: [/bin/true]}`,
    ),
  );
  assert.deepEqual(
    Object.values(configuration.tests).map((object) => object.probe),
    [
      { kind: 'tcp', host: '127.0.0.1', port: 80, expect: null },
      { kind: 'icmp', host: '2001:db8::1' },
      { kind: 'process', name: 'nginx', pidfile: null },
      { kind: 'process', name: null, pidfile: '/run/x.pid' },
      { kind: 'file', path: '/etc/hosts' },
      { kind: 'command', argv: ['/bin/true', '-x'], user: 'root' },
      {
        kind: 'http',
        url: 'https://[::1]/',
        status: 204,
        body: 'fine',
        host: 'www.example.org',
        verify: true,
        ca: null,
      },
    ],
  );
  assert.deepEqual(
    Object.values(configuration.loads).map((object) => object.probe),
    [
      { kind: 'memory' },
      { kind: 'network', interface: 'svc0', capacity: 1000 },
      { kind: 'connections', port: 80, capacity: 500 },
      { kind: 'command', argv: ['/bin/true'], user: null },
    ],
  );
  assert.equal(configuration.tests['a']?.timeout, 1000, 'the timeout of a test object is its interval');
  assert.equal(configuration.tests['b']?.timeout, 5000, 'but never more than 5 s');
});

test('R56: hot spare, observer, unicast peers and several keys', () => {
  workspace.write('old.key', Buffer.alloc(16, 7));
  const { groups } = workspace.configuration(
    minimal('prefer:\nobserve: true\npeers: [10.77.1.13, 10.77.1.12]').replace(
      'web.key',
      '[web.key, old.key]',
    ),
  );
  assert.deepEqual(groups['web']?.prefer, []);
  assert.equal(groups['web']?.observe, true);
  assert.deepEqual(groups['web']?.peers, ['10.77.1.12', '10.77.1.13'], 'sorted: their order means nothing');
  assert.deepEqual(
    groups['web']?.key,
    [workspace.path('web.key'), workspace.path('old.key')],
    'as written: the first one signs',
  );
});

test('R57: fail-back is now, a delay or never', () => {
  const failBack = (text: string) =>
    workspace.configuration(minimal(`fail-back: ${text}`)).groups['web']?.failBack;
  assert.deepEqual([failBack('now'), failBack('5m'), failBack('never')], [0, 300_000, 'never']);
});

test('R56: an orphan timeout may be years', () => {
  assert.equal(
    workspace.configuration(minimal('orphan-timeout: 3y')).groups['web']?.orphanTimeout,
    3 * 365 * 86_400_000,
  );
});

test('R56: SNMP version 3 with user, authentication and privacy', () => {
  const sinks = (yaml: string) => workspace.configuration(minimal('', `snmp: {sinks: [${yaml}]}`)).snmp.sinks;
  assert.deepEqual(
    sinks(
      '{host: "[fd00::1]:1162", version: 3, user: raisd, auth: {protocol: sha512, passphrase: "12345678"}, privacy: {passphrase: abcdefgh}, inform: true}',
    ),
    [
      {
        host: { address: 'fd00::1', port: 1162 },
        version: '3',
        community: null,
        user: 'raisd',
        auth: { protocol: 'sha512', passphrase: '12345678' },
        privacy: { protocol: 'aes', passphrase: 'abcdefgh' },
        inform: true,
      },
    ],
  );
  assert.deepEqual(sinks('{host: 10.0.0.1}')[0]?.host, { address: '10.0.0.1', port: 162 });
});

test('a name may be any of the pattern: digits first, or a word that JavaScript knows', () => {
  const yaml = `control: [ctl0]
groups:
  __proto__: {address: 239.1.1.1:1, key: web.key, interface: svc0, tests: [constructor]}
  2024: {address: 239.1.1.2:1, key: web.key, interface: svc0}
  1.0: {address: 239.1.1.3:1, key: web.key, interface: svc0}
  null: {address: 239.1.1.4:1, key: web.key, interface: svc0}
tests:
  constructor: {tcp: {port: 1}}
`;
  const { groups, tests } = workspace.configuration(yaml);
  assert.deepEqual(Object.keys(groups), ['2024', '1.0', '__proto__', 'null']);
  assert.deepEqual(Object.keys(tests), ['constructor']);
  assert.equal(Object.getPrototypeOf(groups), Object.prototype);
});

test('what aliases and merge keys stand for is what counts', () => {
  const { groups } = workspace.configuration(`control: [ctl0]
groups:
  a: &a {address: 239.1.1.1:1, key: &key web.key, interface: svc0, fail-back: never}
  b: {<<: *a, address: 239.1.1.2:1, fence: none}
  c: {<<: [{fence: bpf, assign: random}, *a], address: 239.1.1.3:1}
`);
  assert.deepEqual(
    [groups['b']?.failBack, groups['b']?.fence, groups['b']?.address.address],
    ['never', 'none', '239.1.1.2'],
  );
  assert.deepEqual(
    [groups['c']?.failBack, groups['c']?.fence, groups['c']?.assign],
    ['never', 'bpf', 'random'],
  );
});

test('R56: the configuration is frozen to the last value, and travels as JSON unchanged', () => {
  const configuration = workspace.configuration(contract);
  const all: unknown[] = [configuration];
  for (const value of all) {
    if (typeof value !== 'object' || value === null) continue;
    assert(Object.isFrozen(value));
    all.push(...Object.values(value));
  }
  assert(all.length > 60);
  assert.deepEqual(JSON.parse(JSON.stringify(configuration)) as Configuration, configuration);
});

test('a byte order mark and CRLF line ends are taken as they are', () => {
  workspace.configuration(`\uFEFF${minimal().replaceAll('\n', '\r\n')}`);
});
