import assert from 'node:assert/strict';
import { test } from 'node:test';
import { highestLoad } from '../../src/core/highest-load.js';

test('R38: of several load objects the highest utilization counts, the first of equals', () => {
  const [half, third, whole] = [
    { load: 500, capacity: 1000 },
    { load: 1, capacity: 3 },
    { load: 4_294_967_295, capacity: 4_294_967_295 },
  ];
  assert.equal(highestLoad([half, third]), half);
  assert.equal(highestLoad([third, half, whole]), whole);
  assert.equal(highestLoad([half, { load: 1, capacity: 2 }]), half);
});

test('R38: a capacity of 0 is no measurement', () => {
  assert.equal(highestLoad([]), null);
  assert.equal(highestLoad([{ load: 7, capacity: 0 }]), null);
});
