import './own-namespace.js';

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { networkAddon } from '../../src/network/addon.js';
import { InterfaceTable } from '../../src/network/interface-table.js';
import { waitUntil } from '../farm/wait.js';
import { placed, serviceAddress } from './addressing.js';
import { configurationOf, KeeperFixture } from './keeper-fixture.js';
import { hardwareAddress, ip, Segment } from './segment.js';

const BOUND_MS = 60_000;

suite('service interfaces (R54)', () => {
  let segment: Segment;
  let fixture: KeeperFixture;

  before(async () => {
    segment = await Segment.create();
  });
  after(() => segment.close());
  beforeEach(() => {
    fixture = new KeeperFixture().begin();
  });
  afterEach(() => {
    fixture.keeper.removeAll();
  });

  test('R54: a control process hears the state of each service interface when it is attached', () => {
    fixture.clear();
    fixture.keeper.onControlAttached();
    assert.deepEqual(fixture.reports, [
      { kind: 'link', interface: 'svc0', up: true, hardwareAddress: hardwareAddress() },
    ]);
  });

  test('R54: the loss of the carrier is reported, and its return', async () => {
    fixture.clear();
    segment.peerIp(['link set svc0 down']);
    await fixture.wait('link', ({ up }) => !up);
    segment.peerIp(['link set svc0 up']);
    await fixture.wait('link', ({ up }) => up);
  });

  test('R54: an interface that is set down is reported, and what that took away; it is listened to again later', async () => {
    segment.peerIp(['addr add 10.77.0.21/32 dev svc0']);
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11'), placed('fd00:77::11')] });
    fixture.clear();
    ip(['link set svc0 down']);
    await fixture.wait('link', ({ up }) => !up);
    const lost = await fixture.wait('lost');
    assert.deepEqual(lost.address, placed('fd00:77::11'));
    ip(['link set svc0 up']);
    await fixture.wait('link', ({ up }) => up);
    assert.equal(fixture.all('lost').length, 1, 'IPv4 addresses stay');
    fixture.say({ kind: 'probe', addresses: [placed('10.77.0.21')] });
    await fixture.wait('answers');
    segment.peerIp(['addr del 10.77.0.21/32 dev svc0']);
  });

  test('R54: a new hardware address is reported', async () => {
    fixture.clear();
    ip(['link set svc0 address 02:00:00:00:00:77']);
    await fixture.wait('link', (link) => link.hardwareAddress === '02:00:00:00:00:77');
  });

  test('an interface that vanishes takes its addresses with it, and is served again when it is made anew', async () => {
    segment.peerIp(['addr flush dev svc0']);
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11'), placed('fd00:77::11')] });
    fixture.clear();
    ip(['link del svc0']);
    await fixture.wait('link', ({ up, hardwareAddress: none }) => !up && none === null);
    await fixture.wait('lost', ({ address }) => address.address === '10.77.0.11');
    await fixture.wait('lost', ({ address }) => address.address === 'fd00:77::11');
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    assert.equal(fixture.all('added')[0]?.results[0]?.error, 'cannot add 10.77.0.11 to svc0: ENODEV');
    fixture.say({ kind: 'remove', addresses: [placed('10.77.0.11')] });
    assert.equal(fixture.all('removed')[0]?.results[0]?.error, null);
    fixture.clear();
    segment.connect();
    segment.peerIp(['addr add 10.77.0.21/32 dev svc0']);
    await fixture.wait('link', ({ up }) => up);
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    assert.equal(fixture.all('added')[0]?.results[0]?.error, null);
    fixture.say({ kind: 'probe', addresses: [placed('10.77.0.21')] });
    await fixture.wait('answers');
  });

  test('R56: a reload watches the service interfaces that are named then', async () => {
    ip(['link add other0 type veth peer name other1']);
    fixture.clear();
    fixture.keeper.reconfigure(configurationOf(['svc0', 'other0'], 100));
    assert.deepEqual(
      fixture.all('link').map(({ interface: name, up }) => [name, up]),
      [['other0', false]],
    );
    ip(['link set other0 up', 'link set other1 up']);
    await fixture.wait('link', ({ interface: name, up }) => name === 'other0' && up);
    fixture.keeper.reconfigure(configurationOf(['svc0'], 100));
    fixture.clear();
    ip(['link del other0']);
    ip(['link set svc0 down']);
    await fixture.wait('link', ({ interface: name }) => name === 'svc0');
    assert.equal(
      fixture.all('link').some(({ interface: name }) => name === 'other0'),
      false,
    );
    ip(['link set svc0 up']);
  });
});

