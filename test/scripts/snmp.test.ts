// R23, with a real snmptrapd. In a network namespace of its own: the ports are free, and nothing leaves it.

import '../network/own-namespace.js';

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Configuration, SnmpSink } from '../../src/config/configuration.js';
import type { Notification, NotificationName, SinkStatus } from '../../src/ipc/notification.js';
import { NOTIFICATION_NAMES } from '../../src/ipc/notification.js';
import {
  address,
  configuration,
  endRoles,
  HOST,
  RoleUnderTest,
  script,
  scriptDirectory,
} from './role-harness.js';
import { MIB, MIB_DIRECTORIES, octetsOf, TrapReceiver, valueOf } from './trap-receiver.js';

/** Known before anything runs: 0x80000000 + 32473, format 1, 10.77.1.11. */
const ENGINE = '0x80007ed9010a4d010b';
const [AUTH, PRIVACY] = ['the authentic one', 'the private one'];

const directory = scriptDirectory();
let receiver: TrapReceiver;

before(async () => {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const user = (name: string, auth: string, privacy: string): string[] =>
    // The sender's engine for traps, the receiver's own for informs.
    [`-e ${ENGINE} `, ''].map((engine) => `createUser ${engine}${name} ${auth} "${AUTH}" ${privacy}`);
  receiver = await TrapReceiver.start(
    ['udp:127.0.0.1:162', 'udp:127.0.0.1:163', 'udp:127.0.0.1:164', 'udp6:[::1]:162'],
    [
      'authCommunity log public',
      ...user('default', 'SHA-256', `AES "${PRIVACY}"`),
      ...user('old', 'SHA', `AES "${PRIVACY}"`),
      ...user('oldest', 'SHA', `AES-256 "${PRIVACY}"`),
      ...user('strong', 'SHA-512', `AES-256 "${PRIVACY}"`),
      ...user('open', 'SHA-256', ''),
      `createUser -e ${ENGINE} nobody`,
      ...['default', 'old', 'oldest', 'strong'].map((name) => `authUser log ${name} priv`),
      'authUser log open auth',
      'authUser log nobody noauth',
    ],
  );
});
after(async () => {
  await receiver.stop();
  directory.remove();
});
afterEach(endRoles);

const sink = (host: string, port: number, more: Partial<SnmpSink> = {}): SnmpSink => ({
  host: { address: address(host), port },
  version: '2c',
  community: 'public',
  user: null,
  auth: null,
  privacy: null,
  inform: false,
  ...more,
});

const secure = (more: Partial<SnmpSink> = {}): Partial<SnmpSink> => ({
  version: '3',
  community: null,
  user: 'default',
  auth: { protocol: 'sha256', passphrase: AUTH! },
  privacy: { protocol: 'aes', passphrase: PRIVACY! },
  ...more,
});

const withSinks = (...sinks: SnmpSink[]): Configuration => ({
  ...configuration({ web: { onAcquire: script(['/bin/true']) } }),
  snmp: { sinks },
});

const notification = (
  name: NotificationName,
  message: string,
  more: Partial<Notification> = {},
): Notification => ({
  name,
  group: 'web',
  address: address('10.77.0.101'),
  reason: `why of ${message}`,
  test: null,
  peer: null,
  message,
  ...more,
});

const notify = (role: RoleUnderTest, each: Notification): void => {
  role.control.say({ kind: 'notify', notification: each });
};

const countOf = (message: string): number =>
  receiver.received.filter((each) => valueOf(each, 'raisdMessage') === message).length;

/** Lines that smilint prints about a module; its exit code says nothing. */
const smilint = (file: string): string => {
  const { stdout, stderr } = spawnSync('smilint', ['-l', '6', file], {
    encoding: 'utf8',
    env: { ...process.env, SMIPATH: MIB_DIRECTORIES.join(':') },
  });
  return `${stdout}${stderr}`;
};

