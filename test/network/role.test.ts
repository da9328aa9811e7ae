import './own-namespace.js';

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test, type TestContext } from 'node:test';
import { waitUntil } from '../farm/wait.js';
import { placed } from './addressing.js';
import { NetworkRole } from './role-fixture.js';
import { ip, isShown, Segment } from './segment.js';

const BOUND_MS = 60_000;
/** CAP_NET_ADMIN and CAP_NET_RAW. */
const CAPABILITIES = (1 << 12) | (1 << 13);

suite('the network role as a process', () => {
  let segment: Segment;

  before(async () => {
    segment = await Segment.create();
  });
  after(() => segment.close());

  const start = async (t: TestContext): Promise<NetworkRole> => {
    const role = await NetworkRole.start();
    t.after(() => role.end());
    return role;
  };

  test('it does all its work with CAP_NET_ADMIN and CAP_NET_RAW alone', async (t) => {
    const role = await start(t);
    const status = readFileSync(`/proc/${String(role.process.pid)}/status`, 'utf8');
    for (const set of ['CapEff', 'CapPrm', 'CapBnd']) {
      assert.equal(
        parseInt(new RegExp(`^${set}:\\s+(\\w+)$`, 'm').exec(status)?.[1] ?? '', 16),
        CAPABILITIES,
        set,
      );
    }
    const control = role.attach();
    await control.wait('link', ({ up }) => up);
    segment.peerIp(['addr add 10.77.0.21/32 dev svc0']);
    role.lease({ web: 60_000 });
    control.say({ kind: 'adopt', addresses: [placed('10.77.0.11'), placed('fd00:77::11')] });
    const { results } = await control.wait('adopted');
    assert.deepEqual(
      results.map(({ error }) => error),
      [null, null],
    );
    control.say({ kind: 'probe', addresses: [placed('10.77.0.21')] });
    await control.wait('answers');
    control.say({ kind: 'remove', addresses: [placed('10.77.0.11')] });
    await control.wait('removed');
    assert.deepEqual([isShown('10.77.0.11'), isShown('fd00:77::11')], [false, true]);
  });

  test('R52, R55: when the supervisor is gone control may go on; when it is gone too, all is removed and the process ends', async (t) => {
    const role = await start(t);
    const control = role.attach();
    control.say({ kind: 'adopt', addresses: [] });
    role.lease({ web: 60_000 });
    ip(['addr replace 10.77.0.31/32 dev svc0']);
    control.say({ kind: 'add', addresses: [placed('10.77.0.11'), placed('fd00:77::11')] });
    await control.wait('added', () => isShown('10.77.0.11') && isShown('fd00:77::11'));
    role.process.close();
    control.say({ kind: 'add', addresses: [placed('10.77.0.12')] });
    await control.wait('added', () => isShown('10.77.0.12'));
    assert.ok(isShown('10.77.0.11'));
    control.close();
    assert.equal(await role.ended(), 'exit code 0');
    assert.deepEqual(
      ['10.77.0.11', 'fd00:77::11', '10.77.0.31'].map((address) => isShown(address)),
      [false, false, true],
    );
  });

  test('R52, R53: without control the addresses stay until the lease ends; a new control process says what is wanted', async (t) => {
    const role = await start(t);
    const first = role.attach();
    first.say({ kind: 'adopt', addresses: [] });
    role.lease({ web: 15_000, mail: 500 });
    first.say({ kind: 'add', addresses: [placed('10.77.0.11'), placed('10.77.0.12', 'svc0', 'mail')] });
    await first.wait('added');
    first.close();
    // What ended is gone, what has not is still there.
    await waitUntil('the end of a lease', () => (isShown('10.77.0.12') ? 'still there' : null), BOUND_MS);
    assert.ok(isShown('10.77.0.11'));
    const second = role.attach();
    await second.wait('link');
    second.say({ kind: 'adopt', addresses: [placed('10.77.0.11')] });
    await second.wait('adopted');
    assert.ok(isShown('10.77.0.11'));
    second.say({ kind: 'adopt', addresses: [] });
    await waitUntil('an empty interface', () => (isShown('10.77.0.11') ? 'still there' : null), BOUND_MS);
  });

  test('R53: a network process that was killed leaves the addresses to the next one', async (t) => {
    const first = await start(t);
    const second = await start(t);
    const control = first.attach();
    first.lease({ web: 60_000 });
    second.lease({ web: 60_000 });
    control.say({ kind: 'adopt', addresses: [placed('10.77.0.11'), placed('fd00:77::11')] });
    await control.wait('adopted');
    first.process.kill();
    assert.equal(await first.ended(), 'signal SIGKILL');
    assert.ok(isShown('10.77.0.11') && isShown('fd00:77::11'));
    const again = second.attach();
    again.say({ kind: 'adopt', addresses: [placed('10.77.0.11')] });
    await again.wait('adopted');
    assert.deepEqual([isShown('10.77.0.11'), isShown('fd00:77::11')], [true, false]);
  });

  test('a control process that sends nonsense ends the role, which says why', async (t) => {
    const role = await start(t);
    const control = role.attach();
    control.say({ kind: 'nonsense' } as never);
    assert.equal(await role.ended(), 'exit code 1');
    const failed = role.said.find(({ kind }) => kind === 'failed');
    assert.match(JSON.stringify(failed), /control sent \\"nonsense\\"/);
  });
});
