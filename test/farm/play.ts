// Plays a scenario on a stage and tells what the client saw meanwhile.

import type { HistoryEntry } from '../../src/ipc/operator-messages.js';
import type { TwoAnswers } from './asker.js';
import type { ProbedAddress } from './prober.js';
import type { Scenario } from './scenario.js';
import type { Stage } from './stage.js';
import { beforeSilence, slowInSilence } from './witness.js';

/** What one run of a scenario looked like from outside. */
export interface Outcome {
  /** Null: everything that must follow followed. */
  readonly failure: string | null;
  /** Longest silence of any address, in milliseconds; 0 where no request was lost. */
  readonly silenceMs: number;
  readonly lost: number;
  /** From the beginning to when the first address came online at another place, in ms by the wall clock; null: none did. */
  readonly onlineMs: number | null;
  /** Requests answered twice, and questions who has an address that two MACs answered. */
  readonly doubled: number;
  /** `10.77.0.103: …:0d after 0.1 ms, …:0c after 31.0 ms`, an entry for each question that two answered. */
  readonly answeredByTwo: readonly string[];
  /** `10.77.0.103: h3 → h1`, an entry for each address that moved. */
  readonly moves: readonly string[];
  /** Names of what the daemons told out of the ordinary, in the order of their first appearance. */
  readonly told: readonly string[];
  /** The longest time between two requests: what the instrument itself was late. */
  readonly widestGapMs: number;
  /** For how long the machine itself was slow in the longest silence, or just before it; 0 where nobody watched. */
  readonly slowMs: number;
}

/** Events of the ordinary course of things: what follows from them is seen in who answers. */
const ORDINARY: ReadonlySet<string> = new Set([
  'started',
  'joined',
  'leader',
  'decision',
  'assigned',
  'acquire',
  'release',
  'host-recovered',
  'command-refused',
]);

/**
 * Plays the scenario: prepares it, runs it under measurement, undoes it, and waits until the farm is settled. A farm
 * that cannot be undone or does not settle is a failure as well.
 */
export async function play(stage: Stage, scenario: Scenario): Promise<Outcome> {
  const addresses = stage.addresses;
  let failure = await attempt(() => scenario.prepare?.(stage));
  await stage.asker.report();
  // What began before the mark may end in a silence behind it.
  const earlier = (await stage.witness?.report()) ?? [];
  await stage.prober.mark(scenario.name);
  const since = Date.now();
  failure ??= await attempt(() => scenario.run(stage));
  const told = await stage.historySince(since);
  const interval = await stage.prober.mark('after');
  const asked = await stage.asker.report();
  const phases = [...earlier, ...((await stage.witness?.report()) ?? [])];
  failure ??= await attempt(async () => {
    await scenario.undo?.(stage);
    await stage.settle();
  });
  // An address that came into being meanwhile was not silent before.
  const figures = interval.addresses.filter(({ address }) => addresses.includes(address));
  return {
    failure,
    silenceMs: Math.max(0, ...figures.map(({ silenceMs }) => silenceMs)),
    lost: sum(figures.map(({ lost }) => lost)),
    onlineMs: firstOnline(told, since),
    doubled: sum(interval.addresses.map(({ doubled }) => doubled)) + asked.byTwo,
    answeredByTwo: asked.twos.map(answersOf),
    moves: interval.addresses.filter(({ by }) => by.length > 0).flatMap((entry) => moveOf(entry, addresses)),
    told: eventsOf(told),
    widestGapMs: Math.max(0, ...figures.map(({ widestGapMs }) => widestGapMs)),
    slowMs: slowInSilence(phases, figures, beforeSilence(stage.options.timeoutMs)),
  };
}

async function attempt(act: () => Promise<void> | undefined): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function firstOnline(history: readonly HistoryEntry[], since: number): number | null {
  const first = history.find(({ event }) => event === 'acquire');
  return first === undefined ? null : Date.parse(first.at) - since;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** For `Outcome.answeredByTwo`. */
export function answersOf({ address, macs, afterMs }: TwoAnswers): string {
  const answers = macs.map((mac, i) => `${mac} after ${(afterMs[i] ?? NaN).toFixed(1)} ms`);
  return `${address}: ${answers.join(', ')}`;
}

function moveOf({ address, by }: ProbedAddress, known: readonly string[]): string[] {
  const hosts = by.map(({ host }) => host);
  if (!known.includes(address)) hosts.unshift('new');
  if (hosts.length < 2) return [];
  const shown = hosts.length <= MOST_SHOWN ? hosts : [...hosts.slice(0, MOST_SHOWN - 2), '…', hosts.at(-1)];
  const count = hosts.length <= MOST_SHOWN ? '' : ` (${String(hosts.length - 1)} moves)`;
  return [`${address}: ${shown.join(' → ')}${count}`];
}

/** Hosts of one address that are named; of more, the first ones and the last. */
const MOST_SHOWN = 4;

function eventsOf(history: readonly HistoryEntry[]): string[] {
  return [...new Set(history.map(({ event }) => event))].filter((event) => !ORDINARY.has(event));
}
