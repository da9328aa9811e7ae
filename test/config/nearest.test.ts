import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearest } from '../../src/config/nearest.js';

test('the distance counts insertions, removals, replacements and swaps', () => {
  assert.deepEqual(
    [
      ['', 'abc'],
      ['kitten', 'sitting'],
      ['http', 'htpp'],
      ['abcd', 'acbd'],
      ['same', 'same'],
    ].map(([from = '', to = '']) => editDistance(from, to)),
    [3, 3, 1, 1, 0],
  );
});

test('the distance is symmetric, and 0 only for equals', () => {
  const word = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, (a, b) => {
      assert.equal(editDistance(a, b), editDistance(b, a));
      assert.equal(editDistance(a, b) === 0, a === b);
      assert(editDistance(a, b) <= Math.max(a.length, b.length));
    }),
  );
});

test('the nearest word is the one that was probably meant, in whatever style it was written', () => {
  const keys = ['heartbeat', 'high-water', 'low-water', 'orphan-timeout', 'tests'];
  assert.deepEqual(
    ['hartbeat', 'highWater', 'LOW_WATER', 'orphantimeout', 'test'].map((word) => nearest(word, keys)),
    ['heartbeat', 'high-water', 'low-water', 'orphan-timeout', 'tests'],
  );
});

test('a word that resembles nothing has no nearest', () => {
  assert.equal(nearest('xyzzy', ['heartbeat', 'tests']), null);
  assert.equal(nearest('a', ['b']), null);
  assert.equal(nearest('x'.repeat(1000), ['x']), null);
});
