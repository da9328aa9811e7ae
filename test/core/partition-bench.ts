// Groups on a bench in which a host falls silent on the control networks and may answer on the service network (R61).

import type { HostId } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { MonitorSettings } from '../../src/core/settings.js';
import { memberBench, type Bench } from './bench.js';
import { A, B, C, D, effectsOf, hardwareAddressOf, INTERVAL, serves, X, Y } from './builders.js';

/** B leads and is quiesced; C prefers and serves X; D is a hot spare. */
export const group = (changes: Partial<MonitorSettings> = {}): Bench => {
  const bench = memberBench({ id: B, partition: 'probe', ...changes });
  bench.step({ kind: 'quiesce' });
  bench.join(C, { preferred: [X], serving: [serves(X)] }).join(D);
  bench.run(INTERVAL);
  bench.take();
  return bench;
};

/** B follows A; C serves X. */
export const candidate = (): Bench =>
  memberBench({ id: B, partition: 'probe' }, (bench) =>
    bench
      .join(A, { quiesced: true }, { term: 1 })
      .join(C, { preferred: [X], serving: [serves(X)] }, { term: 1 })
      .join(D, { preferred: [Y], serving: [serves(Y)] }, { term: 1 }),
  );

export const stateOf = (bench: Bench, id: HostId): string | undefined => bench.monitor.peers.get(id)?.state;

/** Time goes on; whoever is in `answering` answers each question for what it says that it serves. */
export function runAnswered(bench: Bench, span: number, ...answering: HostId[]): Effect[] {
  const effects: Effect[] = [];
  for (let passed = 0; passed < span; passed += 2) {
    const now = bench.run(2);
    effects.push(...now);
    const asked = effectsOf(now, 'probe').flatMap((probe) => probe.addresses);
    for (const id of answering) {
      for (const { address } of bench.puppet(id).information.serving)
        if (asked.includes(address))
          effects.push(...bench.step({ kind: 'answer', address, hardwareAddress: hardwareAddressOf(id) }));
    }
  }
  return effects;
}

export const questionsIn = (effects: readonly Effect[]): number[] =>
  effectsOf(effects, 'probe').map(({ addresses }) => addresses.length);
