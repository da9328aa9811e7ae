import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { AddressOperation, AddressRequest, RequestSocket } from '../../src/network/addon.js';
import { AddressWriter, type Outcome } from '../../src/network/address-writer.js';
import type { Placement } from '../../src/network/placement.js';
import { waitUntil } from '../farm/wait.js';
import { serviceAddress } from './addressing.js';

const ECANCELED = 125;
const BOUND_MS = 60_000;

/** A kernel that takes 2 ms for each IPv6 address, and notes what it was asked for. */
class SlowRequests implements RequestSocket {
  readonly calls: [AddressOperation, number][] = [];

  apply(operation: AddressOperation, requests: readonly AddressRequest[]): number[] {
    const v6 = requests.filter(({ address }) => address.length === 16).length;
    const end = performance.now() + 2 * v6;
    while (performance.now() < end);
    this.calls.push([operation, requests.length]);
    return requests.map(() => 0);
  }

  dump(): never[] {
    return [];
  }
}

const placement = (address: string): Placement => ({
  group: 'web',
  interface: 'svc0',
  index: 2,
  address: serviceAddress(address),
});
const v6 = (count: number, subnet: string): Placement[] =>
  Array.from({ length: count }, (_, i) => placement(`fd00:${subnet}::${(i + 1).toString(16)}`));

suite('address writer', () => {
  test('IPv4 addresses go out in one write, however many', () => {
    const requests = new SlowRequests();
    const answers: [number, boolean][] = [];
    new AddressWriter(requests).write(
      'add',
      Array.from({ length: 250 }, (_, i) => placement(`10.0.0.${String(i)}`)),
      (outcomes, done) => answers.push([outcomes.length, done]),
    );
    assert.deepEqual(requests.calls, [['add', 250]]);
    assert.deepEqual(answers, [[250, true]]);
  });

  test('a large IPv6 batch leaves the turn to others after a few milliseconds, and a small one overtakes it', async () => {
    const writer = new AddressWriter(new SlowRequests());
    let large = 0;
    let turns = 0;
    writer.write('add', v6(40, '1'), (outcomes, done) => {
      large += outcomes.length;
      turns++;
      assert.equal(done, large === 40);
    });
    assert.ok(large > 0 && large <= 8, `${String(large)} in the first turn`);
    let small = 0;
    writer.write('add', v6(1, '2'), (outcomes) => (small += outcomes.length));
    assert.equal(small, 1);
    await waitUntil('the large batch', () => (large === 40 ? null : String(large)), BOUND_MS);
    assert.ok(turns >= 5, `${String(turns)} turns`);
  });

  test('R52: a removal takes the place of what still waits for the same address', async () => {
    const requests = new SlowRequests();
    const writer = new AddressWriter(requests);
    const many = v6(40, '1');
    const added: Outcome[] = [];
    writer.write('add', many, (outcomes) => added.push(...outcomes));
    let removed = false;
    writer.write('remove', many.slice(-1), (_, done) => (removed = done));
    assert.ok(removed);
    assert.deepEqual(
      added.filter(({ errno }) => errno !== 0),
      [{ placement: many.at(-1), errno: ECANCELED }],
    );
    await waitUntil('the others', () => (added.length === 40 ? null : String(added.length)), BOUND_MS);
    assert.equal(
      requests.calls.filter(([operation]) => operation === 'add').reduce((sum, [, count]) => sum + count, 0),
      39,
    );
  });

  test('R52: at the end of the process everything is removed before the call returns, IPv4 first', () => {
    const requests = new SlowRequests();
    const outcomes = new AddressWriter(requests).removeNow([...v6(5, '1'), placement('10.0.0.1')]);
    assert.deepEqual(requests.calls, [['remove', 6]]);
    assert.equal(outcomes[0]?.placement.address, '10.0.0.1');
  });
});
