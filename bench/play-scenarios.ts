// Plays scenarios with all peers in turn, a few runs at a time: what the machine does to the figures in one minute it shall not
// do to one peer alone.

import { Ground } from './ground.js';
import type { PeerKind } from './peer.js';
import type { Recorder } from './recorder.js';
import type { BenchScenario } from './scenario.js';
import { tell } from './tell.js';
import type { Terms } from './terms.js';
import { playOnce } from './trial.js';

/** Runs of every scenario with a peer before it is the next one's turn. */
const CHUNK = 5;

export async function playScenarios(
  scenarios: readonly BenchScenario[],
  kinds: readonly PeerKind[],
  runs: number,
  recorder: Recorder,
): Promise<void> {
  noteWhoIsLeftOut(scenarios, kinds, recorder);
  for (let done = 0; done < runs; done += CHUNK) {
    for (const [terms, together] of byTerms(scenarios)) {
      for (const kind of kinds) {
        const playable = together.filter((scenario) => whyNot(scenario, kind) === null);
        await playChunk(kind, terms, playable, Math.min(CHUNK, runs - done), recorder);
      }
    }
  }
}

/** Null: the peer plays the scenario. */
function whyNot({ terms, fault, peers }: BenchScenario, kind: PeerKind): string | null {
  if (peers !== undefined && !peers.includes(kind.name)) return 'it has nothing of the kind';
  return kind.cannot(terms, fault);
}

function noteWhoIsLeftOut(
  scenarios: readonly BenchScenario[],
  kinds: readonly PeerKind[],
  recorder: Recorder,
): void {
  for (const scenario of scenarios) {
    for (const kind of kinds) {
      const why = whyNot(scenario, kind);
      const known = recorder.all.left.some(
        (each) => each.scenario === scenario.name && each.peer === kind.name,
      );
      if (why !== null && !known) recorder.add('left', { scenario: scenario.name, peer: kind.name, why });
    }
  }
}

/** One farm serves all scenarios on the same terms. */
function byTerms(scenarios: readonly BenchScenario[]): [Terms, BenchScenario[]][] {
  const groups = new Map<string, [Terms, BenchScenario[]]>();
  for (const scenario of scenarios) {
    const key = JSON.stringify(scenario.terms);
    const group = groups.get(key) ?? [scenario.terms, []];
    groups.set(key, group);
    group[1].push(scenario);
  }
  return [...groups.values()];
}

/** Null: it did not come to rest, which is told and noted. */
async function raise(
  kind: PeerKind,
  terms: Terms,
  scenario: string,
  recorder: Recorder,
): Promise<Ground | null> {
  try {
    return await Ground.raise(kind, terms);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell(`${kind.name}: ${scenario}: no farm: ${message}\n`);
    const why = `its farm did not come to rest: ${message.split('\n')[0] ?? ''}`;
    recorder.add('left', { scenario, peer: kind.name, why });
    return null;
  }
}

async function playChunk(
  kind: PeerKind,
  terms: Terms,
  scenarios: readonly BenchScenario[],
  runs: number,
  recorder: Recorder,
): Promise<void> {
  if (scenarios.length === 0) return;
  let ground: Ground | null = null;
  try {
    for (let run = 0; run < runs; run++) {
      let before: BenchScenario | undefined;
      for (const [position, scenario] of scenarios.entries()) {
        ground ??= await raise(kind, terms, scenario.name, recorder);
        if (ground === null) return;
        recorder.noteConfiguration(ground);
        tell(`${kind.name}: ${scenario.name} …`);
        const { sample, unsettled } = await playOnce(ground, scenario, {
          before,
          after: scenarios[position + 1],
        });
        before = sample.failure === null && unsettled === null ? scenario : undefined;
        recorder.add('samples', sample);
        recorder.keep();
        const { silenceMs, doubled, holders, failure } = sample;
        tell(` ${silenceMs.toFixed(1)} ms, ${String(doubled)} doubled, ${String(holders)} hold it`);
        tell(`${failure === null ? '' : `; ${failure}`}\n`);
        // What one scenario has left behind must not be blamed on the next one.
        if (unsettled === null) continue;
        tell(`${kind.name}: a new farm: ${unsettled}\n`);
        ground.close();
        ground = null;
      }
    }
  } finally {
    ground?.close();
  }
}
