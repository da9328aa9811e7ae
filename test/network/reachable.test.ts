import './own-namespace.js';

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { run } from '../farm/command.js';
import { placed } from './addressing.js';
import { KeeperFixture } from './keeper-fixture.js';
import { ip, Segment } from './segment.js';

/** Longer than the kernel needs to deliver a datagram, and shorter than the scheduler lets a real-time thread run alone. */
const BOUND_MS = 300;
/** The daemon's own local routes, as `ip` prints the number of their protocol. */
const ROUTE_PROTOCOL = '82';

const localRoutes = (address: string): string[] =>
  run('ip', ['-6', 'route', 'show', 'table', 'local', 'exact', address]).split('\n').filter(Boolean);
const ownRoutes = (address: string): string[] =>
  localRoutes(address).filter((line) => line.includes(`proto ${ROUTE_PROTOCOL} `));

/** Runs `act` while nothing that is not of real time runs on the processor of the main thread: no kernel worker either. */
async function alone(act: () => Promise<void>): Promise<void> {
  const id = String(process.pid);
  const allowed = /: (\S+)$/.exec(run('taskset', ['-cp', id]).trim())?.[1] ?? '0';
  run('taskset', ['-cp', parseInt(allowed, 10).toString(), id]);
  run('chrt', ['-f', '-p', '50', id]);
  try {
    await act();
  } finally {
    run('chrt', ['-o', '-p', '0', id]);
    run('taskset', ['-cp', allowed, id]);
  }
}

suite('IPv6 addresses are reachable', () => {
  let segment: Segment;
  let fixture: KeeperFixture;

  before(async () => {
    segment = await Segment.create();
    fixture = new KeeperFixture().begin();
  });
  after(async () => {
    fixture.keeper.removeAll();
    await segment.close();
  });

  test('R50: at once, before the kernel’s work queue has run; not any more once they were removed', async () => {
    const server = createSocket('udp6').bind(0, '::');
    await once(server, 'listening');
    const client = createSocket('udp6').bind(0, '::');
    await once(client, 'listening');
    let received = 0;
    server.on('message', () => (received += 1));
    const wait = async (): Promise<void> => {
      // The event loop never sleeps meanwhile, so that the work queue gets no turn on this processor.
      for (const end = Date.now() + BOUND_MS; received === 0 && Date.now() < end;)
        await new Promise((resolve) => setImmediate(resolve));
    };
    await alone(async () => {
      fixture.say({ kind: 'add', addresses: [placed('fd00:77::11')] });
      client.send('?', server.address().port, 'fd00:77::11', () => undefined);
      await wait();
    });
    assert.equal(received, 1);
    assert.equal(ownRoutes('fd00:77::11').length, 1);
    fixture.say({ kind: 'remove', addresses: [placed('fd00:77::11')] });
    assert.deepEqual(localRoutes('fd00:77::11'), []);
    client.close();
    server.close();
  });

  test('R52: by a route of ours for a second only, and only where they could be added', () => {
    fixture.say({ kind: 'add', addresses: [placed('fd00:77::12')] });
    assert.match(ownRoutes('fd00:77::12')[0] ?? '', / metric 1024 expires [01]sec /);
    ip(['addr add fd00:77::13/128 dev svc0 nodad']);
    fixture.say({ kind: 'add', addresses: [placed('fd00:77::13')] });
    assert.deepEqual(ownRoutes('fd00:77::13'), []);
  });
});
