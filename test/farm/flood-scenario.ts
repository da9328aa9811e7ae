// Strangers flood the control networks.

import { FLOOD_FRAMES_A_SECOND, flood } from './flood.js';
import { nothingMoves } from './scenario-steps.js';
import type { Scenario } from './scenario.js';

/** Counters of frames that were not believed, whatever the reason. */
const refusals = (counters: Readonly<Record<string, number>>): number =>
  Object.entries(counters)
    .filter(([reason]) => !/^(accepted|sent|send-error.*|undelivered|undecodable)$/.test(reason))
    .reduce((sum, [, count]) => sum + count, 0);

/** Counters come to control once a second; a busy one may take as long again. */
const COUNTERS_LATE_MS = 2000;
/** A virtual machine stands still now and then. */
const HEARTBEATS_KEPT = 0.98;

export const flooded: Scenario = {
  name: 'flood',
  requirements: ['R51', 'R16'],
  does: `${String(FLOOD_FRAMES_A_SECOND)} forged, replayed and random frames a second on the control networks`,
  expects: 'no failover, no heartbeat is missed',
  async run(stage) {
    const since = Date.now();
    const start = performance.now();
    const before = await Promise.all(stage.farm.hosts.map((host) => stage.group(host)));
    const { sent } = await flood(stage, stage.options.floodSeconds ?? 5);
    const promised = FLOOD_FRAMES_A_SECOND * (stage.options.floodSeconds ?? 5);
    if (sent < promised / 4)
      throw new Error(`only ${String(sent)} of ${String(promised)} frames could be sent: too busy a machine`);
    const after = await Promise.all(stage.farm.hosts.map((host) => stage.group(host)));
    const heartbeats = ((performance.now() - start - COUNTERS_LATE_MS) / stage.options.intervalMs) * 2;
    for (const [position, { name }] of stage.farm.hosts.entries()) {
      const [old, now] = [before[position]!.counters, after[position]!.counters];
      const refused = refusals(now) - refusals(old);
      // A host that heard little of the flood has shown nothing.
      if (refused < sent / 2)
        throw new Error(`${name} refused ${String(refused)} frames of ${String(sent)} that were sent`);
      const beaten = (now['sent'] ?? 0) - (old['sent'] ?? 0);
      if (beaten < heartbeats * HEARTBEATS_KEPT)
        throw new Error(`${name} sent ${String(beaten)} heartbeats in place of ${heartbeats.toFixed(0)}`);
    }
    await nothingMoves(stage);
    const told = (await stage.historySince(since)).filter(({ event }) => event !== 'conflict');
    if (told.length > 0) throw new Error(told.map(({ message }) => message).join('\n'));
  },
};
