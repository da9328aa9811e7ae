// A seed or plan that failed: simulated once more, shrunk, and told to people.

import type { Core } from './core-under-test.js';
import type { Plan } from './fault-plan.js';
import { describe } from './fault-effects.js';
import { shrink } from './shrink.js';
import { simulate } from './simulation.js';
import type { Violation } from './violation.js';
import { World } from './world.js';

export interface Failure {
  readonly violation: Violation;
  readonly plan: Plan;
  readonly transcript: string;
}

/** The shortest plan found that breaks the same rule as `plan` does; null: it breaks none. */
export function shortestFailure(plan: Plan, core: Core, tries: number): Failure | null {
  const { violation } = simulate(plan, core);
  if (violation === null) return null;
  const shortest = shrink(plan, (other) => simulate(other, core).violation?.rule === violation.rule, tries);
  const outcome = simulate(shortest, core, { transcript: true });
  if (outcome.violation === null) throw new Error('a plan that failed does not fail again');
  return { violation: outcome.violation, plan: shortest, transcript: outcome.transcript };
}

/** The schedule in lines. */
export function describePlan(plan: Plan, core: Core): string {
  const world = new World(plan.scenario, core);
  const { scenario } = plan;
  const lines = [`${String(scenario.networks)} control networks`];
  for (const { name, ...group } of scenario.groups) lines.push(`group ${name}: ${JSON.stringify(group)}`);
  for (const { id, bootAt, memberships } of scenario.hosts)
    lines.push(`host ${id}, on at ${bootAt.toFixed(0)} ms: ${JSON.stringify(memberships)}`);
  const ids = (list: readonly number[]): string => list.map((index) => world.idOf(index)).join(' ');
  for (const { faults, storm, down, quiesced, deadNetworks, calm, lull } of plan.episodes) {
    lines.push(`episode: storm of ${storm.toFixed(0)} ms`);
    for (const { at, fault } of faults)
      lines.push(`${at.toFixed(2).padStart(9)} ms  ${describe(fault, world)}`);
    lines.push(
      `  then calm; down: ${ids(down)}; quiesced: ${ids(quiesced)}; dead networks: ${deadNetworks.join(' ')}; ${calm.toFixed(0)} ms more, and a lull of ${lull.toFixed(0)} ms`,
    );
  }
  return lines.join('\n');
}
