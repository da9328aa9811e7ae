// R51: a group's key is exchanged on a farm that serves, host by host, as the README says.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { GROUP } from './configuration.js';
import type { Host } from './host.js';
import { Stage, TIMING } from './stage.js';
import { waitUntil } from './wait.js';

const NEW_KEY = 'the next key of the farm, which guards no more than the old\n';
const BOUND_MS = 60_000;
/** Frames that a host must have accepted since a change before it is judged. */
const FRAMES = 12;

describe('R51: the keys of a group', () => {
  let stage: Stage;
  before(async () => {
    stage = await Stage.raise({ hosts: 2, ...TIMING });
    for (const { daemon } of stage.farm.hosts) daemon.writeKey('new.key', NEW_KEY);
  });
  after(() => {
    stage.close();
  });

  const configureKeys = (host: Host, keys: string): void => {
    host.daemon.configure(host.daemon.configurationText().replace(/^( +)key: .*$/m, `$1key: ${keys}`));
  };

  async function useKeys(host: Host, keys: string): Promise<void> {
    configureKeys(host, keys);
    const { code, stderr } = await host.daemon.ctl('reload');
    assert.equal(code, 0, stderr);
  }

  const counter = async (host: Host, name: string): Promise<number> =>
    (await stage.group(host)).counters[name] ?? 0;

  /** Every host goes on hearing the other, and refuses nothing of it. */
  async function hearEachOther(): Promise<void> {
    for (const host of stage.farm.hosts) {
      const start = await counter(host, 'accepted');
      await waitUntil(
        `${host.name} accepts frames`,
        async () => ((await counter(host, 'accepted')) >= start + FRAMES ? null : 'too few yet'),
        BOUND_MS,
      );
      assert.equal(await counter(host, 'mac'), 0, `${host.name} refuses frames`);
    }
    await stage.settle();
  }

  it('R51: rotate without an outage: new one added, order switched, old one removed, host by host', async () => {
    await stage.prober.mark('rotation');
    const term = (await stage.group(stage.host(1))).term;
    for (const keys of [`[${GROUP}.key, new.key]`, `[new.key, ${GROUP}.key]`, 'new.key']) {
      for (const host of stage.farm.hosts) {
        await useKeys(host, keys);
        await hearEachOther();
      }
    }
    const { addresses } = await stage.prober.mark('after');
    assert.deepEqual(
      addresses.map(({ changes }) => changes),
      [0, 0],
    );
    assert.equal((await stage.group(stage.host(1))).term, term);
    const silences = (await stage.historySince(0)).filter(({ event }) => event === 'host-silent');
    assert.deepEqual(silences, []);
  });

  it('R51: a key that cannot serve is refused by name and cause, and the one in force stays', async () => {
    const host = stage.host(2);
    const refusals: readonly (readonly [keys: string, cause: RegExp])[] = [
      ['nowhere.key', /groups\.web\.key: key file .*nowhere\.key cannot be read: no such file/],
      ['short.key', /groups\.web\.key: key file .*short\.key has a key of 5 bytes: at least 16 are needed/],
      ['open.key', /groups\.web\.key: key file .*open\.key can be read or changed by others \(mode 0644\)/],
    ];
    host.daemon.writeKey('short.key', 'short\n');
    host.daemon.writeKey('open.key', NEW_KEY, 0o644);
    for (const [keys, cause] of refusals) {
      configureKeys(host, keys);
      const { code, stderr } = await host.daemon.ctl('reload');
      assert.equal(code, 1);
      assert.match(stderr, cause);
    }
    configureKeys(host, 'new.key');
    await hearEachOther();
  });

  it('R51: who sends with another key is named to the operator and counted, and is the same again with the right one', async () => {
    const [h1, h2] = [stage.host(1), stage.host(2)];
    h2.daemon.writeKey('wrong.key', 'a key that only this host has\n');
    await useKeys(h2, '[wrong.key, new.key]');
    await stage.waitForGroup(h1, 'told who', ({ problems }) =>
      problems.includes(
        `${GROUP}: ${h2.id} sends with another key than this host knows: its messages are refused; compare their key files, and reload where they differ`,
      ),
    );
    await waitUntil(
      'counted by h1',
      async () => ((await counter(h1, 'mac')) > 0 ? null : 'not yet'),
      BOUND_MS,
    );
    assert.equal(await counter(h2, 'mac'), 0, 'h2 knows the key of h1');
    await useKeys(h2, 'new.key');
    await stage.settle();
  });
});
