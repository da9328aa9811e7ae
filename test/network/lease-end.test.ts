import './own-namespace.js';

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { instant } from '../../src/core/time.js';
import { waitUntil } from '../farm/wait.js';
import { placed } from './addressing.js';
import { configurationOf, KeeperFixture } from './keeper-fixture.js';
import { ip, isShown, Segment, shownAddresses } from './segment.js';

const BOUND_MS = 60_000;

suite('the end of a lease (R52)', () => {
  let segment: Segment;
  let fixture: KeeperFixture;

  before(async () => {
    segment = await Segment.create();
  });
  after(() => segment.close());
  beforeEach(() => {
    fixture = new KeeperFixture();
    fixture.say({ kind: 'adopt', addresses: [] });
  });
  afterEach(() => {
    fixture.keeper.removeAll();
  });

  test('R52: when control stops renewing, the addresses of the group are removed, and that is said', async () => {
    fixture.lease({ web: 150, mail: 60_000 });
    const addresses = [placed('10.77.0.11'), placed('fd00:77::11')];
    const other = placed('10.77.0.12', 'svc0', 'mail');
    fixture.say({ kind: 'add', addresses: [...addresses, other] });
    assert.ok(isShown('10.77.0.11') && isShown('fd00:77::11') && isShown('10.77.0.12'));
    const ended = await fixture.wait('lease-ended');
    assert.equal(ended.group, 'web');
    assert.deepEqual(new Set(ended.removed), new Set(addresses));
    assert.deepEqual(
      [isShown('10.77.0.11'), isShown('fd00:77::11'), isShown('10.77.0.12')],
      [false, false, true],
    );
    assert.deepEqual(fixture.all('lost'), []);
  });

  test('R52: a lease that is renewed does not end, and one without addresses ends silently', async () => {
    fixture.lease({ web: 1000, idle: 20 });
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    for (let renewals = 0; renewals < 15; renewals++) {
      const renewed = performance.now();
      await waitUntil('a renewal', () => (performance.now() - renewed < 80 ? 'not yet' : null), BOUND_MS);
      fixture.lease({ web: 1000 });
    }
    assert.ok(isShown('10.77.0.11'));
    assert.deepEqual(fixture.all('lease-ended'), []);
  });

  test('R52, R56: shorter timings count once a heartbeat has left in the new rhythm, and not before', async () => {
    const configure = (timeout: number): void => {
      fixture.keeper.reconfigure(configurationOf(['svc0'], timeout));
    };
    configure(10_000);
    fixture.begin().say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    // The last heartbeat left two seconds ago.
    fixture.lease({ web: 80 - 2000 });
    configure(100);
    fixture.say({ kind: 'announce', addresses: [placed('10.77.0.11')] });
    assert.deepEqual(fixture.all('lease-ended'), []);
    assert.ok(isShown('10.77.0.11'));
    fixture.pause = 1000;
    const sentAt = fixture.now();
    fixture.lease({ web: 80 });
    await fixture.wait('lease-ended');
    assert.ok(fixture.now() - sentAt < 4000, 'the lease of 8 s counts no more');
    assert.equal(isShown('10.77.0.11'), false);
  });

  test('R52: before the first heartbeat has left there is no lease, and nothing is added', () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    const result = fixture.all('added')[0]?.results[0];
    assert.equal(result?.error, 'cannot add 10.77.0.11 to svc0: the lease of web is over');
    assert.equal(result.leaseOver, true);
    assert.equal(isShown('10.77.0.11'), false);
  });

  test('R52: what control asked for longer ago than a lease is not done, although a new lease runs', () => {
    fixture.lease({ web: 60_000 });
    const before = instant(fixture.now() - 81);
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')], at: before });
    assert.equal(fixture.all('added')[0]?.results[0]?.leaseOver, true);
    fixture.say({ kind: 'adopt', addresses: [placed('10.77.0.12')], at: before });
    assert.equal(fixture.all('late').length, 1);
    assert.deepEqual([isShown('10.77.0.11'), isShown('10.77.0.12')], [false, false]);
  });

  test('R53: a new process that is told too late what is wanted asks for it anew, and leaves what is there', () => {
    fixture.lease({ web: 60_000 });
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    const next = new KeeperFixture();
    next.lease({ web: 60_000 });
    next.say({ kind: 'adopt', addresses: [placed('10.77.0.11')], at: instant(next.now() - 81) });
    assert.deepEqual([next.all('late').length, next.all('adopted').length], [1, 0]);
    assert.ok(isShown('10.77.0.11'));
    next.say({ kind: 'adopt', addresses: [placed('10.77.0.11')] });
    assert.equal(next.all('adopted')[0]?.results[0]?.error, null);
    assert.ok(isShown('10.77.0.11'));
    next.keeper.removeAll();
  });

  test('R52: what a new process refuses to take up, since the lease is over, is off the interface when control hears so', async () => {
    fixture.lease({ web: 60_000 });
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    const next = new KeeperFixture();
    next.say({ kind: 'adopt', addresses: [placed('10.77.0.11')] });
    const { results } = await next.wait('adopted');
    assert.equal(results.find(({ address }) => address === '10.77.0.11')?.leaseOver, true);
    assert.ok(!isShown('10.77.0.11'));
    next.keeper.removeAll();
  });

  test('R52: after a pause of the host the first thing that happens is that what ran out is given up', () => {
    fixture.lease({ web: 1000 });
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    fixture.pause = 5000;
    // What lay in the channel during the pause, in its order.
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.12')] });
    fixture.say({ kind: 'announce', addresses: [placed('10.77.0.11')] });
    assert.deepEqual(
      fixture.reports.slice(-2).map(({ kind }) => kind),
      ['lease-ended', 'added'],
    );
    assert.equal(
      fixture.all('added').at(-1)?.results[0]?.error,
      'cannot add 10.77.0.12 to svc0: the lease of web is over',
    );
    assert.deepEqual([isShown('10.77.0.11'), isShown('10.77.0.12')], [false, false]);
    // Control is awake again and decides anew.
    fixture.lease({ web: 60_000 });
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.12')] });
    assert.ok(isShown('10.77.0.12'));
  });

  test('R52: addresses that still wait to be added when the lease ends do not appear', async () => {
    fixture.lease({ web: 2000 });
    const many = Array.from({ length: 400 }, (_, i) => placed(`fd00:78:${(i + 1).toString(16)}::1`));
    fixture.say({ kind: 'add', addresses: many });
    fixture.pause = 3000;
    await fixture.wait('lease-ended');
    const left = shownAddresses().filter(({ local }) => local.startsWith('fd00:78:'));
    assert.deepEqual(left, []);
    const added = fixture.all('added').flatMap(({ results }) => results);
    assert.equal(added.length, many.length);
  });

  test('R52: at the end of the process everything that is held is removed, and nothing else', () => {
    fixture.lease({ web: 60_000 });
    ip(['addr add 10.77.0.31/32 dev svc0', 'addr add fd00:77::31/128 dev svc0 nodad']);
    const addresses = Array.from({ length: 50 }, (_, i) => [
      placed(`10.78.0.${String(i)}`),
      placed(`fd00:78:${String(i + 1)}::1`),
    ]).flat();
    fixture.say({ kind: 'add', addresses });
    fixture.keeper.removeAll();
    const left = shownAddresses().map(({ local }) => local);
    assert.deepEqual(
      left.filter((local) => local.startsWith('10.78.') || local.startsWith('fd00:78:')),
      [],
    );
    assert.ok(left.includes('10.77.0.31') && left.includes('fd00:77::31') && left.includes('10.77.0.1'));
  });
});