test('R23: smilint has nothing to say about RAISD-MIB, and each object is documented', () => {
  assert.equal(smilint(MIB), '');
  const undocumented = readFileSync(MIB, 'utf8').replace(
    /(raisdTest OBJECT-TYPE[^"]*)DESCRIPTION\s+"[^"]*"/,
    '$1',
  );
  assert.notEqual(smilint(directory.write('RAISD-MIB', undocumented)), '', 'smilint sees what is missing');
});

describe('R23: every notification is decoded through the MIB', () => {
  const MEMBER = { raisdGroup: 'web', raisdHostType: 'ipv4', raisdHost: octetsOf(HOST) };
  const SERVED = { raisdAddressType: 'ipv4', raisdAddress: octetsOf('10.77.0.101') };
  const PEER = { raisdPeerType: 'ipv4', raisdPeer: octetsOf('10.77.1.12') };
  const peer = address('10.77.1.12');
  const cases: Readonly<
    Record<NotificationName, { more?: Partial<Notification>; decoded: Record<string, string> }>
  > = {
    acquire: { decoded: { notification: 'raisdAcquire', ...SERVED } },
    'acquire-fail': { decoded: { notification: 'raisdAcquireFail', ...SERVED } },
    release: {
      more: { address: address('fd00::101') },
      decoded: {
        notification: 'raisdRelease',
        raisdAddressType: 'ipv6',
        raisdAddress: '"FD 00 00 00 00 00 00 00 00 00 00 00 00 00 01 01 "',
      },
    },
    'release-fail': { decoded: { notification: 'raisdReleaseFail', ...SERVED } },
    'test-failed': {
      more: { address: null, test: 'http' },
      decoded: { notification: 'raisdTestFailed', raisdTest: 'http' },
    },
    'cannot-assign': { decoded: { notification: 'raisdCannotAssign', ...SERVED } },
    'host-partitioned': {
      more: { address: null, peer },
      decoded: { notification: 'raisdPartitioned', ...PEER },
    },
    conflict: {
      more: { address: null },
      decoded: {
        notification: 'raisdConflict',
        raisdAddressType: 'unknown',
        raisdAddress: '""',
        raisdPeerType: 'unknown',
        raisdPeer: '""',
      },
    },
  };

  test('as trap and as inform, in version 2c and in version 3, over IPv4 and over IPv6', async () => {
    const role = await RoleUnderTest.start(
      withSinks(
        sink('127.0.0.1', 162),
        sink('::1', 162, { inform: true }),
        sink('127.0.0.1', 163, secure()),
        sink('127.0.0.1', 164, secure({ inform: true })),
      ),
    );
    for (const name of NOTIFICATION_NAMES) notify(role, notification(name, `all ${name}`, cases[name].more));
    await role.control.untilSinks('all are sent', (sinks) =>
      sinks.every(({ sent }) => sent === NOTIFICATION_NAMES.length),
    );
    for (const name of NOTIFICATION_NAMES) {
      const message = `all ${name}`;
      await receiver.until(`four of ${name}`, () => countOf(message) === 4);
      for (const decoded of receiver.received.filter((each) => valueOf(each, 'raisdMessage') === message)) {
        const { raisdReason, ...expected } = {
          raisdReason: `why of ${message}`,
          ...MEMBER,
          ...cases[name].decoded,
        };
        assert.equal(valueOf(decoded, 'raisdReason'), raisdReason);
        for (const [object, value] of Object.entries(expected))
          assert.equal(valueOf(decoded, object), value, object);
      }
    }
  });

  test('with every protocol that can be configured', async () => {
    const users: [string, Partial<SnmpSink>][] = [
      ['old', { auth: { protocol: 'sha', passphrase: AUTH! } }],
      [
        'oldest',
        {
          auth: { protocol: 'sha', passphrase: AUTH! },
          privacy: { protocol: 'aes256', passphrase: PRIVACY! },
        },
      ],
      [
        'strong',
        {
          auth: { protocol: 'sha512', passphrase: AUTH! },
          privacy: { protocol: 'aes256', passphrase: PRIVACY! },
        },
      ],
      ['open', { privacy: null }],
      ['nobody', { auth: null, privacy: null }],
    ];
    const role = await RoleUnderTest.start(
      withSinks(...users.map(([user, more]) => sink('127.0.0.1', 162, secure({ user, ...more })))),
    );
    notify(role, notification('acquire', 'protocols'));
    await receiver.until('one of each', () => countOf('protocols') === users.length);
  });

  test('a text that is too long is cut between two characters', async () => {
    const role = await RoleUnderTest.start(withSinks(sink('127.0.0.1', 162)));
    notify(role, notification('acquire', 'cut', { reason: `x${'ä'.repeat(400)}` }));
    const decoded = await receiver.notification({ raisdMessage: 'cut' });
    assert.equal(valueOf(decoded, 'raisdReason'), `x${'ä'.repeat(199)}`);
  });
});

/** msgAuthoritativeEngineBoots and -Time of a version 3 message (RFC 3414 2.4), which snmptrapd does not show. */
function engineOf(message: Buffer): { boots: number; time: number } {
  const engine = Buffer.from(ENGINE.slice(2), 'hex');
  const at = message.indexOf(engine) + engine.length;
  const length = message[at + 1]!;
  const after = at + 2 + length;
  return {
    boots: message.readUIntBE(at + 2, length),
    time: message.readUIntBE(after + 2, message[after + 1]!),
  };
}

test('R23: a version 3 trap says how often its engine was started, which a restart raises and a loss does not lower', async () => {
  const socket = createSocket('udp4');
  socket.bind(1162, '127.0.0.1');
  await once(socket, 'listening');
  const engineFile = join(directory.path, 'snmp-engine');
  const startsNow = async (): Promise<number> => {
    const role = await RoleUnderTest.start(withSinks(sink('127.0.0.1', 1162, secure())), { engineFile });
    const arrived = once(socket, 'message') as Promise<[Buffer]>;
    notify(role, notification('acquire', 'engine'));
    const { boots, time } = engineOf((await arrived)[0]);
    assert.ok(time < 60, `engine time ${String(time)} counts from its start`);
    await role.end();
    return boots;
  };
  const first = await startsNow();
  assert.equal(await startsNow(), first + 1);
  writeFileSync(engineFile, '0000000007\n');
  assert.equal(await startsNow(), 8);
  writeFileSync(engineFile, '');
  assert.ok((await startsNow()) >= first, 'as many as if the file had never been lost');
  socket.close();
});

const named = (sinks: readonly SinkStatus[], port: number): SinkStatus =>
  sinks.find((each) => each.sink.endsWith(`:${String(port)}`))!;

test('R23: an unreachable sink costs nothing but its counters', async () => {
  const role = await RoleUnderTest.start(
    withSinks(sink('198.51.100.1', 162), sink('127.0.0.1', 9, { inform: true }), sink('127.0.0.1', 163)),
  );
  const COUNT = 3000;
  for (let n = 0; n < COUNT; n++) notify(role, notification('release', 'many'));
  assert.equal(await role.control.run('acquire', 'web', '10.77.0.101').answer, null);
  await role.control.untilSinks(
    'all went to the sink that is there',
    (sinks) => named(sinks, 163).sent === COUNT,
  );
  const [noRoute, silent, there] = role.control.sinks;
  assert.deepEqual(there, { ...there, failed: 0, dropped: 0, waiting: 0, error: null });
  await role.control.untilSinks(
    'there is no route',
    (sinks) => sinks[0]!.failed + sinks[0]!.dropped === COUNT,
  );
  assert.equal(role.control.sinks[0]?.error, 'cannot send: ENETUNREACH');
  assert.equal(noRoute?.sent, 0);
  // The bound of src/scripts/snmp/sink.ts; one is under way.
  assert.ok(silent!.dropped > 0 && silent!.waiting <= 2049, JSON.stringify(silent));
  await role.line(/^snmp: 127\.0\.0\.1:9: not confirmed within 2 s; /);
  assert.equal(role.log.filter(({ msg }) => msg.includes('198.51.100.1')).length, 1, 'told once');
});

test('R23, R56: wrong credentials are counted and told, and a reload puts them right without a restart', async () => {
  const wrong = secure({ inform: true, auth: { protocol: 'sha256', passphrase: 'not the authentic one' } });
  const kept = sink('127.0.0.1', 164);
  const role = await RoleUnderTest.start(
    withSinks(
      sink('127.0.0.1', 162, { ...wrong, user: 'stranger' }),
      sink('127.0.0.1', 163, { inform: true, community: 'not the public one' }),
      kept,
      sink('::1', 162, wrong),
    ),
  );
  notify(role, notification('acquire', 'refused'));
  await role.control.untilSinks(
    'three fail',
    (sinks) => sinks.filter(({ failed }) => failed === 1).length === 3,
  );
  assert.deepEqual(
    role.control.sinks.map(({ error }) => error),
    [
      'refused: Unknown User Name',
      'not confirmed within 2 s',
      null,
      'refused: Wrong Digest (incorrect password, community or key)',
    ],
  );
  assert.equal(countOf('refused'), 1);

  role.reconfigure(withSinks(kept, sink('127.0.0.1', 162, secure({ inform: true }))));
  await role.control.untilSinks('two sinks', (sinks) => sinks.length === 2);
  assert.equal(role.control.sinks[0]?.sent, 1, 'who stays keeps its counters');
  notify(role, notification('acquire', 'put right'));
  await receiver.until('both', () => countOf('put right') === 2);
  const told = JSON.stringify(role.log);
  for (const secret of ['authentic', 'private one', 'not the public'])
    assert.ok(!told.includes(secret), secret);
});

test('R23: what was told before the end is sent before the end', async () => {
  const role = await RoleUnderTest.start(
    withSinks(sink('127.0.0.1', 162), sink('127.0.0.1', 163, { inform: true })),
  );
  for (let n = 0; n < 100; n++) notify(role, notification('release', 'the last ones'));
  role.stop();
  role.control.close();
  assert.equal(await role.exited, 0);
  await receiver.until('all of them', () => countOf('the last ones') === 200);
});
