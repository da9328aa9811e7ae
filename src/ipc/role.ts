// The few lines with which each role opens: its channel to the supervisor on descriptor 3, a table of what it does
// for each message, and what ends it. The supervisor is trusted: what it should never say is a bug, and the role ends.

import { closeSync } from 'node:fs';
import { openJsonChannel } from './channel.js';
import { processAddon } from './process-addon.js';
import { SUPERVISOR_DESCRIPTOR } from './supervisor-messages.js';
import type {
  FromSupervisor,
  OptionalRole,
  Role,
  StartMessage,
  ToSupervisor,
} from './supervisor-messages.js';

type Kind = FromSupervisor['kind'];
/** What is done here; the rest is for the role itself. */
type OwnKind = 'go' | 'ping' | 'cease' | 'prioritize' | 'life' | 'turns';
type TakenMessage = Exclude<FromSupervisor, { kind: OwnKind }>;
type MessageOf<K extends Kind> = Extract<FromSupervisor, { kind: K }>;

/** One entry a message that this role may get. `descriptor` is -1 where none came; it belongs to the handler. */
export type RoleHandlers = {
  readonly [K in Exclude<Kind, 'start' | OwnKind>]?: (message: MessageOf<K>, descriptor: number) => void;
} & {
  /** Always the first message, once. */
  readonly start: (message: StartMessage, descriptor: number) => void;
  /**
   * R53: the role stands by with what it is told, which it takes in at once; this is the word to begin. Absent: what is said before
   * that word waits for it.
   */
  readonly go?: () => void;
  /** R53: the last that it does, while another process is about to go on; to be short. */
  readonly ceasing?: () => void;
  /**
   * The supervisor is gone or has closed the channel: the role's last duty, after which it ends itself, within
   * ORPHANED_MILLISECONDS. Absent: the process ends at once with 0, as one does that waits for `go` with what it was told.
   */
  readonly closed?: () => void;
};

/** What a role needs of its log here; `src/log` makes one. */
export interface RoleLog {
  level: string;
  info(message: string): void;
  fatal(message: string): void;
}

export interface Supervisor {
  /** False: the queue is full, nothing was sent. */
  send(message: ToSupervisor): boolean;
  /** Tells the supervisor and the log why this role cannot go on, and ends the process with 1. */
  fail(reason: string): never;
}

/** Signals that are the supervisor's alone: it says over the channel what they mean for a role. */
const IGNORED_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Opens a role: from here on the process lives by what the supervisor says, and ends when its channel does. What a takeover
 * must not wait for, code that is loaded and compiled, comes before.
 */
export function openRole(role: Role | OptionalRole, log: RoleLog, handlers: RoleHandlers): Supervisor {
  processAddon.protectMemory();
  // A terminal's or a service manager's signal to the whole group must not end roles out of order (and Node would
  // open its inspector on SIGUSR1).
  for (const signal of IGNORED_SIGNALS) process.on(signal, () => undefined);

  let started = false;
  let isTold = false;
  /** What was said before `go`: a bounded few. */
  let waiting: (readonly [TakenMessage, number])[] | null = handlers.go === undefined ? [] : null;
  const take = (message: TakenMessage, descriptor: number): void => {
    if (started === (message.kind === 'start')) fail(`supervisor sent ${message.kind} out of order`);
    started = true;
    if (message.kind === 'start' || message.kind === 'reconfigure')
      log.level = message.configuration.log.level;
    dispatch(handlers, message, descriptor, fail);
  };
  const channel = openJsonChannel<FromSupervisor, ToSupervisor>(SUPERVISOR_DESCRIPTOR, {
    message: (message, descriptor) => {
      if (message.kind === 'prioritize') prioritizeSelf(role, message, log);
      else if (message.kind === 'ping') channel.send({ kind: 'pong' });
      else if (message.kind === 'cease') cease();
      else if (message.kind === 'life') holdLife(descriptor);
      else if (message.kind === 'turns') countTurns(descriptor);
      else if (message.kind === 'go') {
        if (isTold) fail('supervisor sent go twice');
        isTold = true;
        const before = waiting ?? [];
        waiting = null;
        for (const [said, passed] of before) take(said, passed);
        handlers.go?.();
      } else if (waiting === null) take(message, descriptor);
      else {
        // The newest alone counts, and an interface that flaps may have it said for years.
        if (message.kind === 'control-interfaces')
          waiting = waiting.filter(([said]) => said.kind !== 'control-interfaces');
        waiting.push([message, descriptor]);
      }
    },
    closed: () => {
      if (handlers.closed === undefined || waiting !== null) process.exit(0);
      handlers.closed();
    },
  });

  /** The word is out before; not one line of this program is run after it. */
  function cease(): void {
    if (waiting === null) handlers.ceasing?.();
    channel.send({ kind: 'stopped' });
    process.kill(process.pid, 'SIGKILL');
  }

  function fail(reason: string): never {
    log.fatal(`${role}: ${reason}`);
    channel.send({ kind: 'failed', reason: reason.slice(0, MAX_REASON_CHARACTERS) });
    process.exit(1);
  }
  process.on('uncaughtException', (error) => {
    fail(error.stack ?? error.message);
  });
  channel.send({ kind: 'standing-by', countsTurns: true });
  return { send: (message) => channel.send(message), fail };
}

/** R53: until this thread, the main one, is dead. */
function holdLife(memory: number): void {
  processAddon.holdLife(memory);
  closeSync(memory);
}

/** R52: the supervisor sees by it that this process does not hang. */
function countTurns(memory: number): void {
  processAddon.countTurns(memory);
  closeSync(memory);
}

function prioritizeSelf(
  role: string,
  { nice, sliceNanoseconds }: MessageOf<'prioritize'>,
  log: RoleLog,
): void {
  try {
    processAddon.prioritizeMainThread(process.pid, nice, sliceNanoseconds);
  } catch (error) {
    log.info(`${role}: the system refuses nice ${String(nice)}: ${(error as Error).message}`);
  }
}

/**
 * R52, R55: so long the roles live without their supervisor at the most. Control hands over what this host serves, as if it
 * were told to stop, and ends; the others end when control does.
 */
export const ORPHANED_MILLISECONDS = 10_000;

const MAX_REASON_CHARACTERS = 4096;

function dispatch(
  handlers: RoleHandlers,
  message: TakenMessage,
  descriptor: number,
  fail: (reason: string) => never,
): void {
  // The table has for each kind a handler of just that kind; TypeScript cannot follow the correlation.
  const handler = handlers[message.kind] as
    ((message: FromSupervisor, descriptor: number) => void) | undefined;
  if (handler === undefined) fail(`supervisor sent ${message.kind}, which this role does not know`);
  handler(message, descriptor);
}
