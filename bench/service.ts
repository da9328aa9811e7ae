// The service of a host, for the tests that look after it: the farm's responder, known by a pidfile.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Host } from '../test/farm/host.js';
import { processesInNamespace } from '../test/farm/processes.js';
import { readFileSync } from 'node:fs';

export const servicePidFile = (host: Host): string => join(host.daemon.directory, 'service.pid');

const nameOf = (pid: number): string | null => {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
};

const responderOf = (host: Host): number | undefined =>
  processesInNamespace(host.namespace.name).find((pid) => nameOf(pid) === 'responder');

/** Writes down which process is the service. */
export function notePid(host: Host): void {
  writeFileSync(servicePidFile(host), `${String(responderOf(host) ?? 0)}\n`);
}

/** As a crash would. */
export function killService(host: Host): void {
  const pid = responderOf(host);
  if (pid === undefined) throw new Error(`${host.name}: its service does not run`);
  process.kill(pid, 'SIGKILL');
}

export async function startService(host: Host): Promise<void> {
  await host.stopResponder();
  await host.startResponder();
  notePid(host);
}
