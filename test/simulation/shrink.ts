// From a plan that fails to a short one that fails in the same way: whatever can be left out is left out, what can be
// shorter is made shorter, again and again until nothing more helps.

import type { Episode, Fault, TimedFault } from './fault.js';
import type { Plan } from './fault-plan.js';
import { LONG_ORPHAN_TIMEOUT } from './scenario.js';
import { withoutHost } from './without-host.js';

/** Whether the plan still breaks the same rule. */
export type StillFails = (plan: Plan) => boolean;

/** A simpler plan each; the boldest first. */
type Simplification = (plan: Plan) => Iterable<Plan>;

const simplifications: readonly Simplification[] = [
  fewerEpisodes,
  fewerFaults,
  fewerHosts,
  quieterEpisodes,
  plainerFarm,
  shorterSpans,
];

/** `tries`: so many plans are simulated at the most. */
export function shrink(plan: Plan, stillFails: StillFails, tries = 400): Plan {
  let [best, left, helped] = [plan, tries, true];
  while (helped) {
    helped = false;
    for (const simplification of simplifications) {
      let again = true;
      while (again) {
        again = false;
        for (const candidate of simplification(best)) {
          if (left-- <= 0) return best;
          if (!stillFails(candidate)) continue;
          [best, again, helped] = [candidate, true, true];
          break;
        }
      }
    }
  }
  return best;
}

function* fewerEpisodes({ scenario, episodes }: Plan): Iterable<Plan> {
  const { length } = episodes;
  for (let kept = 1; kept < length; kept *= 2) yield { scenario, episodes: episodes.slice(length - kept) };
  for (let index = 0; index < length && length > 1; index++)
    yield { scenario, episodes: episodes.filter((_, other) => other !== index) };
}

/** Half of them, a quarter, … and at last each alone. */
function* fewerFaults(plan: Plan): Iterable<Plan> {
  for (const [index, { faults }] of plan.episodes.entries())
    for (let size = Math.ceil(faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let start = 0; start < faults.length; start += size)
        yield changed(plan, index, {
          faults: faults.filter((_, position) => position < start || position >= start + size),
        });
}

function* fewerHosts(plan: Plan): Iterable<Plan> {
  for (let host = plan.scenario.hosts.length - 1; host >= 0 && plan.scenario.hosts.length > 2; host--) {
    const smaller = withoutHost(plan, host);
    if (smaller !== null) yield smaller;
  }
}

function* quieterEpisodes(plan: Plan): Iterable<Plan> {
  for (const [index, episode] of plan.episodes.entries()) {
    if (episode.down.length > 0) yield changed(plan, index, { down: [] });
    if (episode.quiesced.length > 0) yield changed(plan, index, { quiesced: [] });
    if (episode.deadNetworks.length > 0) yield changed(plan, index, { deadNetworks: [] });
    if (episode.lull > 0) yield changed(plan, index, { lull: 0 });
    if (episode.calm > 0) yield changed(plan, index, { calm: 0 });
  }
}

function* plainerFarm(plan: Plan): Iterable<Plan> {
  const { scenario } = plan;
  const { hosts, groups } = scenario;
  if (hosts.some(({ bootAt }) => bootAt > 0))
    yield { ...plan, scenario: { ...scenario, hosts: hosts.map((host) => ({ ...host, bootAt: 0 })) } };
  const plain = {
    acquireScript: false,
    releaseScript: false,
    waterMarks: null,
    failBack: 0,
    assign: 'fewest-addresses',
    orphanTimeout: LONG_ORPHAN_TIMEOUT,
  } as const;
  for (const key of Object.keys(plain) as (keyof typeof plain)[])
    if (groups.some((group) => group[key] !== plain[key]))
      yield {
        ...plan,
        scenario: { ...scenario, groups: groups.map((group) => ({ ...group, [key]: plain[key] })) },
      };
}

function* shorterSpans(plan: Plan): Iterable<Plan> {
  for (const [index, { faults, storm }] of plan.episodes.entries()) {
    const end = Math.ceil(Math.max(10, ...faults.map(({ at }) => at + 10)));
    for (const shorter of [end, Math.ceil((end + storm) / 2)])
      if (shorter < storm * 0.95) yield changed(plan, index, { storm: shorter });
    for (const [position, timed] of faults.entries())
      for (const shorter of shorterFaults(timed))
        yield changed(plan, index, { faults: faults.with(position, shorter) });
  }
}

/** Round figures, and half as long. */
function* shorterFaults({ at, fault }: TimedFault): Iterable<TimedFault> {
  if (at !== Math.round(at)) yield { at: Math.round(at), fault };
  if (!('for' in fault)) return;
  const span = Math.ceil(fault.for / 2);
  if (span < fault.for * 0.95) yield { at, fault: { ...fault, for: span } as Fault };
  else if (fault.for !== Math.round(fault.for))
    yield { at, fault: { ...fault, for: Math.round(fault.for) } as Fault };
}

const changed = (plan: Plan, index: number, change: Partial<Episode>): Plan => ({
  ...plan,
  episodes: plan.episodes.map((episode, other) => (other === index ? { ...episode, ...change } : episode)),
});