suite('addresses that somebody else removes', () => {
  let segment: Segment;
  let fixture: KeeperFixture;

  before(async () => {
    segment = await Segment.create();
  });
  after(() => segment.close());
  beforeEach(() => {
    fixture = new KeeperFixture().begin();
  });
  afterEach(() => {
    fixture.keeper.removeAll();
  });

  test('R52: an address that somebody removed is reported as lost, and not renewed back into being', async () => {
    const addresses = [placed('10.77.0.11'), placed('fd00:77::11'), placed('10.77.0.12')];
    fixture.say({ kind: 'add', addresses });
    ip(['addr del 10.77.0.11/32 dev svc0', 'addr del fd00:77::11/128 dev svc0']);
    await fixture.wait('lost', ({ address }) => address.address === '10.77.0.11');
    await fixture.wait('lost', ({ address }) => address.address === 'fd00:77::11');
    assert.equal(fixture.all('lost').length, 2);
    // Added again, it is held like any other.
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    assert.equal(fixture.all('added').at(-1)?.results[0]?.error, null);
  });

  test('an address that was removed and added in one go is not lost', async () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11'), placed('10.77.0.12')] });
    fixture.say({ kind: 'remove', addresses: [placed('10.77.0.11')] });
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    ip(['addr del 10.77.0.12/32 dev svc0']);
    const lost = await fixture.wait('lost');
    assert.equal(lost.address.address, '10.77.0.12');
    assert.equal(fixture.all('lost').length, 1);
  });
});

suite('news that is lost (ENOBUFS)', () => {
  let segment: Segment;

  before(async () => {
    segment = await Segment.create();
  });
  after(() => segment.close());

  test('a socket that overflows is read anew, and the table is right again and stays so', async (t) => {
    const lines = Array.from(
      { length: 300 },
      (_, i) => `addr add 10.79.${String(i >> 8)}.${String(i & 255)}/32 dev svc0`,
    );
    let overflows = 0;
    let changes = 0;
    const events = { changed: (): void => void changes++, overflowed: (): void => void overflows++ };
    // The kernel makes of it the least that it allows: a handful of messages.
    const table = new InterfaceTable(networkAddon, new networkAddon.RequestSocket(), events, 1);
    t.after(() => {
      table.close();
    });
    const index = table.link('svc0')!.index;
    const has = (address: string): boolean => table.serviceAddress(index, serviceAddress(address)) !== null;

    // No turn of the event loop in between.
    ip(lines);
    await waitUntil('the overflow', () => (overflows === 0 ? 'none' : null), BOUND_MS);
    await waitUntil('the last address', () => (has('10.79.1.43') ? null : 'not there'), BOUND_MS);
    assert.ok(has('10.79.0.0') && has('10.79.0.255'));

    ip(lines.map((line) => line.replace('addr add', 'addr del')));
    await waitUntil(
      'an empty table',
      () => (has('10.79.1.43') || has('10.79.0.0') ? 'not empty' : null),
      BOUND_MS,
    );

    const before = changes;
    ip(['addr add 10.79.9.9/32 dev svc0']);
    await waitUntil('a single event', () => (has('10.79.9.9') ? null : 'not there'), BOUND_MS);
    assert.ok(changes > before);
  });
});
