// Whatever a machine without the key sends on the control networks changes nothing, and is counted by its kind.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';

import type { Address } from '../../src/core/address.js';
import { encodeFrame, groupTag, mappedBytes } from '../../src/wire/frame.js';
import type { Frame } from '../../src/wire/frame.js';
import { STRANGER_OCTET, v4Of } from './addressing.js';
import { GROUP, GROUP_KEY, configureHost } from './configuration.js';
import { Stage, TIMING } from './stage.js';
import { Stranger } from './stranger.js';
import { waitUntil } from './wait.js';

const BOUND_MS = 60_000;
/** Frames of each kind that are sent. */
const COUNT = 20;
const KEY = Buffer.from(GROUP_KEY.trimEnd());

const INCARNATION = 0x1234567890abcdefn;
let sequence = 0n;

/** A frame of a host that is not of this farm: signed as asked, from an id that nobody has, each newer than the last. */
const strange = (changes: Partial<Frame>, key: Uint8Array = KEY): Buffer =>
  encodeFrame(
    {
      type: 1,
      flags: { permit: true, joining: false, leaving: false, observer: false },
      group: groupTag(GROUP),
      hostId: v4Of('ctl0', STRANGER_OCTET) as Address,
      incarnation: INCARNATION,
      sequence: ++sequence,
      term: 1,
      infoVersion: 0,
      heard: [],
      piece: null,
      command: null,
      ...changes,
    },
    key,
  );

/** Copies of a real frame with something done to each. */
const altered = (frame: Buffer, alter: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(frame);
  alter(copy);
  return copy;
};

describe('R51: foreign frames on the control networks', () => {
  let stage: Stage;
  let stranger: Stranger;
  /** A frame that host 2 really sent. */
  let real: Buffer;

  before(async () => {
    stage = await Stage.raise({ hosts: 3, ...TIMING });
    stranger = await Stranger.start(stage.farm);
    real = (await stranger.capture(v4Of('ctl0', 12), 1, BOUND_MS))[0]!;
  });
  after(() => {
    stage.close();
  });

  async function counted(reasons: readonly string[]): Promise<number> {
    const { counters } = await stage.group(stage.host(1));
    return reasons.reduce((sum, reason) => sum + (counters[reason] ?? 0), 0);
  }

  /** Sends what `make` makes and waits until host 1 has counted it; nothing may have moved and nobody may have come. */
  async function sendAndExpect(reasons: readonly string[], make: () => Buffer, ttl = 255): Promise<void> {
    await stage.prober.mark('foreign');
    const before = await counted(reasons);
    const { term } = await stage.group(stage.host(1));
    stranger.send(
      Array.from({ length: COUNT }, () => make()),
      ttl,
    );
    await waitUntil(
      `counted as ${reasons.join(' or ')}`,
      async () => {
        const more = (await counted(reasons)) - before;
        return more >= COUNT
          ? null
          : `${String(more)} more: ${JSON.stringify((await stage.group(stage.host(1))).counters)}`;
      },
      BOUND_MS,
    );
    await stage.settle();
    const group = await stage.group(stage.host(1));
    assert.equal(group.term, term);
    assert.deepEqual(
      group.hosts.map(({ id }) => id),
      stage.farm.hosts.map(({ id }) => id),
    );
    const { addresses } = await stage.prober.mark('after');
    assert.ok(addresses.every(({ changes }) => changes === 0));
  }

  it('R51: random bytes change nothing and are counted', () =>
    sendAndExpect(['magic'], () => randomBytes(300)));

  it('R51: truncated frames change nothing and are counted', async () => {
    await sendAndExpect(['truncated'], () => real.subarray(0, 50));
    await sendAndExpect(['truncated'], () => real.subarray(0, -1));
  });

  it('R51: oversized frames change nothing and are counted', () =>
    sendAndExpect(['oversized'], () => Buffer.concat([real, Buffer.alloc(1401)])));

  it('R51: frames of another version change nothing and are counted', () =>
    sendAndExpect(['version'], () => altered(real, (copy) => copy.writeUInt8(9, 4))));

  it('R51: forged frames change nothing and are counted', async () => {
    await sendAndExpect(['mac'], () => altered(real, (copy) => copy.writeUInt8(copy.readUInt8(50) ^ 1, 50)));
    await sendAndExpect(['mac'], () => strange({}, Buffer.from('a key that nobody here has')));
  });

  it('R51: frames of another group change nothing and are counted', () =>
    sendAndExpect(['group'], () => strange({ group: groupTag('elsewhere') })));

  it('R51: frames that crossed a router change nothing and are counted', () =>
    sendAndExpect(['ttl'], () => strange({}), 254));

  it('R8: frames of an unknown type change nothing and are counted', () =>
    sendAndExpect(['unknown-type'], () => strange({ type: 99 })));

  it('R51: malformed frames under the right key change nothing and are counted', () =>
    sendAndExpect(['malformed'], () => strange({ incarnation: 0n })));

  it('R51: replayed frames change nothing and are counted', () =>
    sendAndExpect(['replay', 'duplicate'], () => real));

  it('R51: whoever has the key but has not named this run of the receiver is not believed', () =>
    sendAndExpect(['not-echoed'], () => strange({})));

  it('R17, R24: an acquire of a host that is not the leader changes nothing', () =>
    sendAndExpect(['not-echoed'], () =>
      strange({ type: 2, term: 1_000_000, command: Buffer.from(mappedBytes(stage.host(2).id as Address)) }),
    ));

  it('R51: a host that was started anew is not fooled by recordings of a host that is gone', async () => {
    const recordings = await stranger.capture(v4Of('ctl0', 13), COUNT, BOUND_MS);
    await stage.stop(stage.host(3));
    await stage.stop(stage.host(1));
    await stage.start(stage.host(1));
    await waitUntil(
      'recordings refused',
      async () => {
        stranger.send(recordings);
        return (await counted(['not-echoed', 'replay', 'duplicate'])) >= COUNT * 5 ? null : 'not yet';
      },
      BOUND_MS,
    );
    const seen = (await stage.group(stage.host(1))).hosts.find(({ id }) => id === stage.host(3).id);
    assert.notEqual(seen?.state, 'live');
    await stage.start(stage.host(3));
    await stage.settle();
  });
});

describe('R51: a wrong key', () => {
  it('R51: is told as such on both sides, and the host with the wrong key stays alone', () =>
    Stage.with({ hosts: 2, ...TIMING }, async (stage) => {
      const h3 = await stage.farm.addHost();
      configureHost(h3, TIMING);
      h3.daemon.writeKey(`${GROUP}.key`, 'another key than that of the farm\n');
      h3.daemon.start();
      await h3.daemon.waitForSocket();
      for (const host of [stage.host(1), h3]) {
        await stage.waitForGroup(host, 'a wrong key told', ({ problems }) =>
          problems.some((text) => /key/.test(text)),
        );
      }
      const group = await stage.group(stage.host(1));
      assert.ok(group.hosts.every(({ id }) => id !== h3.id));
    }));
});
