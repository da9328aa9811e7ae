// R2: the test objects of this host. Each is run once, however many groups name it.

import { isDeepStrictEqual } from 'node:util';
import type { Configuration, TestConfiguration } from '../../config/configuration.js';
import type { HostId } from '../../core/address.js';
import type { TestResult } from '../../ipc/scripts-messages.js';
import { usedObjects } from '../used-objects.js';
import type { User } from '../user.js';
import { commandProbe } from './command-probe.js';
import { fileProbe } from './file-probe.js';
import { httpProbe } from './http-probe.js';
import { icmpProbe } from './icmp-probe.js';
import type { Probe } from './probe.js';
import { ProcessProbe } from './process-probe.js';
import { tcpProbe } from './tcp-probe.js';
import { TestObject } from './test-object.js';

export interface ObjectContext {
  readonly host: HostId;
  readonly lookUp: (name: string) => Promise<User>;
}

export class TestObjects {
  readonly #running = new Map<
    string,
    { readonly configuration: TestConfiguration; readonly object: TestObject }
  >();
  readonly #context: ObjectContext;
  readonly #tell: (result: TestResult) => void;

  constructor(context: ObjectContext, tell: (result: TestResult) => void) {
    this.#context = context;
    this.#tell = tell;
  }

  /** R56: starts what is new, starts anew what changed, ends what is gone; the others do not notice. */
  reconfigure(configuration: Configuration): void {
    const wanted = usedObjects(configuration, 'tests');
    for (const [name, { configuration: before, object }] of this.#running) {
      if (isDeepStrictEqual(before, wanted.get(name))) continue;
      object.close();
      this.#running.delete(name);
    }
    for (const [name, test] of wanted) {
      if (this.#running.has(name)) continue;
      const object = new TestObject(name, test, probeOf(name, test, this.#context), this.#tell);
      this.#running.set(name, { configuration: test, object });
    }
  }

  /** The newest result of each that has one. */
  newest(): TestResult[] {
    return [...this.#running.values()].flatMap(({ object }) => object.newest ?? []);
  }

  close(): void {
    for (const { object } of this.#running.values()) object.close();
    this.#running.clear();
  }
}

function probeOf(name: string, { probe }: TestConfiguration, { host, lookUp }: ObjectContext): Probe {
  switch (probe.kind) {
    case 'http':
      return httpProbe(probe);
    case 'tcp':
      return tcpProbe(probe);
    case 'icmp':
      return icmpProbe(probe);
    case 'process':
      return new ProcessProbe(probe);
    case 'file':
      return fileProbe(probe);
    case 'command':
      return commandProbe({ name, kind: 'test', argv: probe.argv, user: probe.user, host }, lookUp);
  }
}
