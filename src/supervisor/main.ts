// The supervisor: `raisd` in the foreground. It checks everything before it starts anything, and says in one line what
// is missing; or it goes on with what the program before it has left (R53, hand-over.ts).

import { closeSync } from 'node:fs';
import type { Configuration } from '../config/configuration.js';
import { formatFault, type Fault } from '../config/fault.js';
import { idWarning } from '../config/host-id.js';
import { readKeys } from '../config/keys.js';
import { loadConfiguration } from '../config/load.js';
import type { LoadResult } from '../config/load.js';
import type { HostId } from '../core/address.js';
import { processAddon } from '../ipc/process-addon.js';
import { openLog } from '../log/log.js';
import type { Log } from '../log/log.js';
import { hostIdOf } from './control-interfaces.js';
import { closeSockets, ControlSockets, deafGroups, planSockets } from './control-sockets.js';
import { Daemon, type DaemonParts } from './daemon.js';
import { takeHandOver, type HandOver } from './hand-over.js';
import { releaseSignals } from './held-signals.js';
import { chooseIdentity, type Identity } from './identity.js';
import { InterfaceWatch } from './interface-watch.js';
import { launchOf, launchOfWeb, programFiles } from './launch.js';
import { NamespaceLock, SecondDaemonError } from './namespace-lock.js';
import { openOperatorSocket, removeOperatorSocket } from './operator-socket.js';
import { missingRights, ownCapabilities } from './own-rights.js';
import { prioritize, prioritizeSupervisor, prioritizeThread, relaxSupervisor } from './scheduling.js';
import { ServiceManager } from './service-manager.js';
import { openStateDirectory } from './state-directory.js';
import { goOverTo, trialOf } from './successor.js';
import { judge, tellVerdict, tryProgram } from './trial.js';
import { version } from './version.js';
import { messageOf } from '../log/error-message.js';

export interface SupervisorOptions {
  readonly config: string;
  readonly socket: string;
  readonly state: string;
}

const EXIT_FAILED = 1;
const EXIT_BAD_CONFIGURATION = 78;

/** A reason not to start; its message is for the operator. */
class StartError extends Error {}

/** What the daemon begins with. */
interface Beginning extends Pick<
  DaemonParts,
  'hostId' | 'configuration' | 'keys' | 'interfaces' | 'sockets' | 'lock' | 'operatorSocket' | 'inherited'
> {
  readonly identity: Identity;
  /** Null: there is no lock to be had here. */
  readonly namespaceLock: NamespaceLock | null;
}

/** Runs the daemon until it is told to stop, or fails. Resolves with the exit code. */
export async function runSupervisor(options: SupervisorOptions): Promise<number> {
  let inherited: HandOver | null;
  try {
    inherited = takeHandOver(process.env);
  } catch (error) {
    return failStart(await openLog(null), error);
  }
  if (inherited !== null) {
    const before = inherited;
    const log = await openLog(null);
    log.level = before.configuration.log.level;
    return superviseUntilEnd(options, log, () => goOn(before, log));
  }
  const loaded = loadForThisHost(options.config);
  if (!loaded.ok) {
    process.stderr.write(loaded.faults.map((fault) => `${formatFault(fault)}\n`).join(''));
    return EXIT_BAD_CONFIGURATION;
  }
  const { configuration } = loaded;
  const log = await openLog(null);
  log.level = configuration.log.level;
  for (const warning of loaded.warnings) log.warn(formatFault(warning));
  return superviseUntilEnd(options, log, () => begin(options, configuration, log));
}

/** `raisd role trial`: says whether this program could go on for the one that tries it, and on what configuration. */
export function runTrial(options: SupervisorOptions): Promise<number> {
  tellVerdict(judge(() => loadForThisHost(options.config), checkSelf));
  return Promise.resolve(0);
}

/** What does not hang on the network. */
function checkSelf(): void {
  const missing = missingRights(ownCapabilities());
  if (missing.length > 0) throw new StartError(missing.join('; '));
  ownIdentity();
}

async function superviseUntilEnd(
  options: SupervisorOptions,
  log: Log,
  beginning: () => Beginning,
): Promise<number> {
  let begun: Beginning | null = null;
  try {
    begun = beginning();
    const daemon = makeDaemon(options, log, begun);
    prioritizeSupervisor(log);
    listenToSignals(daemon);
    daemon.start();
    releaseSignals();
    return await daemon.finished;
  } catch (error) {
    return failStart(log, error);
  } finally {
    if (begun !== null) {
      closeSync(begun.operatorSocket);
      removeOperatorSocket(options.socket);
      begun.namespaceLock?.release();
    }
  }
}

function failStart(log: Log, error: unknown): number {
  log.fatal(messageOf(error));
  return EXIT_FAILED;
}

