// A machine of somebody else's is given a service address of the group and announces it.

import assert from 'node:assert/strict';
import { it } from 'node:test';

import { ANNOUNCEMENT_TIMES } from '../../src/network/announcer.js';
import { STRANGER_OCTET, macOf } from './addressing.js';
import { BOUND_MS, Stage, TIMING } from './stage.js';
import { waitUntil } from './wait.js';

it('R31: a foreign machine that announces a service address is told with its MAC, and the clients are called back', () =>
  Stage.with({ hosts: 2, ...TIMING }, async (stage) => {
    const host = stage.host(1);
    const address = host.preferred;
    const mac = macOf('svc0', STRANGER_OCTET);
    const stranger = stage.farm.addStranger(['svc0']);
    // It answers nobody, so that every request that goes to it is lost.
    stranger.nft(`table ip deaf {
        chain input { type filter hook input priority 0; policy drop; }
      }`);
    stranger.ip([`addr add ${address}/32 dev svc0`]);

    const asked = (): string => {
      const [entry] = stage.farm.client.ipJson(['neigh', 'show', address]) as { lladdr?: string }[];
      return entry?.lladdr ?? 'nobody';
    };
    // One request a millisecond: until the announcements of the acquire, which are repeated, have ended.
    await stage.prober.waitForAnswers(address, Math.max(...ANNOUNCEMENT_TIMES) + 500, BOUND_MS);
    // Linux believes no second announcement within a second.
    await waitUntil(
      'the client is led astray',
      () => {
        stranger.run('arping', ['-U', '-c', '1', '-w', '1', '-I', 'svc0', address]);
        return asked() === mac ? null : `it asks ${asked()}`;
      },
      BOUND_MS,
    );
    await stage.waitForGroup(host, 'the conflict', ({ problems }) =>
      problems.includes(`${address}: ${mac}, no member of the group, answers for it as well`),
    );
    await waitUntil(
      'the client is called back',
      () => (asked() === host.serviceMac ? null : `it asks ${asked()}`),
      BOUND_MS,
    );
    await stage.prober.waitForAnswers(address, 100, BOUND_MS);
    assert.equal(stage.prober.hostOf(address), host.name);
    const told = (await host.daemon.ctl('explain', address)).stdout;
    assert.match(told, new RegExp(`conflict .*${mac}`));
  }));
