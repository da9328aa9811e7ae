// The heartbeat role: it has no right but the sockets that it was born with.

import { openRole, ORPHANED_MILLISECONDS, type Supervisor } from '../ipc/role.js';
import type { StartMessage } from '../ipc/supervisor-messages.js';
import { openLog } from '../log/log.js';
import { Heartbeat } from './heartbeat.js';
import { rehearse } from './rehearsal.js';

/** Runs the role; returns when it listens to the supervisor, and the process lives on by its channel. */
export async function runHeartbeat(): Promise<void> {
  const log = await openLog('heartbeat');
  rehearse();
  let heartbeat: Heartbeat | null = null;
  let sequenceFile = -1;
  const running = (): Heartbeat => heartbeat ?? supervisor.fail('a message came before start');
  const supervisor: Supervisor = openRole('heartbeat', log, {
    start: (message: StartMessage, memory) => {
      heartbeat = new Heartbeat(message, memory, log);
      if (heartbeat.isHeir) supervisor.send({ kind: 'prepared' });
    },
    // A stand-in has its own file open long before the numbers are its own.
    'sequence-file': (_message, descriptor) => {
      sequenceFile = descriptor;
    },
    go: () => {
      running().go();
      running().keepSequence(sequenceFile);
      if (running().needsControl) supervisor.send({ kind: 'relink' });
      supervisor.send({ kind: 'ready' });
    },
    'lease-board': (_message, descriptor) => {
      running().keepLeases(descriptor);
    },
    fence: (_message, descriptor) => {
      running().keepFence(descriptor);
    },
    watchdog: ({ periodMilliseconds }, descriptor) => {
      running().feedWatchdog(descriptor, periodMilliseconds);
    },
    socket: (message, descriptor) => {
      running().addSocket(message.group, message.interface, descriptor);
    },
    attach: (_message, descriptor) => {
      running().attachControl(descriptor);
    },
    reconfigure: (message) => {
      running().configure(message.configuration.groups, message.keys);
    },
    stop: () => {
      running().stopAfterHeartbeat();
      supervisor.send({ kind: 'stopped' });
      process.exit(0);
    },
    closed: () => {
      // R53: one that still stands by has nothing to do.
      if (heartbeat?.isAwake !== true) process.exit(0);
      void running()
        .untilControlIsGone(ORPHANED_MILLISECONDS)
        .then(() => {
          running().stop();
          process.exit(0);
        });
    },
  });
}
