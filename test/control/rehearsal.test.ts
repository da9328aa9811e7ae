import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rehearsal, ROUNDS } from '../../src/control/rehearsal.js';

test('R59: a rehearsed group loses each of its hosts, and ends as it began', () => {
  const rehearsal = new Rehearsal().run(ROUNDS);
  assert.deepEqual(rehearsal.serving(), [
    '198.51.100.1 online on 192.0.2.1',
    '198.51.100.2 online on 192.0.2.2',
    '198.51.100.3 online on 192.0.2.3',
  ]);
  assert.equal(rehearsal.takeovers, 3 * ROUNDS);
});
