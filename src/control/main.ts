// The control role: the hub. It drives the cores, passes what they decide to heartbeat, network and scripts, and serves
// the operator socket. It has no rights: every descriptor that it uses was given to it.

import type { Configuration } from '../config/configuration.js';
import { instant, type Instant } from '../core/time.js';
import { processAddon } from '../ipc/process-addon.js';
import { openRole, ORPHANED_MILLISECONDS, type Supervisor } from '../ipc/role.js';
import { giveBackSpareMemory } from '../ipc/spare-memory.js';
import type { Role, StartMessage } from '../ipc/supervisor-messages.js';
import { openLog } from '../log/log.js';
import { CheckpointFile } from './checkpoint-file.js';
import { Control } from './control.js';
import { rehearseSuccession } from './dress-rehearsal.js';
import { LAST_ROUNDS, Rehearsal, ROUNDS } from './rehearsal.js';

/** Runs the role; returns when it listens to the supervisor, and the process lives on by its channel. */
export async function runControl(): Promise<void> {
  const log = await openLog('control');
  // R53: also that of one that stands by, so that it is as quick as the one that it replaces.
  new Rehearsal().run(ROUNDS);
  await giveBackSpareMemory();
  // Some compiled code was lost with it (measured: without this the next failover cost half as much again).
  new Rehearsal().run(LAST_ROUNDS);
  await rehearseSuccession(log.child({}, { level: 'silent' }));
  let control: Control | null = null;
  const running = (): Control => control ?? supervisor.fail('a message came before start');
  const supervisor: Supervisor = openRole('control', log, {
    start: (message: StartMessage, memory) => {
      const now = (): Instant => instant(processAddon.bootTime());
      control = new Control(message, log, supervisor, now, new CheckpointFile(memory));
      supervisor.send({ kind: 'ready' });
    },
    attach: ({ role }: { role: Role }, descriptor) => {
      running().attach(role, descriptor);
    },
    'operator-socket': (_message, descriptor) => {
      running().serve(descriptor);
    },
    'operator-reader': (_message, descriptor) => {
      running().serveReader(descriptor);
    },
    'history-file': ({ half }, descriptor) => {
      running().openHistory(half, descriptor);
    },
    'address-file': ({ half }, descriptor) => {
      running().openAddressFile(half, descriptor);
    },
    reconfigure: ({ configuration }: { configuration: Configuration }) => {
      running().reconfigure(configuration);
    },
    'control-interfaces': ({ controlInterfaces }) => {
      running().noteControlInterfaces(controlInterfaces);
    },
    reloaded: ({ errors }) => {
      running().onReloaded(errors);
    },
    restarting: ({ errors }) => {
      running().onRestarting(errors);
    },
    quiesce: () => {
      running().stepAll({ kind: 'quiesce' });
    },
    resume: () => {
      running().stepAll({ kind: 'resume' });
    },
    ceasing: () => {
      control?.cease();
    },
    stop: () => {
      running().stop(() => {
        supervisor.send({ kind: 'stopped' });
      });
    },
    closed: () => {
      const end = (): never => process.exit(0);
      // It was told to stop, and has: that is why the channel is closed.
      if (control?.hasStopped === true) end();
      // R55: others take over what is served here, without a gap, although nobody is left to ask for it.
      log.error('the supervisor is gone: this host gives up what it serves');
      setTimeout(end, ORPHANED_MILLISECONDS);
      running().stop(end);
    },
  });
}
