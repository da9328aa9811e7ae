import './own-namespace.js';

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { waitUntil } from '../farm/wait.js';
import { dumpAddresses } from './rtnetlink-witness.js';
import { placed } from './addressing.js';
import { KeeperFixture } from './keeper-fixture.js';
import { ip, isShown, Segment, shownAddresses } from './segment.js';

const TAG = 0x52;
const FOREVER = 4294967295;
const BOUND_MS = 60_000;

suite('service addresses on the interface', () => {
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
    ip(['addr flush dev svc0 scope global', 'addr add 10.77.0.1/24 dev svc0']);
  });

  test('R50: IPv4 and IPv6 addresses are added as /32 and /128 with the flags that leave the host alone', () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11'), placed('fd00:77::11')] });
    const v4 = shownAddresses().find(({ local }) => local === '10.77.0.11');
    const v6 = shownAddresses().find(({ local }) => local === 'fd00:77::11');
    assert.equal(v4?.prefixlen, 32);
    assert.equal(v6?.prefixlen, 128);
    assert.deepEqual(
      [v6.nodad, v6.noprefixroute, v6.preferred_life_time, v6.tentative],
      [true, true, 0, undefined],
    );
    const errors = fixture.all('added').flatMap(({ results }) => results.map(({ error }) => error));
    assert.deepEqual(errors, [null, null]);
  });

  test('R53: what is configured bears the tag, as an independent netlink library reads it', async () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11'), placed('fd00:77::11')] });
    const dumped = await dumpAddresses();
    const tagOf = (address: string): number | null | undefined =>
      dumped.find((entry) => entry.address === address)?.protocol;
    assert.equal(tagOf('10.77.0.11'), TAG);
    assert.equal(tagOf('fd00:77::11'), TAG);
    assert.notEqual(tagOf('10.77.0.1'), TAG);
  });

  test('R50: a removed address is gone, and one that is not there is as good as removed', async () => {
    const addresses = [placed('10.77.0.11'), placed('fd00:77::11')];
    fixture.say({ kind: 'add', addresses });
    fixture.say({
      kind: 'remove',
      addresses: [...addresses, placed('10.77.0.99'), placed('10.77.0.98', 'nowhere')],
    });
    assert.deepEqual(
      shownAddresses().filter(({ local }) => local === '10.77.0.11' || local === 'fd00:77::11'),
      [],
    );
    const results = fixture.all('removed').flatMap((report) => report.results);
    assert.equal(results.length, 4);
    assert.deepEqual(new Set(results.map(({ error }) => error)), new Set([null]));
    // Our own removal is no loss. A change that comes after it proves that the news of it was read.
    ip(['link set svc0 mtu 1400', 'addr add 10.77.0.50/32 dev svc0']);
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.12')] });
    await fixture.wait('added', ({ results: added }) =>
      added.some(({ address }) => address === '10.77.0.12'),
    );
    assert.deepEqual(fixture.all('lost'), []);
  });

  test('an address that somebody else configured is neither added to nor removed', () => {
    ip([
      'addr add 10.77.0.21/24 dev svc0',
      'addr add 10.77.0.22/32 dev svc0',
      'addr add fd00:77::21/64 dev svc0 nodad',
    ]);
    const addresses = [placed('10.77.0.21'), placed('10.77.0.22'), placed('fd00:77::21')];
    fixture.say({ kind: 'add', addresses });
    fixture.say({ kind: 'remove', addresses });
    const errors = [...fixture.all('added'), ...fixture.all('removed')]
      .flatMap(({ results }) => results)
      .map(({ error }) => error);
    assert.equal(errors.length, 6);
    assert.ok(errors.includes('cannot add 10.77.0.21 to svc0: EEXIST: somebody else configured it'));
    assert.ok(errors.includes('cannot remove fd00:77::21 from svc0: EEXIST: somebody else configured it'));
    const shown = shownAddresses().filter(({ local }) => /21$|22$/.test(local));
    assert.deepEqual(
      shown.map(({ local, prefixlen, valid_life_time }) => [local, prefixlen, valid_life_time]),
      [
        ['10.77.0.22', 32, FOREVER],
        ['10.77.0.21', 24, FOREVER],
        ['fd00:77::21', 64, FOREVER],
      ],
    );
  });

  test('a failure names the address, the interface and the cause', () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11', 'nowhere'), placed('10.77.0.12')] });
    const results = fixture.all('added').flatMap((report) => report.results);
    assert.equal(
      results.find(({ address }) => address === '10.77.0.11')?.error,
      'cannot add 10.77.0.11 to nowhere: ENODEV',
    );
    assert.equal(results.find(({ address }) => address === '10.77.0.12')?.error, null);
  });

  test('one batch adds and removes 1,000 IPv4 addresses', () => {
    const addresses = Array.from({ length: 1000 }, (_, i) =>
      placed(`10.78.${String(i >> 8)}.${String(i & 255)}`),
    );
    const mine = (): number => shownAddresses().filter(({ local }) => local.startsWith('10.78.')).length;
    fixture.say({ kind: 'add', addresses });
    assert.equal(mine(), 1000);
    assert.equal(fixture.all('added').length, 1);
    fixture.say({ kind: 'remove', addresses });
    assert.equal(mine(), 0);
    assert.equal(fixture.all('removed')[0]?.results.length, 1000);
  });

  test('R50: a large IPv6 batch is added whole, and what is removed meanwhile does not stay', async () => {
    const many = Array.from({ length: 300 }, (_, i) => placed(`fd00:78::${(i + 1).toString(16)}:1`));
    const last = many.at(-1)!;
    fixture.say({ kind: 'add', addresses: many });
    fixture.say({ kind: 'add', addresses: [placed('fd00:77::11')] });
    assert.ok(isShown('fd00:77::11'), 'an address of its own does not wait for the batch');
    fixture.say({ kind: 'remove', addresses: [last] });
    const answered = (): number => fixture.all('added').flatMap(({ results }) => results).length;
    await waitUntil(
      'all answers',
      () => (answered() === many.length + 1 ? null : `${String(answered())} came`),
      BOUND_MS,
    );
    assert.equal(isShown(last.address), false);
    assert.equal(
      shownAddresses().filter(({ local }) => local.startsWith('fd00:78:')).length,
      many.length - 1,
    );
  });

  test('R52: every service address has a valid lifetime, which is renewed while the lease runs', async () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11'), placed('fd00:77::11')] });
    const lifetimes = (): number[] =>
      shownAddresses()
        .filter(({ local }) => local === '10.77.0.11' || local === 'fd00:77::11')
        .map((shown) => shown.valid_life_time);
    for (const seconds of lifetimes()) assert.ok(seconds >= 1 && seconds <= 2, String(seconds));
    // Longer than the kernel would leave them there.
    const end = performance.now() + 4000;
    await waitUntil(
      'the lifetime to pass twice',
      () => {
        assert.equal(lifetimes().length, 2);
        return performance.now() > end ? null : 'not yet';
      },
      BOUND_MS,
    );
    for (const seconds of lifetimes()) assert.ok(seconds >= 1 && seconds <= 2, String(seconds));
  });

  test('R52: what nobody renews, the kernel removes', async () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11'), placed('fd00:77::11')] });
    // As if the process were killed: the addresses stay, and nobody is left to renew them.
    fixture.keeper.close();
    assert.ok(isShown('10.77.0.11') && isShown('fd00:77::11'));
    await waitUntil(
      'the kernel to remove them',
      () => (isShown('10.77.0.11') || isShown('fd00:77::11') ? 'still there' : null),
      BOUND_MS,
    );
  });
});

