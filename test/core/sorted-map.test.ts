import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareAddresses, type Address } from '../../src/core/address.js';
import { SortedMap } from '../../src/core/sorted-map.js';
import { address } from './builders.js';

const some = ['10.0.0.9', '10.0.0.10', 'fd00::1', '9.0.0.1'].map(address);

test('what is kept by address is in numeric order after every change', () => {
  const map = new SortedMap<Address, string>();
  for (const key of some) {
    map.set(key, `is ${key}`);
    assert.deepEqual(map.keys(), [...map.keys()].sort(compareAddresses));
    assert.deepEqual(
      map.values(),
      map.keys().map((each) => map.get(each)),
    );
  }
  assert.equal(map.size, some.length);
  assert.deepEqual(map.keys(), ['9.0.0.1', '10.0.0.9', '10.0.0.10', 'fd00::1']);
  assert.ok(map.delete(address('10.0.0.9')));
  assert.ok(!map.delete(address('10.0.0.9')));
  assert.deepEqual(map.values(), ['is 9.0.0.1', 'is 10.0.0.10', 'is fd00::1']);
});

test('a new value takes the place of the old one', () => {
  const map = new SortedMap<Address, number>().set(address('10.0.0.1'), 1);
  assert.deepEqual(map.values(), [1]);
  map.set(address('10.0.0.1'), 2);
  assert.deepEqual(map.values(), [2]);
});

test('what was handed out before a change stays as it was', () => {
  const map = new SortedMap<Address, number>();
  for (const [index, key] of some.entries()) map.set(key, index);
  let seen = 0;
  for (const key of map.keys()) {
    map.delete(key);
    seen += 1;
  }
  assert.equal(seen, some.length);
  assert.equal(map.size, 0);
});
