// R40–R42: the keeper of a zone against real name servers: BIND 9 by both routes, Knot by dynamic update.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseAddress, type ServiceAddress } from '../../../src/core/address.js';
import { FileRoute, type FileRouteSettings } from '../../../src/scripts/dns/file-route.js';
import { adviceFor, UpdateRoute, type UpdateRouteSettings } from '../../../src/scripts/dns/update-route.js';
import { LONGEST_RETRY, retryAfter, ZoneKeeper } from '../../../src/scripts/dns/zone-keeper.js';
import { lookUpUser } from '../../../src/scripts/user.js';
import { Bind, Knot, NAME, textOf, ZONE, ZONE_TEXT, type NameServer } from './name-server.js';

const [W, X, Y, Z] = ['10.77.0.100', '10.77.0.101', '10.77.0.102', '10.77.0.103'].map((text) =>
  parseAddress(text)!,
) as [ServiceAddress, ServiceAddress, ServiceAddress, ServiceAddress];
const SIX = parseAddress('fd00:77::101')!;

const servers: NameServer[] = [];
const keepers: Watched[] = [];
after(async () => {
  for (const { keeper } of keepers) keeper.close();
  for (const server of servers) await server.remove();
});

async function running<S extends NameServer>(server: S): Promise<S> {
  servers.push(server);
  await server.prepare();
  await server.start();
  return server;
}

/** A keeper whose reports can be waited for. */
class Watched {
  readonly keeper: ZoneKeeper;
  readonly told: { published: readonly string[] | null; error: string | null }[] = [];
  /** So many of them have been looked at. */
  #looked = 0;
  #arrived: () => void = () => undefined;

  constructor(open: () => FileRoute | UpdateRoute, interval = 200) {
    this.keeper = new ZoneKeeper(open, interval, (published, error) => {
      this.told.push({ published, error });
      this.#arrived();
    });
    keepers.push(this);
  }

  keep(...addresses: ServiceAddress[]): void {
    this.keeper.take({ kind: 'keep', addresses });
  }