function begin(options: SupervisorOptions, configuration: Configuration, log: Log): Beginning {
  const missing = missingRights(ownCapabilities());
  if (missing.length > 0) throw new StartError(`${missing.join('; ')}: start it as root`);
  const keys = readKeys(configuration);
  const interfaces = new InterfaceWatch(processAddon, log);
  const sockets = new ControlSockets((plan, beside) => processAddon.openControlSocket(plan, beside));
  const hostId = checkControlInterfaces(configuration, interfaces, sockets);
  const doubt = idWarning(configuration.id, hostId, interfaces.describe(configuration)[0]);
  if (doubt !== null) log.warn(doubt);
  const identity = ownIdentity();
  if (identity.warning !== null) log.warn(identity.warning);
  const lock = openStateDirectory(options.state);
  const namespaceLock = lockNamespace(log);
  const operatorSocket = openOperatorSocket(options.socket);
  return {
    hostId,
    configuration,
    keys,
    interfaces,
    sockets,
    lock,
    operatorSocket,
    identity,
    namespaceLock,
    inherited: null,
  };
}

/** Refuses a second daemon; a host on which there is no place for the lock is worth a warning, no refusal. */
function lockNamespace(log: Log): NamespaceLock | null {
  try {
    return new NamespaceLock();
  } catch (error) {
    if (error instanceof SecondDaemonError) throw error;
    log.warn(`nothing keeps a second raisd out of this network namespace: ${messageOf(error)}`);
    return null;
  }
}

/** execve(2) has let go of it. Whoever has taken it in that moment must not cost this host what it serves. */
function lockNamespaceAgain(log: Log): NamespaceLock | null {
  try {
    return lockNamespace(log);
  } catch (error) {
    log.error(messageOf(error));
    return null;
  }
}

function goOn(inherited: HandOver, log: Log): Beginning {
  const { hostId, configuration, keys, lock, operatorSocket } = inherited;
  return {
    hostId,
    configuration,
    keys,
    interfaces: new InterfaceWatch(processAddon, log),
    sockets: new ControlSockets(
      (plan, beside) => processAddon.openControlSocket(plan, beside),
      inherited.sockets,
    ),
    lock,
    operatorSocket,
    identity: ownIdentity(),
    namespaceLock: lockNamespaceAgain(log),
    inherited,
  };
}

const ownIdentity = (): Identity =>
  chooseIdentity((name) => processAddon.lookupUser(name), programFiles(), process.geteuid?.() ?? 0);

function makeDaemon(options: SupervisorOptions, log: Log, begun: Beginning): Daemon {
  const { identity } = begun;
  return new Daemon({
    ...begun,
    log,
    version: version(),
    stateDirectory: options.state,
    manager: new ServiceManager(process.env, process.pid, log),
    load: () => loadForThisHost(options.config),
    readKeys,
    loadFence: () => processAddon.loadFence(),
    launch: (role, rootCommands, rawSockets) => launchOf(role, rootCommands, rawSockets, identity),
    launchWeb: () => launchOfWeb(identity),
    onStandingBy: (role) => {
      prioritize(role, log);
    },
    onReady: (role) => {
      prioritizeThread(role, log);
    },
    tryProgram: () => tryProgram(trialOf(process)),
    replaceProgram: (record) => {
      // It is started where the roles are at work.
      relaxSupervisor(log);
      try {
        return goOverTo(process, record);
      } finally {
        prioritizeSupervisor(log);
      }
    },
  });
}

/** The host id, once it is sure that each group can talk on at least one control interface. */
function checkControlInterfaces(
  configuration: Configuration,
  interfaces: InterfaceWatch,
  sockets: ControlSockets,
): HostId {
  const found = interfaces.look(configuration);
  const hostId = hostIdOf(configuration, found);
  if (hostId === null || found.length === 0) throw new StartError(interfaces.complaints().join('; '));
  const opened = sockets.prepare(planSockets(configuration, found));
  closeSockets(opened.sockets);
  const deaf = deafGroups(configuration, opened);
  if (deaf.length > 0) throw new StartError(deaf.join('; '));
  return hostId;
}

/**
 * What this host lacks today (an interface, a program, a user) may be there tomorrow, so that it is worth a warning,
 * no refusal; whatever is wrong in the file itself is refused, and so is what this host can never do.
 */
function loadForThisHost(path: string): LoadResult {
  const onHost = loadConfiguration(path, { onHost: true });
  if (onHost.ok) return onHost;
  const anywhere = loadConfiguration(path, { certainOnly: true });
  if (!anywhere.ok) return anywhere;
  // What is a fault here is a warning elsewhere, and told once.
  const isToldHere = (warning: Fault): boolean =>
    onHost.faults.some((fault) => fault.line === warning.line && fault.column === warning.column);
  return {
    ...anywhere,
    warnings: [...anywhere.warnings.filter((each) => !isToldHere(each)), ...onHost.faults],
  };
}

function listenToSignals(daemon: Daemon): void {
  // SIGURG is systemd's word, which reaches scripts as well: they do not notice it (systemd/raisd.service).
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGURG'] as const) {
    process.on(signal, () => {
      daemon.stop();
    });
  }
  process.on('SIGHUP', () => {
    daemon.reload();
  });
  process.on('SIGUSR1', () => {
    daemon.quiesce();
  });
  process.on('SIGUSR2', () => {
    daemon.resume();
  });
}
