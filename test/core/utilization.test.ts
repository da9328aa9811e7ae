// R37: utilization as the source document divides it, compared with big integers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { markOnScale, utilization } from '../../src/core/utilization.js';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

test('R37: utilization is load × scaling factor ÷ capacity as an integer, exact over all unsigned 32-bit numbers', () => {
  fc.assert(
    fc.property(
      u32,
      fc.integer({ min: 1, max: 0xffff_ffff }),
      fc.integer({ min: 100, max: 1000 }),
      (load, capacity, scale) => {
        const exact = (BigInt(load) * BigInt(scale)) / BigInt(capacity);
        assert.equal(utilization(load, capacity, scale), Number(exact));
      },
    ),
    {
      examples: [
        [0xffff_ffff, 1, 1000],
        [0xffff_ffff, 0xffff_ffff, 1000],
      ],
    },
  );
});

test('R37: a capacity of 0 gives no utilization, whatever the load is', () => {
  assert.equal(utilization(0, 0, 100), null);
  assert.equal(utilization(7, 0, 1000), null);
});

test('R38: a water mark in percent is compared on the scale of the utilization', () => {
  assert.equal(markOnScale(80, 1000), 800);
  // 80.5 of 100 is above 80 percent on the scale 1000, and cut to 80 on the scale 100.
  assert.ok((utilization(805, 1000, 1000) ?? 0) > markOnScale(80, 1000));
  assert.ok(!((utilization(805, 1000, 100) ?? 0) > markOnScale(80, 100)));
});
