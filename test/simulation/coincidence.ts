// Many hosts meet with the same thing at one moment, and about then others are gone: the machine that carries them all is
// paused, a bad update is rolled out, somebody restarts a switch. Faults that are drawn one by one hardly ever make that.

import type { Fault, TimedFault } from './fault.js';
import type { Random } from './random.js';
import type { Scenario } from './scenario.js';

export interface Coincidence {
  readonly faults: readonly TimedFault[];
  /** Hosts that stay away when the storm is over. */
  readonly down: readonly number[];
}

/** Later than any storm ends: the end of the storm ends it. */
const FOR_GOOD = 10_000;
const ROLES = ['control', 'control', 'heartbeat', 'network', 'scripts'] as const;

export function drawCoincidence({ hosts, groups }: Scenario, storm: number, random: Random): Coincidence {
  const timeout = Math.max(...groups.map((group) => group.timeout));
  const everybody = [...hosts.keys()];
  const silent = random.sample(everybody, random.pick([0, 1, 1, 1, 2]));
  const rest = everybody.filter((host) => !silent.includes(host));
  const many = random.chance(0.6) ? rest : random.chance(0.5) ? everybody : random.sample(everybody, 2);
  const moment = random.between(0, storm / 2);
  const near = (): number => {
    const at = moment + random.pick([0, random.between(-3, 3)]) * timeout;
    return Math.min(Math.max(0, at), 0.9 * storm);
  };
  const common = drawCommon(timeout * random.magnitude(0.3, 15), random);
  const faults = [
    ...many.map((host): TimedFault => ({ at: moment, fault: common(host) })),
    ...silent.flatMap((host): TimedFault[] => {
      const at = near();
      return drawSilence(host, rest, random).map((fault) => ({ at, fault }));
    }),
  ];
  return { faults, down: random.chance(0.5) ? silent : [] };
}

/** What each of the many meets with. */
function drawCommon(span: number, random: Random): (host: number) => Fault {
  const role = random.pick(ROLES);
  const draws: readonly ((host: number) => Fault)[] = [
    (host) => ({ kind: 'pause', host, for: span }),
    (host) => ({ kind: 'pause', host, for: span }),
    (host) => ({ kind: 'stall', host, role, for: span }),
    (host) => ({ kind: 'stall', host, role, for: span }),
    (host) => ({ kind: 'role-death', host, role }),
    (host) => ({ kind: 'crash', host, restartAfter: span }),
    (host) => ({ kind: 'leave', host, returnAfter: span }),
    (host) => ({ kind: 'unplugged', host, for: span }),
    (host) => ({ kind: 'test-fails', host, for: span }),
  ];
  return random.pick(draws);
}

/** A host that the rest do not hear any more, in one of the ways in which that comes about. */
function drawSilence(host: number, rest: readonly number[], random: Random): Fault[] {
  switch (random.pick(['power', 'power', 'crash', 'cut', 'split', 'pause'])) {
    case 'power':
      return [{ kind: 'power-loss', host }];
    case 'crash':
      return [{ kind: 'crash', host, restartAfter: FOR_GOOD }];
    case 'pause':
      return [{ kind: 'pause', host, for: FOR_GOOD }];
    case 'split':
      return [{ kind: 'split', side: [host], for: FOR_GOOD }];
    default:
      return [
        { kind: 'cut', network: null, from: [host], to: rest, for: FOR_GOOD },
        { kind: 'cut', network: null, from: rest, to: [host], for: FOR_GOOD },
      ];
  }
}
