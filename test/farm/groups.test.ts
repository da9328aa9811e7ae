// Several groups, and the parts that a host may have in one: owner of several addresses, hot spare, observer.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { groupSection } from './configuration.js';
import type { FarmConfiguration } from './configuration.js';
import type { Host } from './host.js';
import { BOUND_MS, Stage, TIMING, addressIn } from './stage.js';
import type { StageOptions } from './stage.js';

const MAIL = 'mail';
const MAIL_PORT = 5406;
const MAIL_ADDRESS = '10.77.0.150';

const on = (options: Partial<StageOptions>, test: (stage: Stage) => Promise<void>): Promise<void> =>
  Stage.with({ hosts: 3, ...TIMING, ...options }, test);

const none = (configuration: FarmConfiguration): void => {
  configuration.groups['web']!.prefer = [];
};

describe('groups on the farm', () => {
  it('R1, R3: two groups in one daemon share nothing: leader, members, quiesce and failover are each their own', () =>
    on(
      {
        // h1 is in `web` alone; h2 and h3 are in both. In `mail` h2 has the lowest id.
        adjust(configuration, host) {
          if (host.number === 1) return;
          const mail = groupSection(host, MAIL, TIMING, MAIL_PORT);
          mail.prefer = host.number === 3 ? [`${MAIL_ADDRESS}/24`] : [];
          configuration.groups[MAIL] = mail;
        },
        addressesOf: (host) => (host.number === 3 ? [host.preferred, MAIL_ADDRESS] : [host.preferred]),
      },
      async (stage) => {
        const [h1, h2, h3] = stage.farm.hosts as [Host, Host, Host];
        await stage.waitForAddress(h2, MAIL_ADDRESS, h3, MAIL);
        assert.equal((await stage.group(h3)).leader, h1.id);
        const mail = await stage.group(h3, MAIL);
        assert.equal(mail.leader, h2.id);
        assert.deepEqual(
          mail.hosts.map(({ id }) => id),
          [h2.id, h3.id],
        );
        assert.equal(addressIn(await stage.group(h2), MAIL_ADDRESS), undefined);

        await h3.daemon.request({ command: 'quiesce', group: MAIL });
        await stage.waitForGroup(h3, 'quiesced', ({ state }) => state === 'quiesced', MAIL);
        assert.equal((await stage.group(h3)).state, 'ok');

        // Of the two hosts of `mail` one is lost and one was quiesced: h2's loss moves its `web` address to h1 or h3.
        stage.lose(h2);
        await stage.waitForAnswer(h2.preferred, [h1, h3]);
        await stage.waitForGroup(h3, 'h3 leads', ({ leader }) => leader === h3.id, MAIL);
        assert.equal(addressIn(await stage.group(h3, MAIL), MAIL_ADDRESS)?.host, h3.id);
      },
    ));

  it('R43: a hot spare serves nothing of its own and is chosen before hosts that do', () =>
    on(
      {
        adjust: (configuration, host) => {
          if (host.number === 3) none(configuration);
        },
        addressesOf: (host) => (host.number === 3 ? [] : [host.preferred]),
      },
      async (stage) => {
        const [h1, h2, h3] = stage.farm.hosts as [Host, Host, Host];
        assert.deepEqual(h3.servedAddresses(), []);
        stage.lose(h1);
        await stage.waitForAnswer(h1.preferred, [h3]);
        await stage.waitForAddress(h2, h1.preferred, h3);
        assert.match(addressIn(await stage.group(h2), h1.preferred)?.reason ?? '', /hot spare/);
      },
    ));

  it('R41: an observer hears everything, is failed in the others’ eyes, never leads and never serves', () =>
    on(
      {
        // The lowest id, so that nothing but its part keeps it from leading.
        adjust: (configuration, host) => {
          if (host.number !== 1) return;
          none(configuration);
          configuration.groups['web']!['observe'] = true;
        },
        addressesOf: (host) => (host.number === 1 ? [] : [host.preferred]),
      },
      async (stage) => {
        const [h1, h2, h3] = stage.farm.hosts as [Host, Host, Host];
        const seen = (await stage.group(h2)).hosts.find(({ id }) => id === h1.id);
        assert.equal(seen?.observer, true);
        assert.equal(seen.ok, false);
        const own = await stage.group(h1);
        assert.equal(own.state, 'observer');
        assert.equal(own.leader, h2.id);
        assert.equal(addressIn(own, h3.preferred)?.host, h3.id);

        stage.lose(h2, h3);
        await stage.waitForGroup(h1, 'nobody leads, nothing is served', ({ leader, addresses }) => {
          return leader === null && addresses.every(({ state }) => state === 'unserved');
        });
        await stage.prober.waitForSilence(h2.preferred, 500, BOUND_MS);
        assert.deepEqual(h1.servedAddresses(), []);
      },
    ));

  it('R50: a host may prefer several addresses, and they move together and alone', () =>
    on(
      {
        adjust: (configuration, host) => {
          if (host.number === 3) configuration.groups['web']!.prefer.push('10.77.0.160/24', '10.77.0.161/24');
        },
        addressesOf: (host) =>
          host.number === 3 ? [host.preferred, '10.77.0.160', '10.77.0.161'] : [host.preferred],
      },
      async (stage) => {
        const [h1, h2, h3] = stage.farm.hosts as [Host, Host, Host];
        stage.lose(h3);
        for (const address of stage.addressesOf(h3)) await stage.waitForAnswer(address, [h1, h2]);
        // R29, fewest-addresses: three orphans for two hosts that have one each.
        const served = [h1, h2].map((host) => host.servedAddresses().length).toSorted();
        assert.deepEqual(served, [2, 3]);
        await stage.bringBack(h3);
        await stage.settle();
      },
    ));
});

describe('R57: fail-back is the operator’s choice', () => {
  let stage: Stage;
  let h1: Host;
  let h2: Host;
  let h3: Host;

  before(async () => {
    stage = await Stage.raise({ hosts: 3, ...TIMING });
    [h1, h2, h3] = stage.farm.hosts as [Host, Host, Host];
  });
  after(() => {
    stage.close();
  });

  /** Goes over to the policy by a reload: a farm that starts under `never` may leave an address where it came up first. */
  async function follow(policy: string): Promise<void> {
    for (const { daemon } of stage.farm.hosts) {
      daemon.configure(daemon.configurationText().replace(/fail-back: \S+/, `fail-back: ${policy}`));
      await daemon.request({ command: 'reload' });
    }
  }

  /** h3 is lost and comes back; its address is still at another host when so many more requests have been answered. */
  async function comesBackWithoutIt(answers: number): Promise<void> {
    stage.lose(h3);
    await stage.waitForAnswer(h3.preferred, [h1, h2]);
    await stage.bringBack(h3);
    await stage.waitForGroup(
      h1,
      'h3 live',
      ({ hosts }) => hosts.find(({ id }) => id === h3.id)?.state === 'live',
    );
    await stage.prober.waitForAnswers(h3.preferred, answers, BOUND_MS);
    assert.notEqual(stage.prober.hostOf(h3.preferred), h3.name);
  }

  it('R57: never: the address stays until raisctl fail-back', async () => {
    await follow('never');
    await comesBackWithoutIt(500);
    const { code, stderr } = await h2.daemon.ctl('fail-back', 'web', h3.preferred);
    assert.equal(code, 0, stderr);
    await stage.settle();
  });

  it('R57: a delay: the address stays at first and returns by itself', async () => {
    await follow('5s');
    await comesBackWithoutIt(300);
    await stage.settle();
  });
});