suite('taking up again what is on the interface (R53)', () => {
  let segment: Segment;

  before(async () => {
    segment = await Segment.create();
  });
  after(() => segment.close());

  test('R53: a new process keeps what is wanted, adds what is missing and removes what is not wanted', async () => {
    ip(['addr add 10.77.0.30/32 dev svc0']);
    const first = new KeeperFixture().begin();
    first.say({ kind: 'add', addresses: ['10.77.0.11', '10.77.0.12', 'fd00:77::11'].map((a) => placed(a)) });
    first.keeper.close();

    const second = new KeeperFixture();
    const wanted = [
      placed('10.77.0.11'),
      placed('fd00:77::11'),
      placed('10.77.0.13'),
      placed('10.77.0.14', 'nowhere'),
    ];
    second.lease({ web: 60_000 });
    second.say({ kind: 'adopt', addresses: wanted });
    const { results } = await second.wait('adopted');
    assert.deepEqual(results.map(({ address, error }) => [address, error]).sort(), [
      ['10.77.0.11', null],
      ['10.77.0.13', null],
      ['10.77.0.14', 'cannot add 10.77.0.14 to nowhere: ENODEV'],
      ['fd00:77::11', null],
    ]);
    const there = ['10.77.0.11', '10.77.0.12', '10.77.0.13', '10.77.0.30', 'fd00:77::11'].filter((a) =>
      isShown(a),
    );
    assert.deepEqual(there, ['10.77.0.11', '10.77.0.13', '10.77.0.30', 'fd00:77::11']);
    second.keeper.removeAll();
    assert.deepEqual(
      ['10.77.0.11', '10.77.0.13', '10.77.0.30', 'fd00:77::11'].filter((a) => isShown(a)),
      ['10.77.0.30'],
    );
  });

  test('R53: a second control process settles what the first one left under way, and gets none of its answers', async () => {
    const fixture = new KeeperFixture().begin();
    const many = Array.from({ length: 200 }, (_, i) => placed(`fd00:79:${(i + 1).toString(16)}::1`));
    fixture.say({ kind: 'add', addresses: many });
    fixture.clear();
    fixture.keeper.onControlAttached();
    fixture.say({ kind: 'adopt', addresses: [many[199]!] });
    await fixture.wait('adopted');
    assert.deepEqual(fixture.all('added'), []);
    assert.deepEqual(
      shownAddresses()
        .map(({ local }) => local)
        .filter((local) => local.startsWith('fd00:79:')),
      [many[199]!.address],
    );
    fixture.keeper.removeAll();
  });
});
