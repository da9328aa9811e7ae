// R36–R42 on the farm: what a real name server answers while hosts are loaded, quiesced, failed, lost, added and removed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { ZONE } from '../scripts/dns/name-server.js';
import { GROUP } from './configuration.js';
import type { Host } from './host.js';
import { TIMING } from './stage.js';
import { ZoneStage } from './zone-stage.js';

describe('BIND by its zone file, written by the observer on its host', () => {
  let farm: ZoneStage;
  let h1: Host;
  let h2: Host;
  let h3: Host;
  let observer: Host;

  before(async () => {
    farm = await ZoneStage.raise({ hosts: 4, server: 'bind', ...TIMING });
    [h1, h2, h3, observer] = farm.stage.farm.hosts as [Host, Host, Host, Host];
  });
  after(() => farm.close());

  it('R36, R40, R41, R42: the zone has the preferred addresses of all, with the TTL; the observer writes it and serves nothing', async () => {
    await farm.expect(h1, h2, h3);
    assert.deepEqual(
      (await farm.server.dig({ ttl: true })).map((line) => line.split(' ')[0]),
      ['5', '5', '5'],
    );
    await farm.stage.waitForGroup(
      observer,
      'all three advertised',
      ({ dns }) => dns?.advertised.length === 3,
    );
    const group = await farm.stage.group(observer);
    assert.equal(group.state, 'observer');
    assert.equal(group.leader, h1.id);
    assert.deepEqual(observer.servedAddresses(), []);
    assert.equal(group.dns?.writer, observer.id);
    assert.deepEqual(group.dns.advertised, [h1.preferred, h2.preferred, h3.preferred]);
    assert.equal((await farm.stage.group(h1)).dns, null);
    assert.match(readFileSync(farm.server.zoneFile, 'utf8'), /^; the web farm$/m);
  });

  it('R38: above the high mark out, between the marks as it was, below the low one in', async () => {
    farm.setLoad(h2, 70);
    await farm.waitForLoad(observer, h2, 70);
    farm.setLoad(h3, 90);
    // This pass has seen h2 between the marks: it stays.
    await farm.expect(h1, h2);
    farm.setLoad(h3, 70);
    await farm.waitForLoad(observer, h3, 70);
    farm.setLoad(h2, 81);
    // This one has seen h3 there: it stays out.
    await farm.expect(h1);
    farm.setLoad(h3, 60);
    await farm.expect(h1, h3);
    farm.setLoad(h2, 10);
    await farm.expect(h1, h2, h3);
  });

  it('R39: the minimum stays, however loaded: the one of the least weight', async () => {
    farm.setLoad(h1, 97);
    farm.setLoad(h2, 95);
    farm.setLoad(h3, 96);
    await farm.expect(h2);
    for (const host of [h1, h2, h3]) farm.setLoad(host, 10);
    await farm.expect(h1, h2, h3);
  });

  it('R36, R44: a quiesced host serves on and is not in the zone', async () => {
    await h2.daemon.request({ command: 'quiesce', group: GROUP });
    await farm.expect(h1, h3);
    assert.deepEqual(h2.servedAddresses(), [h2.preferred]);
    await h2.daemon.request({ command: 'resume', group: GROUP });
    await farm.expect(h1, h2, h3);
  });

  it('R36: a failed host is not in the zone, and the history says why', async () => {
    const since = Date.now();
    farm.setWell(h3, false);
    await farm.expect(h1, h2);
    farm.setWell(h3, true);
    await farm.expect(h1, h2, h3);
    const told = (await farm.stage.historySince(since)).filter(({ event }) => event === 'zone');
    assert.match(
      told[0]?.message ?? '',
      new RegExp(`${h3.preferred} goes out \\(${h3.id} is failed: test well`),
    );
    await farm.stage.settle();
  });

  it('R36: an orphaned address is served and fades out of the zone', async () => {
    farm.stage.lose(h3);
    await farm.expect(h1, h2);
    await farm.stage.waitForAnswer(h3.preferred, [h1, h2]);
    await farm.stage.bringBack(h3);
    await farm.expect(h1, h2, h3);
    await farm.stage.settle();
  });

  it('R29: a host above the high mark is chosen last, until it is below the low one; of others the one with the fewest addresses', async () => {
    const { stage } = farm;
    /** h3 fails, and its address goes to that host; then it is well again. */
    const goesTo = async (heir: Host): Promise<void> => {
      farm.setWell(h3, false);
      await stage.waitForAnswer(h3.preferred, [heir]);
      await stage.waitForAddress(h1, h3.preferred, heir);
      farm.setWell(h3, true);
      await stage.settle();
    };
    // Both have one address: the lower id.
    await goesTo(h1);
    farm.setLoad(h1, 81);
    await farm.waitForLoad(observer, h1, 81);
    await goesTo(h2);
    farm.setLoad(h1, 70);
    await farm.waitForLoad(observer, h1, 70);
    await goesTo(h2);
    farm.setLoad(h1, 59);
    await farm.waitForLoad(observer, h1, 59);
    await goesTo(h1);
    // h2 is busy and takes the address all the same where nobody else can.
    farm.setLoad(h2, 99);
    await farm.waitForLoad(observer, h2, 99);
    farm.setWell(h1, false);
    await stage.waitForAddress(observer, h1.preferred, h3);
    farm.setWell(h3, false);
    for (const address of [h1.preferred, h3.preferred]) await stage.waitForAddress(observer, address, h2);
    for (const host of [h1, h3]) farm.setWell(host, true);
    for (const host of [h1, h2]) farm.setLoad(host, 10);
    await stage.settle();
    await farm.expect(h1, h2, h3);
  });

  it('R39: the last set stays when no host is left that could be in the zone', async () => {
    for (const host of [h1, h2]) await host.daemon.request({ command: 'quiesce', group: GROUP });
    await farm.expect(h3);
    await h3.daemon.request({ command: 'quiesce', group: GROUP });
    await farm.stage.waitForGroup(observer, 'nobody able', ({ dns }) => dns?.entries.length === 0);
    await farm.expect(h3);
    await h2.daemon.request({ command: 'resume', group: GROUP });
    await farm.expect(h2);
    for (const host of [h1, h3]) await host.daemon.request({ command: 'resume', group: GROUP });
    await farm.expect(h1, h2, h3);
  });

  it('R40: the zone is right as soon as the name server is back', async () => {
    await farm.server.stop();
    farm.setLoad(h1, 99);
    await farm.stage.waitForGroup(observer, 'the trouble is told', ({ problems }) =>
      problems.some((problem) => problem.startsWith(`DNS zone ${ZONE} is not kept: `)),
    );
    await farm.server.start();
    await farm.expect(h2, h3);
    farm.setLoad(h1, 10);
    await farm.expect(h1, h2, h3);
    await farm.stage.waitForGroup(observer, 'all is well', ({ problems }) => problems.length === 0);
  });

  it('R4, R36: a host that is added or removed is so in the zone, and nobody else is configured anew', async () => {
    // Not a fifth one: its daemon would compete with the others for two cores.
    await farm.stage.stop(h3);
    await farm.expect(h1, h2);
    await farm.stage.start(h3);
    await farm.expect(h1, h2, h3);
    const { stdout } = await observer.daemon.ctl('status');
    assert.match(
      stdout,
      new RegExp(`DNS zone ${ZONE} advertises www\\.${ZONE} as .*; ${observer.id} writes it`),
    );
  });
});

