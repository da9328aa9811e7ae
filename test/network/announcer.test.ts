import assert from 'node:assert/strict';
import { beforeEach, afterEach, suite, test, mock } from 'node:test';
import { instant } from '../../src/core/time.js';
import {
  FRAMES_PER_WINDOW,
  ANNOUNCEMENT_TIMES,
  Announcer,
  SHORTEST_GAP_MILLISECONDS,
} from '../../src/network/announcer.js';
import type { AnnouncementForm } from '../../src/network/addon.js';
import type { Placement } from '../../src/network/placement.js';
import { serviceAddress } from './addressing.js';

const placement = (address: string): Placement => ({
  group: 'web',
  interface: 'svc0',
  index: 2,
  address: serviceAddress(address),
});

suite('announcer', () => {
  let clock: number;
  let sent: { readonly at: number; readonly form: AnnouncementForm; readonly addresses: string[] }[];
  let announcer: Announcer;
  let beforeRepetition: () => void;
  /** What finds no room. */
  let crowded: (address: string) => boolean;
  let crowdedOut: string[];

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    clock = 0;
    sent = [];
    beforeRepetition = () => undefined;
    crowded = () => false;
    crowdedOut = [];
    announcer = new Announcer({
      now: () => instant(clock),
      beforeRepetition: () => {
        beforeRepetition();
      },
      send: (placements, form) => {
        sent.push({ at: clock, form, addresses: placements.map(({ address }) => address) });
        return placements.filter(({ address }) => crowded(address));
      },
      crowdedOut: ({ address }) => {
        crowdedOut.push(address);
      },
    });
  });
  afterEach(() => {
    announcer.close();
    mock.timers.reset();
  });

  const pass = (milliseconds: number): void => {
    for (let passed = 0; passed < milliseconds; passed++) {
      clock++;
      mock.timers.tick(1);
    }
  };

  test('R50: an address is announced at once and again at each of the later times', () => {
    announcer.announce([placement('10.0.0.1')]);
    assert.equal(sent.length, 1, 'before the call returns');
    pass(20_000);
    assert.deepEqual(
      sent.map(({ at }) => at),
      ANNOUNCEMENT_TIMES,
    );
  });

  test('R50: one address does not wait for another that was announced just before', () => {
    announcer.announce([placement('10.0.0.1')]);
    announcer.announce([placement('10.0.0.2')]);
    assert.deepEqual(
      sent.map(({ addresses }) => addresses),
      [['10.0.0.1'], ['10.0.0.2']],
    );
  });

  test('however often it is asked for, an address is announced once in a gap', () => {
    for (let asked = 0; asked < 100; asked++) {
      announcer.announce([placement('10.0.0.1')]);
      pass(1);
    }
    assert.ok(sent.length <= 100 / SHORTEST_GAP_MILLISECONDS + 1, String(sent.length));
    for (const [i, { at }] of sent.slice(1).entries()) {
      assert.ok(at - sent[i]!.at >= SHORTEST_GAP_MILLISECONDS);
    }
  });

  const many = (count: number, prefix: string): Placement[] =>
    Array.from({ length: count }, (_, i) => placement(`${prefix}${String(i + 1)}`));
  const sentIn = (form: AnnouncementForm): string[] =>
    sent.flatMap((each) => (each.form === form ? each.addresses : []));

  test('R50: many addresses are announced in bounded windows, in the first form of all before the second of any', () => {
    const all = many(FRAMES_PER_WINDOW + 1, '10.0.0.');
    const addresses = all.map(({ address }) => address);
    announcer.announce(all);
    assert.deepEqual(sent, [{ at: 0, form: 'request', addresses: addresses.slice(0, FRAMES_PER_WINDOW) }]);
    pass(40);
    for (let at = 0; at < 40; at++) {
      const frames = sent.filter((each) => each.at === at).map((each) => each.addresses.length);
      assert.ok(frames.reduce((sum, count) => sum + count, 0) <= FRAMES_PER_WINDOW);
    }
    assert.deepEqual([sentIn('request'), sentIn('reply')], [addresses, addresses]);
    const [lastRequest, firstReply] = [
      sent.findLastIndex(({ form }) => form === 'request'),
      sent.findIndex(({ form }) => form === 'reply'),
    ];
    assert.ok(lastRequest < firstReply);
  });

  test('R50: as few addresses as fit into a window are announced in both forms at once', () => {
    announcer.announce(many(FRAMES_PER_WINDOW / 2, '10.0.0.'));
    assert.deepEqual(
      sent.map(({ form, addresses }) => [form, addresses.length]),
      [['both', FRAMES_PER_WINDOW / 2]],
    );
  });

  test('R50: of many IPv6 addresses, which have one form only, each is announced once', () => {
    const all = many(FRAMES_PER_WINDOW + 1, '2001:db8::');
    announcer.announce(all);
    pass(40);
    assert.deepEqual(
      [...sentIn('request'), ...sentIn('both')].sort(),
      all.map(({ address }) => address).sort(),
    );
    assert.deepEqual(sentIn('reply'), []);
  });

  test('R50: what finds no room is tried again at once, and the others do not wait for it', () => {
    let left = 3;
    crowded = (address) => address === '10.0.0.1' && left-- > 0;
    announcer.announce([placement('10.0.0.1'), placement('10.0.0.2')]);
    pass(20);
    const times = (address: string): number[] =>
      sent.flatMap(({ at, addresses }) => (addresses.includes(address) ? [at] : []));
    assert.deepEqual(times('10.0.0.1'), [0, 2, 4, 6]);
    assert.deepEqual(times('10.0.0.2'), [0]);
    assert.deepEqual(crowdedOut, []);
  });

  test('R50: what finds no room for long is told, and tried a bounded number of times', () => {
    crowded = () => true;
    announcer.announce([placement('10.0.0.1')]);
    pass(49);
    assert.deepEqual(crowdedOut, ['10.0.0.1']);
    assert.ok(sent.length > 5 && sent.length < 15, String(sent.length));
    crowded = () => false;
    pass(2);
    assert.equal(sent.at(-1)?.at, 50, 'its next turn');
  });

  test('R52: before a repetition the leases are looked at, and what is forgotten then is not sent', () => {
    announcer.announce([placement('10.0.0.1')]);
    beforeRepetition = () => {
      announcer.forget(placement('10.0.0.1'));
    };
    pass(10_000);
    assert.equal(sent.length, 1);
  });
});
