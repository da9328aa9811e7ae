// The processes of a peer on the hosts of a farm: started in the host's namespace, found with all their children, ended.

import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

import { startInNamespace } from '../../test/farm/child.js';
import type { Host } from '../../test/farm/host.js';
import { isRunning, processTree, signalAll, waitUntilGone } from '../../test/farm/processes.js';

const STOP_BOUND_MS = 10_000;

export class Programs {
  private readonly started = new Map<Host, number[]>();

  /** Starts a program on the host; what it prints goes to `peer.log` in the host's directory. */
  start(host: Host, program: string, args: readonly string[]): void {
    const log = openSync(join(host.daemon.directory, 'peer.log'), 'a');
    const child = startInNamespace(host.namespace, program, args, ['ignore', log, log]);
    closeSync(log);
    if (child.pid === undefined) throw new Error(`${host.name}: ${program} could not be started`);
    this.started.set(host, [...this.roots(host), child.pid]);
  }

  /** Those that were started themselves, and run. */
  roots(host: Host): number[] {
    return (this.started.get(host) ?? []).filter(isRunning);
  }

  /** All, children before their parents. */
  all(host: Host): number[] {
    return this.roots(host).flatMap(processTree);
  }

  /** The first child, or where there is none the first program. Throws where none runs. */
  leaf(host: Host): number {
    const pid = this.all(host)[0];
    if (pid === undefined) throw new Error(`${host.name}: nothing runs`);
    return pid;
  }

  /** SIGTERM, in the opposite order of their start, and waits for the end of all. Throws where one goes on. */
  stop(host: Host): void {
    const all = this.all(host);
    signalAll(this.roots(host).toReversed(), 'SIGTERM');
    if (!waitUntilGone(all, STOP_BOUND_MS)) {
      throw new Error(`${host.name}: processes ${all.filter(isRunning).join(', ')} go on after SIGTERM`);
    }
  }
}
