import './own-namespace.js';

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { addressBytes, addressFromBytes } from '../../src/core/address.js';
import { networkAddon } from '../../src/network/addon.js';
import { removeFences } from '../../src/network/remove-fences.js';
import { run } from '../farm/command.js';
import { waitUntil } from '../farm/wait.js';
import { LINGER_MILLISECONDS } from '../../src/network/hand-overs.js';
import { placed, serviceAddress } from './addressing.js';
import { FenceFixture, leaseOf } from './fence-fixture.js';
import { configurationOf, KeeperFixture } from './keeper-fixture.js';
import { ip, isShown, Segment } from './segment.js';

const OPEN_MS = 600_000;
/** The first lease of `web` as the board of the tests has it. */
const WEB = leaseOf('web', 0, 0n);
const [V4, V6] = ['10.77.0.101', 'fd00:77::101'];

const filters = (): string =>
  run('tc', ['filter', 'show', 'dev', 'svc0', 'ingress']) +
  run('tc', ['filter', 'show', 'dev', 'svc0', 'egress']);

suite('the fence as network keeps it (R52)', () => {
  let segment: Segment;
  let fence: FenceFixture;
  let fixture: KeeperFixture;

  before(async () => {
    segment = await Segment.create();
  });
  after(() => segment.close());
  beforeEach(() => {
    fence = new FenceFixture();
    fixture = new KeeperFixture(['svc0'], 'bpf');
    fixture.keeper.useFence(fence.kernel);
    fixture.begin();
  });
  afterEach(async () => {
    fixture.keeper.removeAll();
    await fence.end();
  });

  const marked = (): string[] =>
    fence.kernel
      .marked()
      .map(({ address }) => addressFromBytes(address) as string)
      .sort();

  /** The end of a daemon by SIGKILL: the kernel keeps addresses and filters, here for longer than their lifetimes. */
  function leaveBehind(...addresses: string[]): void {
    fixture.keeper.close();
    const { index } = fence.kernel.marked()[0]!;
    const left = addresses.map((address) => ({ index, address: addressBytes(serviceAddress(address)) }));
    assert.ok(new networkAddon.RequestSocket().apply('renew', left, 3600).every((errno) => errno === 0));
  }

  /** One arping from the other end: whether the address is answered for within a second. */
  function isAnswered(address: string): boolean {
    try {
      segment.peerRun('arping', ['-c', '1', '-w', '1', '-f', '-I', 'svc0', address]);
      return true;
    } catch {
      return false;
    }
  }

  /** Asked again where a second passed without an answer: a machine that stands still for so long loses one. */
  function assertAnswered(address: string, message?: string): void {
    assert.ok(
      Array.from({ length: 10 }).some(() => isAnswered(address)),
      message ?? `${address} is not answered for`,
    );
  }

  test('R52: it stands before the interface when control hears so, and goes when the daemon ends in order', () => {
    assert.deepEqual(fixture.all('fence').at(-1), { kind: 'fence', interface: 'svc0', error: null });
    assert.equal(filters().match(/raisd-fence/g)?.length, 2);
    fixture.keeper.removeAll();
    assert.doesNotMatch(filters(), /raisd-fence/);
  });

  test('R52: an address is marked as long as it is configured, and answers only while its lease runs', async () => {
    fixture.say({ kind: 'add', addresses: [placed(V4), placed(V6)] });
    assert.deepEqual(marked(), [V4, V6]);
    assert.equal(isAnswered(V4), false, 'no heartbeat has left yet');
    await fence.open(WEB, OPEN_MS);
    assertAnswered(V4);
    fixture.say({ kind: 'remove', addresses: [placed(V4), placed(V6)] });
    await fixture.wait('removed', ({ results }) => results.some(({ address }) => address === V6));
    assert.deepEqual([isShown(V4), isShown(V6)], [false, false]);
    assert.deepEqual(marked(), []);
  });

  test('R52: what cannot be configured is not marked, nor what somebody else has taken away', async () => {
    ip([`addr add ${V4}/32 dev svc0`]);
    fixture.say({ kind: 'add', addresses: [placed(V4), placed(V6)] });
    assert.deepEqual(marked(), [V6]);
    ip([`addr del ${V4}/32 dev svc0`, `addr del ${V6}/128 dev svc0`]);
    await fixture.wait('lost');
    assert.deepEqual(marked(), []);
  });

  test('R52: a lease that ran out unseen is over, although the next one runs already', async () => {
    fixture.say({ kind: 'add', addresses: [placed(V4)] });
    fixture.board.lapse();
    fixture.say({ kind: 'probe', addresses: [] });
    const ended = await fixture.wait('lease-ended');
    assert.deepEqual(ended.removed, [placed(V4)]);
    assert.deepEqual([isShown(V4), marked().length], [false, 0]);
    fixture.say({ kind: 'add', addresses: [placed(V4)] });
    await fence.open({ ...WEB, lease: 1n }, OPEN_MS);
    assertAnswered(V4, 'under the next lease');
  });

  test('R52: what a killed daemon left is fenced until control says what becomes of it', async () => {
    await fence.open(WEB, OPEN_MS);
    fixture.say({ kind: 'add', addresses: [placed(V4), placed('10.77.0.102')] });
    assertAnswered(V4);
    leaveBehind(V4, '10.77.0.102');
    // A new daemon has other maps.
    await fence.end();
    fence = new FenceFixture();
    fixture = new KeeperFixture(['svc0'], 'bpf');
    fixture.lease({ web: OPEN_MS });
    fixture.keeper.useFence(fence.kernel);
    await fence.open(WEB, OPEN_MS);
    assert.equal(filters().match(/raisd-fence/g)?.length, 2);
    assert.deepEqual([isAnswered(V4), isShown(V4)], [false, true]);
    fixture.say({ kind: 'adopt', addresses: [placed(V4)] });
    assert.deepEqual(marked(), [V4]);
    assertAnswered(V4);
    assert.equal(isShown('10.77.0.102'), false);
  });

  test('R53: a network process that is started anew finds the marks, and no address is unfenced or fenced meanwhile', async () => {
    await fence.open(WEB, OPEN_MS);
    fixture.say({ kind: 'add', addresses: [placed(V4)] });
    leaveBehind(V4);
    fixture = new KeeperFixture(['svc0'], 'bpf');
    fixture.lease({ web: OPEN_MS });
    fixture.keeper.useFence(fence.kernel);
    assertAnswered(V4);
    await fence.close(WEB);
    assert.equal(isAnswered(V4), false);
    fixture.say({ kind: 'adopt', addresses: [] });
    assert.deepEqual(marked(), []);
  });

  test('R52: what a killed daemon left can be taken away, and the filters of others stay', () => {
    const match = ['u32', 'match', 'u32', '0', '0', 'classid', '1:7'];
    run('tc', ['filter', 'add', 'dev', 'svc0', 'egress', 'prio', '7', 'protocol', 'ip', ...match]);
    fixture.say({ kind: 'add', addresses: [placed(V4)] });
    leaveBehind(V4);
    assert.equal(isAnswered(V4), false);
    assert.deepEqual(removeFences(networkAddon), { removed: ['the fence from svc0'], failed: [] });
    assert.doesNotMatch(filters(), /raisd-fence/);
    assert.match(filters(), /pref 7 u32/);
    assertAnswered(V4);
    assert.deepEqual(removeFences(networkAddon), { removed: [], failed: [] });
    fixture = new KeeperFixture(['svc0'], 'bpf');
    fixture.say({ kind: 'adopt', addresses: [] });
    run('tc', ['filter', 'del', 'dev', 'svc0', 'egress', 'prio', '7']);
  });

  const onInterface = (address: string): boolean =>
    run('ip', ['address', 'show', 'dev', 'svc0']).includes(`${address}/`);

  test('R55: a prepared address is on the interface and unheard of; to acquire it is to open it', async () => {
    const addresses = [placed(V4), placed(V6)];
    fixture.say({ kind: 'prepare', addresses });
    await fence.open(WEB, OPEN_MS);
    for (const { address } of addresses) {
      const { results } = await fixture.wait('prepared', (report) =>
        report.results.some((result) => result.address === address),
      );
      assert.deepEqual(
        results.map(({ error }) => error),
        results.map(() => null),
      );
    }
    assert.ok(onInterface(V4) && onInterface(V6));
    assert.equal(isAnswered(V4), false);
    fixture.say({ kind: 'add', addresses });
    await fixture.wait('added', ({ results }) => results.some(({ address }) => address === V4));
    assertAnswered(V4);
  });

  test('R55: a prepared address that is not handed over goes as it came', async () => {
    const addresses = [placed(V4)];
    fixture.say({ kind: 'prepare', addresses });
    await fixture.wait('prepared');
    fixture.say({ kind: 'remove', addresses });
    await fixture.wait('removed');
    assert.equal(onInterface(V4), false);
    assert.deepEqual(marked(), []);
  });

  test('R52, R55: the end of the lease ends what is prepared and what was handed over', async () => {
    fixture.say({ kind: 'add', addresses: [placed(V4)] });
    await fixture.wait('added');
    fixture.say({
      kind: 'hand-over',
      addresses: [{ ...placed(V4), heir: '02:00:00:00:00:77' }],
    });
    fixture.say({ kind: 'prepare', addresses: [placed(V6)] });
    await fixture.wait('prepared');
    fixture.pause = 120_000;
    fixture.say({ kind: 'announce', addresses: [] });
    await fixture.wait('lease-ended');
    assert.ok(!onInterface(V4) && !onInterface(V6));
    assert.deepEqual(marked(), []);
  });

  test('R55: a handed-over address is given up at once, lingers, and can be taken back meanwhile', async () => {
    const addresses = [placed(V4)];
    const handed = [{ ...placed(V4), heir: '02:00:00:00:00:77' }];
    fixture.say({ kind: 'add', addresses });
    await fixture.wait('added');
    await fence.open(WEB, OPEN_MS);
    fixture.say({ kind: 'hand-over', addresses: handed });
    assert.deepEqual(fixture.all('removed').at(-1)?.results[0]?.error, null);
    assert.ok(onInterface(V4));
    assert.equal(isAnswered(V4), false);
    const started = Date.now();
    fixture.say({ kind: 'add', addresses });
    await waitUntil(
      'it to be past its lingering',
      () => (Date.now() > started + 2 * LINGER_MILLISECONDS ? null : 'not yet'),
      10_000,
    );
    assert.ok(onInterface(V4));
    assertAnswered(V4);
    fixture.say({ kind: 'hand-over', addresses: handed });
    await waitUntil('the address to go', () => (onInterface(V4) ? 'it is there' : null), 10_000);
    assert.deepEqual(marked(), []);
  });

  test('R55: where there is no fence nothing is prepared, and a hand-over is a removal', async () => {
    const bare = new KeeperFixture(['svc0'], 'none').begin();
    const addresses = [placed(V4)];
    bare.say({ kind: 'prepare', addresses });
    const { results } = await bare.wait('prepared');
    assert.equal(results[0]?.error, `cannot add ${V4} to svc0: it has no fence to rely on`);
    assert.equal(onInterface(V4), false);
    bare.say({ kind: 'add', addresses });
    await bare.wait('added');
    bare.say({ kind: 'hand-over', addresses: [{ ...placed(V4), heir: '02:00:00:00:00:77' }] });
    await bare.wait('removed');
    assert.equal(onInterface(V4), false);
    bare.keeper.removeAll();
  });

  test('R54: an interface that is made anew is fenced anew', async () => {
    fixture.say({ kind: 'add', addresses: [placed(V4)] });
    ip(['link del svc0']);
    segment.connect();
    await fixture.wait('lost');
    await fixture.wait('link', ({ up }) => up);
    assert.equal(filters().match(/raisd-fence/g)?.length, 2);
    assert.deepEqual(marked(), []);
  });

  test('R56: a reload that wants a fence marks what is held, one that wants none lets go of it', async () => {
    fixture.say({ kind: 'add', addresses: [placed(V4)] });
    fixture.keeper.reconfigure(configurationOf(['svc0'], 100));
    assert.deepEqual(marked(), []);
    assert.doesNotMatch(filters(), /raisd-fence/);
    assertAnswered(V4);
    fixture.keeper.reconfigure(configurationOf(['svc0'], 100, 'nftables'));
    assert.deepEqual(marked(), [V4]);
    assert.equal(isAnswered(V4), false);
    await fence.open(WEB, OPEN_MS);
    assertAnswered(V4);
  });

  test('R52: where the kernel refuses it, that is said with what it means, and addresses are configured without', () => {
    const match = ['u32', 'match', 'u32', '0', '0', 'classid', '1:7'];
    fixture.keeper.removeAll();
    run('tc', ['filter', 'add', 'dev', 'svc0', 'ingress', 'prio', '100', 'protocol', 'all', ...match]);
    fixture = new KeeperFixture(['svc0'], 'bpf').begin();
    fixture.keeper.useFence(fence.kernel);
    run('tc', ['filter', 'del', 'dev', 'svc0', 'ingress', 'prio', '100']);
    assert.match(fixture.all('fence').at(-1)?.error ?? '', /the kernel refuses the filters .* on svc0/);
    assert.match(fixture.lines.join('\n'), /svc0 has no fence: .*nobody else takes them over before/);
    fixture.say({ kind: 'add', addresses: [placed(V4)] });
    assertAnswered(V4);
  });

  test('R52: without the right to load it that is said, and addresses are configured without', () => {
    fixture.keeper.removeAll();
    fixture = new KeeperFixture(['svc0'], 'bpf').begin();
    fixture.keeper.doWithoutFence('the kernel refuses the map of addresses: EPERM');
    assert.match(fixture.all('fence').at(-1)?.error ?? '', /EPERM/);
    fixture.say({ kind: 'add', addresses: [placed(V4)] });
    assertAnswered(V4);
  });
});
