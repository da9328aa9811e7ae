// R51: senders of refused frames are told to the operator, whatever a stranger makes of that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefusedSenders, refusalSentence, SENDER_KEPT } from '../../src/control/refused-senders.js';
import { instant } from '../../src/core/time.js';
import { A, B, C, crowd } from '../core/builders.js';

const at = (milliseconds: number) => instant(1e6 + milliseconds);

test('R51: a sender of another key is told once, as long as it goes on', () => {
  const refused = new RefusedSenders();
  assert.equal(refused.note('wrong-key', A, at(0)), A);
  for (let passed = 1000; passed < 10 * SENDER_KEPT; passed += 1000)
    assert.equal(refused.note('wrong-key', A, at(passed)), null);
});

test('R51: one that was away for a minute is told again, and is no problem meanwhile', () => {
  const refused = new RefusedSenders();
  refused.note('wrong-key', A, at(0));
  assert.deepEqual(refused.all(at(SENDER_KEPT)), [['wrong-key', A]]);
  assert.deepEqual(refused.all(at(SENDER_KEPT + 1)), []);
  assert.equal(refused.note('wrong-key', A, at(2 * SENDER_KEPT)), A);
});

test('R51: of one reason there is a record a minute at the most, with those that came meanwhile', () => {
  const refused = new RefusedSenders();
  assert.equal(refused.note('wrong-key', A, at(0)), A);
  assert.equal(refused.note('own-id', A, at(0)), A);
  assert.equal(refused.note('wrong-key', B, at(1)), null);
  assert.equal(refused.note('wrong-key', C, at(2)), null);
  assert.equal(refused.note('wrong-key', A, at(SENDER_KEPT - 1)), null);
  assert.equal(refused.note('wrong-key', C, at(SENDER_KEPT)), `${A}, ${B}, ${C}`);
  assert.equal(refused.note('wrong-key', B, at(SENDER_KEPT + 1)), null);
});

test('R51: a stranger with thousands of addresses is eight of them and others, and makes a record a minute', () => {
  const refused = new RefusedSenders();
  const records = crowd(2000).flatMap(
    (source, index) => refused.note('wrong-key', source, at(index * 100)) ?? [],
  );
  assert.equal(records.length, 4);
  const [, told = ''] = refused.all(at(200_000))[0] ?? [];
  assert.match(told, /^([\d.]+, ){7}[\d.]+ and others$/);
});

test('R51: the sentence names the senders and says what to do', () => {
  assert.match(
    refusalSentence('wrong-key', A, 'web', B),
    /^web: 10\.77\.1\.11 sends with another key .*: its messages/,
  );
  assert.match(
    refusalSentence('wrong-key', `${A}, ${C}`, 'web', B),
    /10\.77\.1\.13 send with .*: their messages/,
  );
  assert.equal(
    refusalSentence('own-id', A, 'web', B),
    `web: ${A} sends with the host id of this host, ${B}; give one of them another id`,
  );
});