  /** The first report of which this is true, after the last one that was waited for: it may have come already. */
  async until(wanted: (report: { published: readonly string[] | null; error: string | null }) => boolean) {
    for (;;) {
      const report = this.told[this.#looked];
      if (report === undefined) await new Promise<void>((resolve) => (this.#arrived = resolve));
      else {
        this.#looked += 1;
        if (wanted(report)) return report;
      }
    }
  }

  async published(...addresses: ServiceAddress[]): Promise<void> {
    await this.until(({ published, error }) => error === null && published?.join() === addresses.join());
  }
}

const byFile = (bind: Bind, changes: Partial<FileRouteSettings> = {}): FileRoute =>
  new FileRoute(
    { zone: ZONE, name: NAME, ttl: 30, path: bind.zoneFile, notify: bind.notify, user: null, ...changes },
    lookUpUser,
  );

const byUpdate = (server: NameServer, changes: Partial<UpdateRouteSettings> = {}): UpdateRoute =>
  new UpdateRoute(
    {
      zone: ZONE,
      name: NAME,
      ttl: 30,
      server: { address: parseAddress('127.0.0.1')!, port: server.port },
      keyName: 'raisd',
      keyFile: server.keyFile,
      algorithm: 'hmac-sha256',
      ...changes,
    },
    lookUpUser,
  );

test('R40, R42: BIND, by the zone file: it answers what was wanted, and the rest of the zone stays', async () => {
  const bind = await running(new Bind(false));
  chmodSync(bind.zoneFile, 0o640);
  chownSync(bind.zoneFile, 0, 7);
  const watched = new Watched(() => byFile(bind));
  watched.keeper.take({ kind: 'watch' });
  await watched.published(X);
  watched.keep(X, Y, SIX);
  await watched.published(X, Y, SIX);
  assert.deepEqual(await bind.dig({ ttl: true }), [`30 ${X}`, `30 ${Y}`, `30 ${SIX}`]);
  assert.equal(
    textOf(bind.zoneFile),
    ZONE_TEXT.replace('100 ; serial', '101 ; serial').replace(
      `www 30 IN A ${X}\n`,
      `www 30 IN A ${X}\n${NAME}. 30 IN A ${Y}\n${NAME}. 30 IN AAAA ${SIX}\n`,
    ),
  );
  const { mode, uid, gid } = statSync(bind.zoneFile);
  assert.deepEqual([mode & 0o7777, uid, gid], [0o640, 0, 7]);
  watched.keep(Z);
  await watched.published(Z);
  assert.deepEqual(await bind.dig(), [Z]);
  assert.deepEqual(await bind.dig({ name: `mail.${ZONE}`, type: 'MX' }), [`10 ns1.${ZONE}.`]);

  // Somebody else edits the file: it is put right, and what else they wrote is kept.
  writeFileSync(bind.zoneFile, `${textOf(bind.zoneFile).replace(Z, W)}ftp A 10.9.9.9\n`);
  await watched.until(({ published }) => published?.join() === W);
  await watched.published(Z);
  assert.deepEqual(await bind.dig(), [Z]);
  assert.deepEqual(await bind.dig({ name: `ftp.${ZONE}`, type: 'A' }), ['10.9.9.9']);

  // The server is away: the file is right when it comes back.
  await bind.stop();
  watched.keep(X, Z);
  const { error } = await watched.until((report) => report.error !== null);
  assert.match(
    error ?? '',
    /is right, but the name server cannot be told: rndc: exit 1 \(rndc: connect failed/,
  );
  await bind.start();
  assert.deepEqual(await bind.dig(), [X, Z]);
  await watched.published(X, Z);
  watched.keeper.close();
  assert.deepEqual(
    readdirSync(bind.directory).filter((name) => name.startsWith('web.zone')),
    ['web.zone'],
  );
});

test('R40: a zone file that the name server refuses is put back, and tried again', async () => {
  const bind = await running(new Bind(false));
  const gate = join(bind.directory, 'gate');
  const notify = [
    '/bin/sh',
    '-c',
    `test -e ${gate} || { echo not today >&2; exit 3; }; exec ${bind.notify.join(' ')}`,
  ];
  const watched = new Watched(() => byFile(bind, { notify }));
  watched.keep(Y);
  const { error, published } = await watched.until((report) => report.error !== null);
  assert.match(
    error ?? '',
    /the name server refuses .*web\.zone, the old one was put back: .*exit 3 \(not today\)/,
  );
  assert.deepEqual(published, [X]);
  assert.equal(textOf(bind.zoneFile), ZONE_TEXT);
  assert.deepEqual(await bind.dig(), [X]);
  writeFileSync(gate, '');
  await watched.published(Y);
  assert.deepEqual(await bind.dig(), [Y]);
  watched.keeper.close();
});

test('R40: where rndc is not let in, nobody has refused the zone file: it stays, and the server is told as soon as it can be', async () => {
  const bind = await running(new Bind(false));
  const right = textOf(bind.rndcConfiguration);
  writeFileSync(bind.rndcConfiguration, right.replace(/secret "[^"]*"/, 'secret "bm90IHRoZSByaWdodCBrZXk="'));
  const watched = new Watched(() => byFile(bind));
  watched.keep(Y);
  const { error } = await watched.until((report) => report.error !== null);
  assert.match(
    error ?? '',
    /^zone file \/.*web\.zone is right, but the name server does not let rndc in: compare rndc's key .*; rndc: exit 1 \(.*key is invalid\.\)$/,
  );
  assert.match(textOf(bind.zoneFile), new RegExp(`A ${Y}`));
  assert.deepEqual(await bind.dig(), [X]);
  writeFileSync(bind.rndcConfiguration, 'key');
  const isUnread = (report: { error: string | null }): boolean =>
    report.error?.includes('could not load rndc configuration') === true;
  assert.match(
    (await watched.until(isUnread)).error ?? '',
    /web\.zone is right, but the name server cannot be told: rndc/,
  );
  writeFileSync(bind.rndcConfiguration, right);
  await watched.published(Y);
  assert.deepEqual(await bind.dig(), [Y]);
  watched.keeper.close();

  // What the server itself says is about the zone.
  const route = byFile(bind, { notify: [...bind.notify.slice(0, -1), 'example.net'] });
  await route.read();
  await assert.rejects(
    route.write([Z]),
    /the name server refuses .*, the old one was put back: rndc: exit 1 \(rndc: 'reload' failed: not found/,
  );
});

test('R40: what named-checkzone refuses never becomes the zone file; a file that cannot be edited is not touched', async () => {
  const bind = await running(new Bind(false));
  const route = byFile(bind, { notify: [] });
  await route.read();
  // No IPv4 address: the check sees what the daemon would never write.
  await assert.rejects(
    route.write(['10.77.0.999' as ServiceAddress]),
    /named-checkzone refuses the new file: .*bad dotted quad/,
  );
  assert.equal(textOf(bind.zoneFile), ZONE_TEXT);
  writeFileSync(bind.zoneFile, `${ZONE_TEXT}odd A (\n`);
  await assert.rejects(route.read(), /web\.zone: line 10: a parenthesis is not closed/);
  await assert.rejects(
    byFile(bind, { path: '/nowhere/web.zone' }).read(),
    /\/nowhere\/web\.zone cannot be read: .*No such file/,
  );
});

test('R40: a zone file that BIND cannot load is told until somebody has mended it, although rndc says that all is well', async () => {
  const bind = await running(new Bind(false));
  writeFileSync(bind.zoneFile, `${ZONE_TEXT}ftp A 10.9.9.999\n`);
  const watched = new Watched(() => byFile(bind));
  watched.keep(X, Y);
  const isTold = ({ error }: { error: string | null }): boolean =>
    error?.includes('cannot be loaded') === true;
  const { error } = await watched.until(isTold);
  assert.match(
    error ?? '',
    /^zone file \/.*web\.zone cannot be loaded: \/.*web\.zone:11: near '10\.9\.9\.999': bad dotted quad \(named-checkzone\)/,
  );
  assert.match(error ?? '', /the name server keeps what it had: mend the file$/);
  // Written it is: with the mended line, what it says is right. The server has the old set, and that is still told.
  assert.match(textOf(bind.zoneFile), new RegExp(`A ${Y}`));
  assert.deepEqual(await bind.dig(), [X]);
  for (let passes = 0; passes < 2; passes += 1)
    assert.match((await watched.until(() => true)).error ?? 'nothing', /cannot be loaded/);
  writeFileSync(bind.zoneFile, textOf(bind.zoneFile).replace('10.9.9.999', '10.9.9.9'));
  await watched.published(X, Y);
  assert.deepEqual(await bind.dig(), [X, Y]);

  // Somebody breaks it where no address changes.
  writeFileSync(bind.zoneFile, `${textOf(bind.zoneFile)}$INCLUDE "more.zone"\n`);
  assert.match((await watched.until(isTold)).error ?? '', /more\.zone: file not found .*absolute path/);
  // Nobody knows what a relative path begins with in the name server: it is looked for beside the zone file, too.
  writeFileSync(join(bind.directory, 'more.zone'), 'ftp A 10.9.9.8\n');
  await watched.published(X, Y);
  watched.keeper.close();
});

test('R40: two that edit the zone file at once do not undo each other', async () => {
  const bind = await running(new Bind(false));
  const route = byFile(bind, { notify: [] });
  await route.read();
  writeFileSync(bind.zoneFile, `${ZONE_TEXT}late A 10.9.9.9\n`);
  await assert.rejects(route.write([Y]), /somebody else has changed it meanwhile/);
  assert.equal(textOf(bind.zoneFile), `${ZONE_TEXT}late A 10.9.9.9\n`);
});

test('R40: the zone file is written and the command run as the configured user, which needs no more rights; links stay links', async () => {
  const bind = await running(new Bind(false));
  const nobody = await lookUpUser('nobody');
  chmodSync(bind.directory, 0o711);
  const inner = join(bind.directory, 'zones');
  execFileSync('install', ['-d', '-o', 'nobody', inner]);
  const file = join(inner, 'real.zone');
  writeFileSync(file, ZONE_TEXT);
  chownSync(file, nobody.uid, nobody.gid);
  const link = join(bind.directory, 'link.zone');
  symlinkSync(file, link);
  const who = join(inner, 'who');
  const notify = ['/bin/sh', '-c', `id -u > ${who}; grep CapEff /proc/self/status >> ${who}`];
  const route = byFile(bind, { path: link, user: 'nobody', notify });
  await route.read();
  await route.write([Y]);
  assert.equal(statSync(file).uid, nobody.uid);
  assert.match(textOf(link), new RegExp(`A ${Y}`));
  assert.match(textOf(who), new RegExp(`^${String(nobody.uid)}\\nCapEff:\\s0+$`, 'm'));
  // What belongs to another user is not quietly given to this one.
  chownSync(file, 0, 0);
  await route.read();
  await assert.rejects(route.write([Z]), /cannot be written: .*chown: .*Operation not permitted/);
  await assert.rejects(byFile(bind, { user: 'no-such-user' }).read(), /user no-such-user: no such user/);
});

for (const [name, make] of [
  ['BIND', () => new Bind(true)],
  ['Knot', () => new Knot()],
] as const) {
  test(`R40, R42: ${name}, by dynamic update: it answers what was wanted, whatever others do and while it is away`, async () => {
    const server = await running(make());
    const watched = new Watched(() => byUpdate(server));
    watched.keeper.take({ kind: 'watch' });
    await watched.published(X);
    watched.keep(X, Y, SIX);
    await watched.published(X, Y, SIX);
    assert.deepEqual(await server.dig({ ttl: true }), [`30 ${X}`, `30 ${Y}`, `30 ${SIX}`]);
    watched.keep(Z);
    await watched.published(Z);
    assert.deepEqual(await server.dig(), [Z]);
    assert.deepEqual(await server.dig({ name: `mail.${ZONE}`, type: 'MX' }), [`10 ns1.${ZONE}.`]);

    // Somebody else takes an address out and puts another in, with another TTL.
    const other = byUpdate(server, { ttl: 77 });
    await other.read();
    await other.write([W, Z]);
    await watched.until(({ published }) => published?.join() === [W, Z].join());
    await watched.published(Z);
    assert.deepEqual(await server.dig({ ttl: true }), [`30 ${Z}`]);

    await server.stop();
    watched.keep(X, Z);
    const { error } = await watched.until((report) => report.error !== null);
    assert.match(error ?? '', /name server 127\.0\.0\.1:\d+: nobody listens there \(ECONNREFUSED\)/);
    await server.start();
    await watched.published(X, Z);
    assert.deepEqual(await server.dig(), [X, Z]);
    watched.keeper.close();
  });

  test(`R40: ${name}: a stale writer, and one with a wrong key, change nothing and say why`, async () => {
    const server = await running(make());
    const [early, late] = [byUpdate(server), byUpdate(server)];
    await Promise.all([early.read(), late.read()]);
    await early.write([Y]);
    await assert.rejects(
      late.write([Z]),
      /zone web\.example\.org cannot be updated: somebody else has changed it meanwhile, or the name is a CNAME; .*NXRRSET/,
    );
    const foreign = join(server.directory, 'foreign.key');
    writeFileSync(foreign, 'bm90IHRoZSByaWdodCBrZXkgYXQgYWxsISEhISEhISE=\n');
    const refusal = async (changes: Partial<UpdateRouteSettings>): Promise<string> => {
      const stranger = byUpdate(server, changes);
      await stranger.read();
      const refused: unknown = await stranger.write([Z]).then(
        () => 'it was not refused',
        (error: unknown) => error,
      );
      assert.ok(refused instanceof Error, String(refused));
      assert.ok(!refused.message.includes('bm90'));
      assert.ok(!refused.message.includes('(;'), refused.message);
      return refused.message.replace(/^.*cannot be updated: /, '');
    };
    assert.equal(
      await refusal({ keyFile: foreign }),
      `the server does not accept key raisd of ${foreign}: compare the secret with the server's; ` +
        'nsupdate: exit 2 (TSIG error with server: tsig indicates error; update failed: NOTAUTH(BADSIG))',
    );
    for (const changes of [{ keyName: 'other' }, { algorithm: 'hmac-sha512' }])
      assert.match(
        await refusal(changes),
        /^the server knows no key (raisd|other) with algorithm hmac-sha(256|512): compare key-name and algorithm with the server's; nsupdate: /,
      );
    const elsewhere = byUpdate(server, { zone: 'example.net', name: 'www.example.net' });
    await assert.rejects(
      elsewhere.read(),
      /it refuses the question \(REFUSED\): does it serve zone example\.net/,
    );
    assert.deepEqual(await server.dig(), [Y]);
  });
}

test('R40: a name that is a CNAME cannot be advertised, and that is said', async () => {
  const bind = new Bind(true);
  servers.push(bind);
  await bind.prepare();
  writeFileSync(bind.zoneFile, ZONE_TEXT.replace(`www 30 IN A ${X}`, 'www CNAME ns1'));
  await bind.start();
  const watched = new Watched(() => byUpdate(bind));
  watched.keep(Y);
  const { error } = await watched.until((report) => report.error !== null);
  assert.match(error ?? '', /cannot be updated: .*, or the name is a CNAME; nsupdate/);
  watched.keeper.close();
});

test('R40: BIND: a name that the update-policy does not grant is told with what to look at', async () => {
  const bind = await running(new Bind(true));
  for (const [changes, advice] of [
    [
      { name: `mail.${ZONE}` },
      /see whether its update-policy allows key raisd to change A and AAAA of mail\.web/,
    ],
    [
      { keyName: null, keyFile: null },
      /see whether it allows this host to change A and AAAA of www\.web.* without a key/,
    ],
  ] as const) {
    const route = byUpdate(bind, changes);
    await route.read();
    await assert.rejects(route.write([Y]), advice);
  }
});

test('R40: the answers of a name server that no server here gives are told with what to do', () => {
  const key = { keyName: 'raisd', keyFile: '/etc/raisd/dns.key', algorithm: 'hmac-sha256' };
  const of = (answer: string): string | null =>
    adviceFor(`nsupdate: exit 2 (update failed: ${answer})`, { ...key, zone: ZONE, name: NAME });
  assert.match(of('NOTAUTH(BADTIME)') ?? '', /does not accept key raisd of .*dns\.key: compare the clocks/);
  assert.match(of('NOTAUTH') ?? '', /see whether it is the primary server of zone web\.example\.org/);
  assert.equal(of('SERVFAIL'), null);
});

test('R40: failures are tried again with growing patience, and with a bound', () => {
  const waits = [1, 2, 3, 4, 5, 50].map((failures) => retryAfter(failures));
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, LONGEST_RETRY, LONGEST_RETRY]);
});
