import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../../src/core/time.js';
import type { Role } from '../../src/ipc/supervisor-messages.js';
import {
  Pulse,
  ROLE_PERIOD,
  rhythmOf,
  STAND_IN_PERIOD,
  STAND_IN_RHYTHM,
} from '../../src/supervisor/pulse.js';

const START = 10_000;

class Process {
  readonly role: Role;
  heardAt = instant(START);
  turns = false;

  constructor(role: Role) {
    this.role = role;
  }

  hasTurned(): boolean {
    return this.turns;
  }
}

const pulseOf = (): Pulse<Process> => new Pulse<Process>(ROLE_PERIOD, rhythmOf, instant(START));

/** How long after its last sign of life a process that shows none any more is found, if it is looked at once a period. */
function foundAfter(pulse: Pulse<Process>, period: number, process: Process, from = START): number {
  for (let now = from + period; ; now += period)
    if (pulse.look([process], instant(now)).hanging.length > 0) return now - from;
}

test('R52: who says nothing for too long hangs, and nobody else; each is asked meanwhile', () => {
  const pulse = pulseOf();
  const [silent, busy] = [new Process('network'), new Process('control')];
  for (let now = START + ROLE_PERIOD; now < START + 1000; now += ROLE_PERIOD) {
    const { silent: asked, hanging } = pulse.look([silent, busy], instant(now));
    assert.deepEqual([asked, hanging], [[silent, busy], []]);
    // It answers.
    busy.heardAt = instant(now + 5);
  }
  assert.deepEqual(pulse.look([silent, busy], instant(START + 1000)).hanging, [silent]);
});

test('R52: who turns is not asked, whatever it says; when it stands still it is asked, and found a second later', () => {
  const pulse = pulseOf();
  const network = new Process('network');
  network.turns = true;
  let now = START;
  while (now < START + 60_000) {
    now += ROLE_PERIOD;
    assert.deepEqual(pulse.look([network], instant(now)), { silent: [], hanging: [] });
  }
  network.turns = false;
  assert.deepEqual(pulse.look([network], instant(now + ROLE_PERIOD)), { silent: [network], hanging: [] });
  assert.equal(foundAfter(pulse, ROLE_PERIOD, network, now + ROLE_PERIOD) + ROLE_PERIOD, 1000);
});

test('R52: timers that ring a little early or late do not put off when a process is found', () => {
  for (const drift of [-2, 0, 2]) {
    const network = new Process('network');
    const found = foundAfter(pulseOf(), ROLE_PERIOD + drift, network);
    // A renewal of lifetimes, half a second before the process froze at the most, holds for two seconds.
    assert.ok(found >= 990 && found <= 1010, String(found));
  }
});

test('R52: scripts, which turns twice a second by itself, is not asked in between, and has as long to answer', () => {
  const pulse = pulseOf();
  const scripts = new Process('scripts');
  for (let now = START + ROLE_PERIOD; now < START + 500; now += ROLE_PERIOD)
    assert.deepEqual(pulse.look([scripts], instant(now)).silent, []);
  assert.deepEqual(pulse.look([scripts], instant(START + 600)).silent, [scripts]);
  assert.equal(foundAfter(pulse, ROLE_PERIOD, scripts, START + 600) + 600, 1400);
});

test('R52: while the supervisor stood still itself nobody was silent', () => {
  const pulse = pulseOf();
  const role = new Process('heartbeat');
  assert.deepEqual(pulse.look([role], instant(START + 60_000)).hanging, []);
  assert.equal(foundAfter(pulse, ROLE_PERIOD, role, START + 60_000), 1000 - ROLE_PERIOD);
});

test('R53: a stand-in that answers each of its rarer questions never hangs, and one that answers none does', () => {
  const pulse = new Pulse<Process>(STAND_IN_PERIOD, () => STAND_IN_RHYTHM, instant(START));
  const [silent, slow] = [new Process('control'), new Process('network')];
  for (let now = START + STAND_IN_PERIOD; now < START + 3000; now += STAND_IN_PERIOD) {
    assert.deepEqual(pulse.look([silent, slow], instant(now)).hanging, []);
    // It is heard just before the next question.
    slow.heardAt = instant(now + STAND_IN_PERIOD - 1);
  }
  assert.deepEqual(pulse.look([silent, slow], instant(START + 3000)).hanging, [silent]);
});
