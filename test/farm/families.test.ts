// IPv6 in both places, and groups that do without multicast.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { hostOctet, v4Of, v6Of } from './addressing.js';
import { bothFamilies } from './both-families.js';
import { GROUP, GROUP_PORT } from './configuration.js';
import type { Host } from './host.js';
import { BOUND_MS, Stage, TIMING } from './stage.js';
import type { StageOptions } from './stage.js';
import type { HostStatus } from '../../src/ipc/operator-messages.js';

const on = (options: Partial<StageOptions>, test: (stage: Stage) => Promise<void>): Promise<void> =>
  Stage.with({ hosts: 3, ...TIMING, ...options }, test);

describe('address families and unicast on the farm', () => {
  it('R50: IPv4 and IPv6 addresses of one host move together, and the client’s neighbour cache follows', () =>
    on(bothFamilies(), async (stage) => {
      const [h1, h2, h3] = stage.farm.hosts as [Host, Host, Host];
      stage.lose(h3);
      for (const address of [h3.preferred, h3.preferred6]) await stage.waitForAnswer(address, [h1, h2]);
      await stage.bringBack(h3);
      await stage.settle();
    }));

  it('R5, R50: the control networks may be IPv6', () =>
    on(
      {
        control: 6,
        adjust: (configuration) => {
          configuration.groups[GROUP]!.address = `[ff12::77:1]:${String(GROUP_PORT)}`;
        },
      },
      async (stage) => {
        const [h1, h2, h3] = stage.farm.hosts as [Host, Host, Host];
        assert.equal((await stage.group(h3)).leader, h1.id);
        assert.equal(h1.id, 'fd77:1::11');
        stage.farm.switch.stopNetwork('ctl0');
        await stage.waitForGroup(h1, 'nobody heard on ctl0', ({ hosts }) =>
          hosts.every(({ links }) => links.find((link) => link.interface === 'ctl0')?.up === false),
        );
        stage.farm.switch.startNetwork('ctl0');
        stage.lose(h3);
        await stage.waitForAnswer(h3.preferred, [h1, h2]);
      },
    ));

  for (const family of [4, 6] as const)
    it(`R60, R4: unicast peers over IPv${String(family)}: one seed is enough to find all, and no multicast is sent or needed`, () =>
      on(
        {
          control: family,
          adjust: (configuration, host) => {
            const group = configuration.groups[GROUP]!;
            const seed = hostOctet(host.number === 1 ? 2 : 1);
            group['peers'] = [family === 4 ? v4Of('ctl0', seed) : v6Of('ctl0', seed)];
            if (family === 6) group.address = `[ff12::77:1]:${String(GROUP_PORT)}`;
            host.namespace.nft(NO_MULTICAST);
          },
        },
        findEachOtherByASeed,
      ));

  it('R10, R60: a control interface that comes after the start is told to the peers, and heard on', () =>
    on(
      {
        adjust: (configuration, host) => {
          configuration.groups[GROUP]!['peers'] = [v4Of('ctl0', hostOctet(host.number === 1 ? 2 : 1))];
          if (host.number === LATE) host.namespace.ip(['link set ctl1 down', 'link set ctl1 name away']);
        },
      },
      async (stage) => {
        const [h1, h2, h3] = stage.farm.hosts as [Host, Host, Host];
        const late = await stage.farm.addHost();
        stage.prober.add(late.preferred);
        await stage.join(late);
        late.namespace.ip(['link set away name ctl1', 'link set ctl1 up']);
        await stage.waitForGroup(late, 'all others heard on ctl1', ({ hosts }) =>
          hosts.every(isHeardOn('ctl1')),
        );
        // Without ctl0 nothing is left but what it was found by on ctl1.
        stage.farm.switch.stopNetwork('ctl0');
        await stage.waitForGroup(late, 'nobody heard on ctl0', ({ hosts }) => !hosts.some(isHeardOn('ctl0')));
        for (const host of [h1, h2, h3, late])
          await stage.waitForGroup(
            host,
            'all heard on ctl1',
            ({ hosts }) => hosts.length === LATE && hosts.every(isHeardOn('ctl1')),
          );
      },
    ));
});

/** The number of the host that has not all of its control interfaces when it starts. */
const LATE = 4;

const isHeardOn =
  (name: string) =>
  ({ links }: HostStatus): boolean =>
    links.find((link) => link.interface === name)?.up === true;

const NO_MULTICAST = `table inet no_multicast {
  chain output {
    type filter hook output priority 0
    ip daddr 224.0.0.0/4 udp dport ${String(GROUP_PORT)} drop
    ip6 daddr ff00::/8 udp dport ${String(GROUP_PORT)} drop
  }
}`;

async function findEachOtherByASeed(stage: Stage): Promise<void> {
  const [h1, h2, h3] = stage.farm.hosts as [Host, Host, Host];
  // h2 and h3 were told of h1 alone, and hear each other: h1's loss leaves a group of two.
  stage.lose(h1);
  await stage.waitForAnswer(h1.preferred, [h2, h3]);
  await stage.waitForGroup(h3, 'h2 leads', ({ leader }) => leader === h2.id);
  await stage.bringBack(h1);
  await stage.settle();
  const h4 = await stage.farm.addHost();
  stage.prober.add(h4.preferred);
  await stage.join(h4);
  await stage.settle();
  // A control network that is cut is made up for by the other one.
  stage.farm.switch.stopNetwork('ctl0');
  await stage.waitForGroup(h1, 'nobody heard on ctl0', ({ hosts }) =>
    hosts.every(({ links }) => links.find((link) => link.interface === 'ctl0')?.up === false),
  );
  await stage.prober.waitForAnswers(h3.preferred, 300, BOUND_MS);
  assert.equal(stage.prober.hostOf(h3.preferred), h3.name);
}
