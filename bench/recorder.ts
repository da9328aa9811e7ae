// Collects what is measured and keeps it in the file of --json after every chunk, so that an interrupted run is not lost.

import type { Ground } from './ground.js';
import type { PeerKind } from './peer.js';
import { describeMachine, readResults, writeResults } from './results.js';
import type { Results } from './results.js';

type Lists = 'samples' | 'left' | 'idle' | 'loaded' | 'scale';

export class Recorder {
  private results: Results;
  private readonly path: string | null;

  /** `goOn`: what the file holds stays. */
  constructor(path: string | null, goOn: boolean) {
    this.path = path;
    const earlier = path !== null && goOn ? readResults(path) : null;
    const now = new Date().toISOString();
    this.results = earlier ?? {
      begun: now,
      ended: now,
      machine: describeMachine(),
      versions: {},
      configurations: {},
      samples: [],
      left: [],
      idle: [],
      loaded: [],
      scale: [],
    };
  }

  get all(): Results {
    return this.results;
  }

  /** Throws where the peer is not installed. */
  noteVersion(kind: PeerKind): void {
    this.results = { ...this.results, versions: { ...this.results.versions, [kind.name]: versionOf(kind) } };
  }

  noteConfiguration(ground: Ground): void {
    const { terms, kind, peer } = ground;
    // The configurations of a thousand addresses tell nothing that those of one do not.
    if (terms.addresses > 1) return;
    const name = `${kind.name} ${terms.setting.name}${terms.serviceTest ? ' with a service test' : ''}`;
    const configurations = { ...this.results.configurations, [name]: peer.configuration(ground.host(1)) };
    this.results = { ...this.results, configurations };
  }

  add<L extends Lists>(list: L, entry: Results[L][number]): void {
    this.results = {
      ...this.results,
      [list]: [...this.results[list], entry],
      ended: new Date().toISOString(),
    };
  }

  keep(): void {
    if (this.path !== null) writeResults(this.path, this.results);
  }
}

function versionOf(kind: PeerKind): string {
  try {
    return kind.version();
  } catch (error) {
    const cause = `${kind.name}: it tells no version: is it installed (bench/packages.txt)? ${String(error)}`;
    throw new Error(cause, { cause: error });
  }
}
