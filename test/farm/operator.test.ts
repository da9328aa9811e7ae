// What an operator does with raisctl on a farm that runs.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { Explanation, History, Plan, Status } from '../../src/ipc/operator-messages.js';
import { GROUP } from './configuration.js';
import type { Host } from './host.js';
import { BOUND_MS, Stage, TIMING } from './stage.js';
import { waitUntil } from './wait.js';

describe('raisctl on the farm', () => {
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

  /** Runs raisctl --json and parses what it prints. */
  async function ctl<T>(host: Host, ...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await host.daemon.ctl(...args, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  it('R58: status tells every host and address, sorted, the same on every member', async () => {
    for (const host of stage.farm.hosts) {
      const status = await ctl<Status>(host, 'status');
      assert.equal(status.host, host.id);
      const group = status.groups[GROUP]!;
      assert.equal(group.state, 'ok');
      assert.deepEqual(
        group.hosts.map(({ id, self }) => [id, self]),
        stage.farm.hosts.map(({ id }) => [id, id === host.id]),
      );
      assert.deepEqual(
        group.addresses.map(({ address, state, host: at }) => [address, state, at]),
        stage.farm.hosts.map(({ preferred, id }) => [preferred, 'online', id]),
      );
    }
  });

  it('R58: plan tells what the leader would do without a host, and changes nothing', async () => {
    const plan = await ctl<Plan>(h2, 'plan', '--without', h3.id);
    const move = plan.groups[GROUP]?.find(({ address }) => address === h3.preferred);
    assert.equal(move?.from, h3.id);
    assert.ok(move.to === h1.id || move.to === h2.id);
    await stage.settle();
  });

  it('R11, R30: move, through any member, holds against fail-back until fail-back is asked for', async () => {
    await ctl(h3, 'move', GROUP, h3.preferred, h1.id);
    await stage.waitForAnswer(h3.preferred, [h1]);
    await stage.waitForAddress(h2, h3.preferred, h1);
    await stage.prober.waitForAnswers(h3.preferred, 300, BOUND_MS);
    assert.equal(stage.prober.hostOf(h3.preferred), 'h1');
    const explanation = await ctl<Explanation>(h2, 'explain', h3.preferred);
    assert.equal(explanation.host, h1.id);
    assert.match(explanation.reason, /operator moved/);
    await ctl(h2, 'fail-back', GROUP, h3.preferred);
    await stage.settle();
  });

  it('R44, R29: drain takes a host out: it is quiesced, everything is served by others, and comes back when told', async () => {
    const { code, stdout, stderr } = await h2.daemon.ctl('drain', '--timeout', '30s');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^web: 10\.77\.0\.102 is at 10\.77\.1\.1[13] \(1 of 1\)$/m);
    await stage.waitForAnswer(h2.preferred, [h1, h3]);
    // For a moment more it sends on what still comes to it (R55).
    await waitUntil('h2 has no address', () => h2.servedAddresses().join(' ') || null, BOUND_MS);
    assert.equal((await stage.group(h2)).state, 'quiesced');
    await ctl(h2, 'resume');
    await stage.waitForGroup(h2, 'resumed', ({ hosts }) => hosts.every(({ quiesced }) => !quiesced));
    await ctl(h2, 'fail-back', GROUP);
    await stage.settle();
  });

  it('R32: forget ends the countdown of an orphan: it is released and no longer known', async () => {
    await stage.stop(h3);
    await stage.waitForAnswer(h3.preferred, [h1, h2]);
    await ctl(h1, 'forget', GROUP, h3.preferred);
    await stage.waitForGroup(h2, 'unknown', ({ addresses }) =>
      addresses.every(({ address }) => address !== h3.preferred),
    );
    await stage.prober.waitForSilence(h3.preferred, 300, BOUND_MS);
    await stage.start(h3);
    await stage.settle();
  });

  it('R58: history survives a restart of the daemon', async () => {
    await stage.stop(h3);
    await stage.start(h3);
    await stage.settle();
    const { entries } = await ctl<History>(h3, 'history', '--group', GROUP);
    assert.ok(entries.filter(({ event }) => event === 'started').length >= 2);
    assert.deepEqual(
      entries.map(({ at }) => at),
      entries.map(({ at }) => at).toSorted(),
    );
  });

  it('R56: a reload applies what changed and moves nothing; a bad configuration changes nothing', async () => {
    await stage.prober.mark('reload');
    const good = h2.daemon.configurationText();
    h2.daemon.configure(good.replace('30d', '20d'));
    await ctl(h2, 'reload');
    h2.daemon.configure(good.replace('orphan-timeout', 'orfan-timeout'));
    const { code, stdout, stderr } = await h2.daemon.ctl('reload');
    assert.equal(code, 1);
    assert.match(`${stdout}${stderr}`, /orfan-timeout/);
    h2.daemon.configure(good);
    await ctl(h2, 'reload');
    await stage.settle();
    const { addresses } = await stage.prober.mark('after');
    assert.deepEqual(
      addresses.map(({ changes }) => changes),
      [0, 0, 0],
    );
  });

  it('what cannot be done is refused with 1, a wrong usage with 2, no daemon with 3', async () => {
    assert.equal((await h1.daemon.ctl('move', GROUP, h3.preferred, '10.77.1.99')).code, 1);
    assert.equal((await h1.daemon.ctl('nonsense')).code, 2);
    await stage.stop(h3);
    assert.equal((await h3.daemon.ctl('status')).code, 3);
    await stage.start(h3);
    await stage.settle();
  });
});
