// R9: snapshots arrive in pieces, in any order and more than once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HostId } from '../../src/core/address.js';
import type { Information } from '../../src/core/host-information.js';
import { instant } from '../../src/core/time.js';
import { Assembler } from '../../src/control/assembler.js';
import { WireError } from '../../src/wire/bytes.js';
import { encodeSnapshot } from '../../src/wire/snapshot.js';
import { A, B, C, D, hostInformation } from '../core/builders.js';

const AT = instant(5000);

const informationOf = (id: HostId, load = 0): Information => ({
  host: hostInformation(id, { load, preferred: [B, C, D], failures: ['one', 'two', 'three'] }),
  others: [],
  addresses: [],
});

interface Piece {
  readonly hostId: HostId;
  readonly incarnation: bigint;
  readonly receivedAt: typeof AT;
  readonly body: Buffer;
}

/** A snapshot cut into pieces of `size` bytes, as the heartbeat process cuts it. */
function pieces(
  information: Information,
  options: { id?: HostId; version?: number; incarnation?: bigint; age?: number; size?: number } = {},
): Piece[] {
  const { id = A, version = 1, incarnation = 1n, age = 0, size = 24 } = options;
  const bytes = encodeSnapshot(information);
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => {
    const head = Buffer.alloc(12);
    head.writeUInt32BE(version, 0);
    head.writeUInt16BE(index, 4);
    head.writeUInt16BE(count, 6);
    head.writeUInt32BE(age, 8);
    const body = Buffer.concat([head, bytes.subarray(index * size, (index + 1) * size)]);
    return { hostId: id, incarnation, receivedAt: AT, body };
  });
}

const feed = (assembler: Assembler, arriving: readonly Piece[]) =>
  arriving.map((piece) => assembler.add(piece)).filter((whole) => whole !== null);

test('R9: a snapshot is whole when its last piece is there, and only once', () => {
  const sent = pieces(informationOf(A));
  assert.ok(sent.length > 3);
  const assembler = new Assembler();
  assert.deepEqual(feed(assembler, sent.slice(0, -1)), []);
  assert.deepEqual(feed(assembler, sent.slice(-1))[0]?.information, informationOf(A));
  assert.deepEqual(feed(assembler, sent), []);
});

test('R9: pieces may come in any order and more than once', () => {
  const sent = pieces(informationOf(A));
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...sent.keys(), ...sent.keys()], {
        minLength: 2 * sent.length,
        maxLength: 2 * sent.length,
      }),
      (order) => {
        const whole = feed(
          new Assembler(),
          order.map((index) => sent[index]!),
        );
        assert.deepEqual(
          whole.map((each) => each.information),
          [informationOf(A)],
        );
      },
    ),
  );
});

test('R12: the information was true when the snapshot was made: its age counts back from the receipt', () => {
  const whole = feed(new Assembler(), pieces(informationOf(A), { age: 300 }));
  assert.equal(whole[0]?.at, AT - 300);
});

test('R9: a newer snapshot takes the place of one that is not whole yet', () => {
  const assembler = new Assembler();
  feed(assembler, pieces(informationOf(A, 1), { version: 1 }).slice(0, 2));
  const whole = feed(assembler, pieces(informationOf(A, 2), { version: 2 }));
  assert.equal(whole[0]?.information.host.load, 2);
});

test('R9: pieces of an older snapshot than the newest known are dropped', () => {
  const assembler = new Assembler();
  feed(assembler, pieces(informationOf(A, 2), { version: 2 }).slice(0, 1));
  assert.deepEqual(feed(assembler, pieces(informationOf(A, 1), { version: 1 })), []);
  assert.equal(
    feed(assembler, pieces(informationOf(A, 2), { version: 2 }).slice(1))[0]?.information.host.load,
    2,
  );
});

test('R9: versions wrap around', () => {
  const assembler = new Assembler();
  feed(assembler, pieces(informationOf(A, 1), { version: 0xffff_ffff }));
  assert.equal(feed(assembler, pieces(informationOf(A, 2), { version: 1 })).length, 1);
  assert.deepEqual(feed(assembler, pieces(informationOf(A, 3), { version: 0xffff_fffe })), []);
});

test('R9: a host that was started anew begins with any version', () => {
  const assembler = new Assembler();
  feed(assembler, pieces(informationOf(A, 1), { version: 900 }));
  assert.equal(feed(assembler, pieces(informationOf(A, 2), { version: 3, incarnation: 2n })).length, 1);
});

test('R9: the pieces of two hosts do not mix', () => {
  const assembler = new Assembler();
  const ofA = pieces(informationOf(A));
  const ofB = pieces(informationOf(B), { id: B });
  const whole = feed(
    assembler,
    ofA.flatMap((piece, index) => [piece, ofB[index]!]),
  );
  assert.deepEqual(
    whole.map((each) => each.information.host.id),
    [A, B],
  );
});

test('R51: a piece that is out of range, or too short to be one, is refused', () => {
  const [piece] = pieces(informationOf(A));
  const broken = (change: (body: Buffer) => Buffer): Piece => ({
    ...piece!,
    body: change(Buffer.from(piece!.body)),
  });
  const set = (at: number, value: number) => (body: Buffer) => {
    body.writeUInt16BE(value, at);
    return body;
  };
  for (const change of [set(6, 0), set(6, 65), set(4, 60), (body: Buffer) => body.subarray(0, 11)])
    assert.throws(() => new Assembler().add(broken(change)), WireError);
});

test('R51: pieces of one snapshot that disagree on their number are refused', () => {
  const assembler = new Assembler();
  feed(assembler, pieces(informationOf(A)).slice(0, 1));
  const others = pieces(informationOf(A), { size: 40 });
  assert.throws(() => assembler.add(others[0]!), WireError);
});

test('R51: information in another host’s name is refused', () => {
  assert.throws(
    () => feed(new Assembler(), pieces(informationOf(B), { id: A })),
    /information of another host/,
  );
});

test('R51: a whole that cannot be read is refused, and the next one is read', () => {
  const assembler = new Assembler();
  const broken = pieces(informationOf(A)).map((piece, index) =>
    index === 0
      ? {
          ...piece,
          body: Buffer.concat([piece.body.subarray(0, 12), Buffer.from([99]), piece.body.subarray(13)]),
        }
      : piece,
  );
  assert.throws(() => feed(assembler, broken), WireError);
  assert.equal(feed(assembler, pieces(informationOf(A), { version: 2 })).length, 1);
});

test('R51: whatever arrives, only a WireError comes out', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 20 }), (bodies) => {
      const assembler = new Assembler();
      for (const body of bodies) {
        try {
          assembler.add({ hostId: A, incarnation: 1n, receivedAt: AT, body: Buffer.from(body) });
        } catch (error) {
          assert.ok(error instanceof WireError, String(error));
        }
      }
    }),
  );
});
