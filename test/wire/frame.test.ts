import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { parseAddress, type Address } from '../../src/core/address.js';
import {
  addressFromMapped,
  decodeFrame,
  encodeFrame,
  flagsFromBits,
  groupTag,
  mappedBytes,
  type Frame,
  type HeardEntry,
  type Piece,
} from '../../src/wire/frame.js';

const VECTORS = fileURLToPath(new URL('../../../test/wire/frame-vectors.txt', import.meta.url));

/** One block of the file: its first word, the rest of that line, and its other lines by their first word. */
interface Vector {
  readonly kind: string;
  readonly name: string;
  readonly lines: Map<string, string[]>;
}

function readVectors(kind: string): Vector[] {
  const vectors: Vector[] = [];
  for (const line of readFileSync(VECTORS, 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [word = '', rest = ''] = split(line);
    if (word === 'accepted' || word === 'refused')
      vectors.push({ kind: word, name: rest, lines: new Map<string, string[]>() });
    const lines = vectors.at(-1)!.lines;
    lines.set(word, [...(lines.get(word) ?? []), rest]);
  }
  return vectors.filter((vector) => vector.kind === kind);
}

function split(line: string): [string, string] {
  const space = line.indexOf(' ');
  return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
}

const line = (vector: Vector, word: string): string | undefined => vector.lines.get(word)?.[0];
const hex = (text = ''): Buffer => Buffer.from(text, 'hex');
const number = (text = ''): number => parseInt(text, 16);
const long = (text = ''): bigint => BigInt(`0x${text}`);

function frameOf(vector: Vector): Frame {
  const command = line(vector, 'command');
  return {
    type: number(line(vector, 'type')),
    flags: flagsFromBits(number(line(vector, 'flags'))),
    group: long(line(vector, 'tag')),
    hostId: addressFromMapped(hex(line(vector, 'host'))),
    incarnation: long(line(vector, 'incarnation')),
    sequence: long(line(vector, 'sequence')),
    term: number(line(vector, 'term')),
    infoVersion: number(line(vector, 'version')),
    heard: (vector.lines.get('heard') ?? []).map(heardOf),
    piece: pieceOf(line(vector, 'piece')),
    command: command === undefined ? null : hex(command),
  };
}

function heardOf(text: string): HeardEntry {
  const [host, age, incarnation, sequence] = text.split(' ');
  return {
    hostId: addressFromMapped(hex(host)),
    age: number(age),
    incarnationLow: number(incarnation),
    sequence: long(sequence),
  };
}

function pieceOf(text: string | undefined): Piece | null {
  if (text === undefined) return null;
  const [version, index, count, age, data] = text.split(' ');
  return {
    version: number(version),
    index: number(index),
    count: number(count),
    age: number(age),
    data: hex(data),
  };
}

for (const vector of readVectors('accepted')) {
  test(`golden frame: ${vector.name}`, () => {
    const [key, frame] = [hex(line(vector, 'key')), hex(line(vector, 'frame'))];
    assert.equal(encodeFrame(frameOf(vector), key).toString('hex'), frame.toString('hex'));
    assert.deepEqual(decodeFrame(frame, [key]), { frame: frameOf(vector) });
  });
}

for (const vector of readVectors('refused')) {
  test(`R51: golden forgery: ${vector.name}`, () => {
    const decoded = decodeFrame(hex(line(vector, 'frame')), [hex(line(vector, 'key'))]);
    assert.deepEqual(decoded, { refused: vector.name.split(':')[0] });
  });
}

const address = (text: string): Address => parseAddress(text)!;

const sample: Frame = {
  type: 1,
  flags: flagsFromBits(1),
  group: groupTag('web'),
  hostId: address('10.77.1.11'),
  incarnation: 1n,
  sequence: 1n,
  term: 0,
  infoVersion: 0,
  heard: [],
  piece: null,
  command: null,
};
const KEY = Buffer.from('key');

test('an IPv4 host id is mapped on the wire, an IPv6 one stands as it is', () => {
  assert.equal(mappedBytes(address('10.77.1.11')).toString('hex'), '00000000000000000000ffff0a4d010b');
  for (const text of ['10.77.1.11', 'fd00:77::11', '::1'])
    assert.equal(addressFromMapped(mappedBytes(address(text))), text);
});

test('R51: any of the keys verifies, so that keys rotate without an outage', () => {
  const frame = encodeFrame(sample, KEY);
  assert.deepEqual(decodeFrame(frame, [Buffer.from('new'), KEY]), { frame: sample });
  assert.deepEqual(decodeFrame(frame, [Buffer.from('new')]), { refused: 'mac' });
  assert.deepEqual(decodeFrame(frame, []), { refused: 'mac' });
});

test('R51: bytes of any kind are refused, whatever they look like', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1500 }), fc.boolean(), (bytes, headed) => {
      const datagram = headed ? Buffer.concat([Buffer.from('RAIS\x01'), bytes]) : bytes;
      assert.ok('refused' in decodeFrame(datagram, [KEY]));
    }),
  );
});

test('what is encoded is decoded to the same', () => {
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const u64 = fc.bigInt({ min: 1n, max: (1n << 64n) - 1n });
  const host = fc.constantFrom('10.77.1.11', '10.77.1.12', 'fd00:77::11').map(address);
  const entry = fc.record(
    {
      hostId: host,
      age: fc.integer({ min: 0, max: 65_535 }),
      incarnationLow: u32,
      sequence: u64,
    },
    { noNullPrototype: true },
  );
  const frame = fc.record(
    {
      flags: fc.integer({ min: 0, max: 15 }).map(flagsFromBits),
      hostId: host,
      incarnation: u64,
      sequence: u64,
      term: u32,
      infoVersion: u32,
      heard: fc.array(entry, { maxLength: 15 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(frame, (parts) => {
      const whole = { ...sample, ...parts };
      assert.deepEqual(decodeFrame(encodeFrame(whole, KEY), [KEY]), { frame: whole });
    }),
  );
});
