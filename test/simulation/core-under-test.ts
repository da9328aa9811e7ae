// The code that is simulated: the core with its codec, and the assembler of production. Loaded by path, so that a
// deliberately broken copy can take its place.

import type * as Address from '../../src/core/address.js';
import type * as OwnHost from '../../src/core/own-host.js';
import type * as RememberedMembers from '../../src/core/remembered-members.js';
import type * as Monitor from '../../src/core/monitor.js';
import type * as Checkpoint from '../../src/core/checkpoint.js';
import type * as Step from '../../src/core/step.js';
import type * as Assembler from '../../src/control/assembler.js';
import type * as Command from '../../src/wire/command.js';
import type * as Snapshot from '../../src/wire/snapshot.js';
import type * as Control from '../../src/core/control.js';

export interface Core {
  readonly step: typeof Step.step;
  readonly isRoutine: typeof Step.isRoutine;
  readonly checkpointOf: typeof Checkpoint.checkpointOf;
  readonly monitorOf: typeof Checkpoint.monitorOf;
  readonly isConsequence: typeof Checkpoint.isConsequence;
  readonly lostScripts: typeof Checkpoint.lostScripts;
  readonly settingsEvents: typeof Checkpoint.settingsEvents;
  readonly nextDeadline: typeof Step.nextDeadline;
  readonly createMonitor: typeof Monitor.createMonitor;
  readonly nextControlDeadline: typeof Control.nextControlDeadline;
  readonly rowsToKeep: typeof OwnHost.rowsToKeep;
  readonly membersToKeep: typeof RememberedMembers.membersToKeep;
  readonly parseAddress: typeof Address.parseAddress;
  readonly Assembler: typeof Assembler.Assembler;
  readonly encodeSnapshot: typeof Snapshot.encodeSnapshot;
  readonly encodeCommand: typeof Command.encodeCommand;
  readonly decodeCommand: typeof Command.decodeCommand;
  readonly encodeRequest: typeof Command.encodeRequest;
  readonly decodeRequest: typeof Command.decodeRequest;
}

/** The compiled sources beside these tests. */
export const SOURCES = new URL('../../src/', import.meta.url);

/** `root`: a directory with `core`, `wire` and `control/assembler.js`, compiled; ends in a slash. */
export async function loadCore(root: URL = SOURCES): Promise<Core> {
  const load = async <T>(path: string): Promise<T> => (await import(new URL(path, root).href)) as T;
  const [step, checkpoint, monitor, ownHost, members, control, address, assembler, snapshot, command] =
    await Promise.all([
      load<typeof Step>('core/step.js'),
      load<typeof Checkpoint>('core/checkpoint.js'),
      load<typeof Monitor>('core/monitor.js'),
      load<typeof OwnHost>('core/own-host.js'),
      load<typeof RememberedMembers>('core/remembered-members.js'),
      load<typeof Control>('core/control.js'),
      load<typeof Address>('core/address.js'),
      load<typeof Assembler>('control/assembler.js'),
      load<typeof Snapshot>('wire/snapshot.js'),
      load<typeof Command>('wire/command.js'),
    ]);
  return {
    ...step,
    ...checkpoint,
    ...monitor,
    ...ownHost,
    ...members,
    ...control,
    ...address,
    ...assembler,
    ...snapshot,
    ...command,
  };
}