describe('Knot by dynamic update, from two hosts that also serve', () => {
  let farm: ZoneStage;
  let h1: Host;
  let h2: Host;
  let h3: Host;

  before(async () => {
    farm = await ZoneStage.raise({ hosts: 3, server: 'knot', ...TIMING });
    [h1, h2, h3] = farm.stage.farm.hosts as [Host, Host, Host];
  });
  after(() => farm.close());

  it('R40, R41: the lowest one writes, both see what is published', async () => {
    await farm.expect(h1, h2, h3);
    for (const host of [h1, h2]) {
      await farm.stage.waitForGroup(host, 'the zone is known', ({ dns }) => dns?.advertised.length === 3);
      assert.equal((await farm.dns(host)).writer, h1.id);
    }
  });

  it('R38: loads move addresses out and in', async () => {
    farm.setLoad(h3, 81);
    await farm.expect(h1, h2);
    farm.setLoad(h3, 10);
    await farm.expect(h1, h2, h3);
  });

  it('R41: when the writer dies the next one goes on from what is published, between the marks as well', async () => {
    farm.setLoad(h3, 81);
    await farm.expect(h1, h2);
    farm.setLoad(h3, 70);
    await farm.waitForLoad(h2, h3, 70);
    const since = Date.now();
    farm.stage.members.delete(h1);
    await h1.daemon.killWhole();
    await farm.expect(h2);
    assert.equal((await farm.dns(h2)).writer, h2.id);
    const told = (await farm.stage.historySince(since)).map(({ event }) => event);
    assert.ok(told.includes('zone-writer'));
    farm.setLoad(h3, 10);
    await farm.expect(h2, h3);
    await farm.stage.start(h1);
    await farm.expect(h1, h2, h3);
    await farm.stage.waitForGroup(h2, `${h1.name} writes again`, ({ dns }) => dns?.writer === h1.id);
  });

  it('R50: IPv6 as well, taken in by a reload', async () => {
    const text = h2.daemon.configurationText();
    h2.daemon.configure(
      text.replace(`- ${h2.preferred}/24`, `- ${h2.preferred}/24\n      - ${h2.preferred6}/64`),
    );
    const { code, stderr } = await h2.daemon.ctl('reload');
    assert.equal(code, 0, stderr);
    await farm.expectAddresses(h1.preferred, h2.preferred, h3.preferred, h2.preferred6);
    h2.daemon.configure(text);
    await h2.daemon.ctl('reload');
    await farm.expect(h1, h2, h3);
  });
});
