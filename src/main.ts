// argv → role. A role loads its own code only: its start is what a failover waits for.

import { fstatSync } from 'node:fs';
import { SUPERVISOR_DESCRIPTOR } from './ipc/supervisor-messages.js';
import type { Commands } from './supervisor/command-line.js';

const EXIT_USAGE = 2;

/** A role is born with its channel (src/ipc/supervisor-messages.ts). */
function isFromSupervisor(): boolean {
  try {
    return fstatSync(SUPERVISOR_DESCRIPTOR).isSocket();
  } catch {
    return false;
  }
}

/** Whatever the daemon consists of: a program that lacks a part of it is not gone over to (src/supervisor/trial.ts). */
async function runTrial(args: readonly string[]): Promise<void> {
  try {
    await Promise.all([
      import('./heartbeat/main.js'),
      import('./control/main.js'),
      import('./network/main.js'),
      import('./scripts/main.js'),
      import('./web/main.js'),
    ]);
  } catch (error) {
    (await import('./supervisor/trial.js')).tellFailure(error);
    return;
  }
  await runDaemon(args, async (options) => (await import('./supervisor/main.js')).runTrial(options));
}

async function runDaemon(args: readonly string[], run: Commands['run']): Promise<void> {
  const { runCommandLine } = await import('./supervisor/command-line.js');
  await runCommandLine(args, {
    run,
    clean: async (socket) => {
      const { cleanCommand } = await import('./network/clean.js');
      const { keepDaemonsOut } = await import('./supervisor/namespace-lock.js');
      return cleanCommand(socket, keepDaemonsOut, process.stdout, process.stderr);
    },
  });
}

/** `raisd role NAME`: how the supervisor starts its workers; of no use to anybody else. */
async function runRole(name: string | undefined, args: readonly string[]): Promise<void> {
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
    case 'trial':
      return runTrial(args);
    default:
      process.stderr.write('raisd: roles are started by the supervisor\n');
      process.exitCode = EXIT_USAGE;
  }
}

const [first, ...rest] = process.argv.slice(2);
if (first === 'role') await runRole(rest[0], rest.slice(1));
else {
  // The daemon, which has no command but options. What else there is ends as any program.
  if (first?.startsWith('-') !== false) (await import('./supervisor/held-signals.js')).holdSignals();
  await runDaemon(process.argv.slice(2), async (options) =>
    (await import('./supervisor/main.js')).runSupervisor(options),
  );
}
