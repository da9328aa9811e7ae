// R2, R15: the load objects of this host. Each is measured once, however many groups name it.

import { isDeepStrictEqual } from 'node:util';
import type { Configuration, LoadConfiguration } from '../../config/configuration.js';
import type { LoadResult } from '../../ipc/scripts-messages.js';
import type { ObjectContext } from '../tests/test-objects.js';
import { usedObjects } from '../used-objects.js';
import { CommandLoad } from './command-load.js';
import { ConnectionLoad } from './connection-load.js';
import { CpuLoad } from './cpu-load.js';
import { LoadObject } from './load-object.js';
import type { LoadProbe } from './load-probe.js';
import { MemoryLoad } from './memory-load.js';
import { NetworkLoad } from './network-load.js';

export class LoadObjects {
  readonly #running = new Map<
    string,
    { readonly configuration: LoadConfiguration; readonly object: LoadObject }
  >();
  readonly #context: ObjectContext;
  readonly #tell: (result: LoadResult) => void;

  constructor(context: ObjectContext, tell: (result: LoadResult) => void) {
    this.#context = context;
    this.#tell = tell;
  }

  /** R56: starts what is new, starts anew what changed, ends what is gone; the others do not notice. */
  reconfigure(configuration: Configuration): void {
    const wanted = usedObjects(configuration, 'loads');
    for (const [name, { configuration: before, object }] of this.#running) {
      if (isDeepStrictEqual(before, wanted.get(name))) continue;
      object.close();
      this.#running.delete(name);
    }
    for (const [name, load] of wanted) {
      if (this.#running.has(name)) continue;
      const object = new LoadObject(name, load.interval, probeOf(name, load, this.#context), this.#tell);
      this.#running.set(name, { configuration: load, object });
    }
  }

  /** The newest result of each that has one. */
  newest(): LoadResult[] {
    return [...this.#running.values()].flatMap(({ object }) => object.newest ?? []);
  }

  close(): void {
    for (const { object } of this.#running.values()) object.close();
    this.#running.clear();
  }
}

function probeOf(name: string, { probe }: LoadConfiguration, { host, lookUp }: ObjectContext): LoadProbe {
  switch (probe.kind) {
    case 'cpu':
      return new CpuLoad();
    case 'memory':
      return new MemoryLoad();
    case 'network':
      return new NetworkLoad(probe.interface, probe.capacity);
    case 'connections':
      return new ConnectionLoad(probe.port, probe.capacity);
    case 'command':
      return new CommandLoad({ name, kind: 'load', argv: probe.argv, user: probe.user, host }, lookUp);
  }
}
