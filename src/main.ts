// argv → role. A role loads its own code only: its start is what a failover waits for.

import { fstatSync } from 'node:fs';
import { SUPERVISOR_DESCRIPTOR } from './ipc/supervisor-messages.js';

const EXIT_USAGE = 2;

/** A role is born with its channel (src/ipc/supervisor-messages.ts). */
function isFromSupervisor(): boolean {
  try {
    return fstatSync(SUPERVISOR_DESCRIPTOR).isSocket();
  } catch {
    return false;
  }
}

/** `raisd role NAME`: how the supervisor starts its workers; of no use to anybody else. */
async function runRole(name: string | undefined): Promise<void> {
  switch (isFromSupervisor() ? name : undefined) {
    case 'heartbeat':
      return (await import('./heartbeat/main.js')).runHeartbeat();
    case 'control':
      return (await import('./control/main.js')).runControl();
    case 'network':
      return (await import('./network/main.js')).runNetwork();
    case 'scripts':
      return (await import('./scripts/main.js')).runScripts();
    case 'web':
      return (await import('./web/main.js')).runWeb();
    default:
      process.stderr.write('raisd: roles are started by the supervisor\n');
      process.exitCode = EXIT_USAGE;
  }
}

const [first, ...rest] = process.argv.slice(2);
if (first === 'role') await runRole(rest[0]);
else {
  const { runCommandLine } = await import('./supervisor/command-line.js');
  await runCommandLine(process.argv.slice(2), {
    clean: async (socket) => {
      const { cleanCommand } = await import('./network/clean.js');
      return cleanCommand(socket, process.stdout, process.stderr);
    },
  });
}
