import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { instant, milliseconds, NO_DEADLINE } from '../../src/core/time.js';
import { Leases } from '../../src/network/leases.js';

const at = instant;
const ms = milliseconds;

suite('leases', () => {
  test('R52: a lease runs out when it was not renewed, and that is told once', () => {
    const leases = new Leases();
    leases.renew('web', at(1000), ms(80), at(1000));
    assert.ok(leases.isRunning('web', at(1079.9)));
    assert.deepEqual(leases.takeEnded(at(1079.9)), []);
    assert.equal(leases.isRunning('web', at(1080)), false, 'over, whether or not anybody looked');
    assert.deepEqual(leases.takeEnded(at(1080)), ['web']);
    assert.deepEqual(leases.takeEnded(at(1081)), []);
    assert.ok(leases.hasEnded('web'));
  });

  test('R52: a renewal counts from when control sent it, not from when it was read', () => {
    const leases = new Leases();
    leases.renew('web', at(1000), ms(80), at(1000));
    leases.takeEnded(at(6000));
    leases.renew('web', at(1010), ms(80), at(6000));
    assert.equal(leases.isRunning('web', at(6000)), false);
    assert.ok(leases.hasEnded('web'));
    leases.renew('web', at(5990), ms(80), at(6000));
    assert.equal(leases.nextEnd(), 6070);
    assert.equal(leases.hasEnded('web'), false);
  });

  test('R52: a first lease is granted only where none runs, and never shortens or lengthens one', () => {
    const leases = new Leases();
    leases.grant('web', ms(80), at(1000));
    leases.grant('web', ms(500), at(1010));
    assert.equal(leases.nextEnd(), 1080);
  });

  test('R3: the leases of groups are independent; the next end is the earliest', () => {
    const leases = new Leases();
    leases.renew('web', at(1000), ms(80), at(1000));
    leases.renew('mail', at(1000), ms(50), at(1000));
    assert.equal(leases.nextEnd(), 1050);
    assert.deepEqual(leases.takeEnded(at(1060)), ['mail']);
    assert.ok(leases.isRunning('web', at(1060)));
    leases.keep(new Set(['mail']));
    assert.equal(leases.nextEnd(), NO_DEADLINE);
    assert.ok(leases.hasEnded('mail'));
  });
});
