// A plan without one of its hosts: positions behind it move up, and what befell it alone is left out.

import type { Episode, Fault, TimedFault } from './fault.js';
import type { Plan } from './fault-plan.js';

/** Null: the farm cannot do without it. */
export function withoutHost({ scenario, episodes }: Plan, gone: number): Plan | null {
  const hosts = scenario.hosts.filter((_, index) => index !== gone);
  if (hosts.length === 0) return null;
  const position = (index: number): number => (index > gone ? index - 1 : index);
  const rest = (list: readonly number[]): number[] => list.filter((index) => index !== gone).map(position);
  return {
    scenario: { ...scenario, hosts },
    episodes: episodes.map((episode): Episode => ({
      ...episode,
      down: rest(episode.down),
      quiesced: rest(episode.quiesced),
      faults: episode.faults.flatMap(({ at, fault }): TimedFault[] => {
        const left = withoutHostIn(fault, gone, position, rest);
        return left === null ? [] : [{ at, fault: left }];
      }),
    })),
  };
}

function withoutHostIn(
  fault: Fault,
  gone: number,
  position: (index: number) => number,
  rest: (list: readonly number[]) => number[],
): Fault | null {
  switch (fault.kind) {
    case 'cut': {
      const [from, to] = [rest(fault.from), rest(fault.to)];
      return from.length === 0 || to.length === 0 ? null : { ...fault, from, to };
    }
    case 'split':
    case 'service-split': {
      const side = rest(fault.side);
      return side.length === 0 ? null : { ...fault, side };
    }
    case 'weather':
    case 'service-loss':
    case 'stranger':
    case 'name-server-away':
    case 'lost-message':
    case 'zone-changed':
      return fault;
    case 'move':
      if (fault.via === gone || fault.to === gone) return null;
      return { ...fault, via: position(fault.via), to: position(fault.to) };
    case 'false-order':
      if (fault.from === gone || fault.to === gone) return null;
      return { ...fault, from: position(fault.from), to: position(fault.to) };
    case 'fail-back':
    case 'forget':
      return fault.via === gone ? null : { ...fault, via: position(fault.via) };
    default:
      return fault.host === gone ? null : { ...fault, host: position(fault.host) };
  }
}
