import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../../src/core/time.js';
import { Pulse, ROLE_RHYTHM, STAND_IN_RHYTHM } from '../../src/supervisor/pulse.js';

const START = 10_000;
const { period: PULSE_PERIOD, hangsAfter: HANGS_AFTER } = ROLE_RHYTHM;

test('R52: who says nothing for too long hangs, and nobody else', () => {
  const pulse = new Pulse(ROLE_RHYTHM, instant(START));
  const [silent, busy] = [{ heardAt: instant(START) }, { heardAt: instant(START) }];
  for (let now = START + PULSE_PERIOD; now < START + HANGS_AFTER; now += PULSE_PERIOD) {
    assert.deepEqual(pulse.check([silent, busy], instant(now)), []);
    busy.heardAt = instant(now);
  }
  const found = pulse.check([silent, busy], instant(START + HANGS_AFTER));
  assert.equal(found.length, 1);
  assert.equal(found[0], silent);
});

test('R52: while the supervisor stood still itself nobody was silent', () => {
  const pulse = new Pulse(ROLE_RHYTHM, instant(START));
  const role = { heardAt: instant(START) };
  assert.deepEqual(pulse.check([role], instant(START + 60_000)), []);
  assert.deepEqual(pulse.check([role], instant(START + 60_000 + PULSE_PERIOD)), []);
  const end = START + 60_000 + HANGS_AFTER;
  let found: unknown[] = [];
  for (let now = START + 60_000 + 2 * PULSE_PERIOD; now <= end; now += PULSE_PERIOD)
    found = pulse.check([role], instant(now));
  assert.deepEqual(found, [role]);
});

test('R53: a stand-in that answers each of its rarer questions never hangs, and one that answers none does', () => {
  const { period, hangsAfter } = STAND_IN_RHYTHM;
  const pulse = new Pulse(STAND_IN_RHYTHM, instant(START));
  const [silent, slow] = [{ heardAt: instant(START) }, { heardAt: instant(START) }];
  for (let now = START + period; now < START + hangsAfter; now += period) {
    assert.deepEqual(pulse.check([silent, slow], instant(now)), []);
    // It is heard just before the next question.
    slow.heardAt = instant(now + period - 1);
  }
  assert.deepEqual(pulse.check([silent, slow], instant(START + hangsAfter)), [silent]);
});
