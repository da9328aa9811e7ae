import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '../../src/core/address.js';
import { milliseconds } from '../../src/core/time.js';
import { obstacle, permits } from '../../src/supervisor/identity.js';
import { effectiveCapabilities, missingRights } from '../../src/supervisor/own-rights.js';
import { hasRootCommands, needsRawSockets, rightsOf } from '../../src/supervisor/rights.js';
import type { DnsConfiguration } from '../../src/config/configuration.js';
import { configurationOf, groupOf } from './configurations.js';

const DNS: DnsConfiguration = {
  zone: 'a.org',
  name: 'www.a.org',
  ttl: milliseconds(1000),
  highWater: 80,
  lowWater: 60,
  minimum: 2,
  scale: 1000,
  interval: milliseconds(5000),
  file: null,
  update: null,
};

test('only network may touch interfaces, and only scripts may change its user', () => {
  assert.deepEqual(rightsOf('heartbeat', true).capabilities, []);
  assert.deepEqual(rightsOf('control', true).capabilities, []);
  assert.deepEqual(rightsOf('network', true).capabilities, ['CAP_NET_ADMIN', 'CAP_NET_RAW']);
  assert.deepEqual(rightsOf('scripts', false).capabilities, ['CAP_SETUID', 'CAP_SETGID', 'CAP_KILL']);
  assert.equal(rightsOf('scripts', true).capabilities, 'all');
});

test('scripts has raw sockets only where a test sends ICMP', () => {
  const icmp = {
    interval: milliseconds(1000),
    timeout: milliseconds(1000),
    rise: 1,
    fall: 1,
    probe: { kind: 'icmp', host: '192.0.2.1' as Address },
  } as const;
  assert.equal(needsRawSockets(configurationOf({})), false);
  assert.equal(needsRawSockets(configurationOf({ tests: { ping: icmp } })), true);
  assert.deepEqual(rightsOf('scripts', false, true).capabilities, [
    'CAP_SETUID',
    'CAP_SETGID',
    'CAP_KILL',
    'CAP_NET_RAW',
  ]);
});

test('R52, R55: no role dies with the supervisor: they give everything up in order first', () => {
  assert.deepEqual(
    (['heartbeat', 'control', 'network', 'scripts'] as const).filter(
      (role) => rightsOf(role, false).diesWithSupervisor,
    ),
    [],
  );
});

test('scripts has root’s rights only where a configured command runs as root', () => {
  const script = (user: string | null) => ({ command: ['/bin/true'], timeout: milliseconds(1), user });
  const withScripts = (user: string | null) =>
    configurationOf({ groups: { web: groupOf({ onAcquire: script('www-data'), onRelease: script(user) }) } });
  assert.equal(hasRootCommands(configurationOf({})), false);
  assert.equal(hasRootCommands(withScripts('nobody')), false);
  assert.equal(hasRootCommands(withScripts(null)), true);
  assert.equal(hasRootCommands(withScripts('root')), true);
  const zone = (file: DnsConfiguration['file'], update: DnsConfiguration['update']) =>
    configurationOf({ groups: { web: groupOf({ dns: { ...DNS, file, update } }) } });
  const notify = ['rndc', 'reload'];
  assert.equal(hasRootCommands(zone({ path: '/x', notify, user: null }, null)), true);
  assert.equal(hasRootCommands(zone({ path: '/x', notify, user: 'bind' }, null)), false);
  const server = { address: '192.0.2.1' as Address, port: 53 };
  assert.equal(
    hasRootCommands(zone(null, { server, keyName: null, keyFile: null, algorithm: 'hmac-sha256' })),
    false,
  );
  const load = {
    interval: milliseconds(1000),
    probe: { kind: 'command', argv: ['/bin/true'], user: null },
  } as const;
  assert.equal(hasRootCommands(configurationOf({ loads: { own: load } })), true);
});

test('a right that the supervisor lacks is named with what it is for', () => {
  const all = (1n << 41n) - 1n;
  assert.deepEqual(missingRights(all), []);
  assert.deepEqual(missingRights(all & ~(1n << 12n)), [
    'CAP_NET_ADMIN is missing, which raisd needs to give the role network what it needs',
  ]);
  assert.equal(missingRights(effectiveCapabilities('Name:\tnode\nCapEff:\t0000000000000000\n')).length, 6);
});

test('a file is readable by its owner’s, its group’s or everybody’s bits, whichever apply first', () => {
  const file = { mode: 0o640, uid: 1, gid: 2 };
  assert.equal(permits(file, { uid: 1, gid: 9 }, 4), true);
  assert.equal(permits(file, { uid: 9, gid: 2 }, 4), true);
  assert.equal(permits(file, { uid: 9, gid: 9 }, 4), false);
  assert.equal(permits({ ...file, mode: 0o044 }, { uid: 1, gid: 2 }, 4), false);
});

test('what keeps a user from a program is the file or a directory above it', () => {
  const modes: Record<string, number> = {
    '/': 0o755,
    '/root': 0o700,
    '/root/raisd': 0o755,
    '/root/raisd/main.js': 0o644,
  };
  const stat = (path: string) => ({ mode: modes[path] ?? 0, uid: 0, gid: 0 });
  const nobody = { uid: 65534, gid: 65534 };
  assert.equal(obstacle('/root/raisd/main.js', nobody, stat), '/root');
  modes['/root'] = 0o711;
  assert.equal(obstacle('/root/raisd/main.js', nobody, stat), null);
  modes['/root/raisd/main.js'] = 0o600;
  assert.equal(obstacle('/root/raisd/main.js', nobody, stat), '/root/raisd/main.js');
});
