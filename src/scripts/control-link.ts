// The channel to one control process.

import { openJsonChannel } from '../ipc/channel.js';
import type { Notification, SinkStatus } from '../ipc/notification.js';
import {
  ALIVE_MS,
  type ControlToScripts,
  type LoadResult,
  type ScriptsToControl,
  type TestResult,
} from '../ipc/scripts-messages.js';
import type { Zones } from './dns/zones.js';
import type { Asker, Scripts } from './scripts.js';

export interface ControlLink {
  /** A result of a test or load object. */
  tell(result: TestResult | LoadResult): void;
  tellSinks(sinks: readonly SinkStatus[]): void;
  /** Resolves when control is gone, or the link is closed: it says nothing more. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Answers that a control process which does not read leaves waiting, beyond what the channel holds. Then it counts as broken. */
const MAX_UNSENT = 8192;
const RETRY_MS = 20;

/** What control asks for is done by these. */
export interface Served {
  readonly scripts: Scripts;
  readonly zones: Zones;
  notify(notification: Notification): void;
}

/** Serves a control process on `descriptor` until it goes away. `onNonsense`: it said what it never should. */
export function openControlLink(
  descriptor: number,
  served: Served,
  onNonsense: (what: string) => never,
): ControlLink {
  const { scripts, zones } = served;
  const { promise: closed, resolve: onGone } = deferred();
  const unsent: ScriptsToControl[] = [];
  let retry: NodeJS.Timeout | undefined;

  const sendUnsent = (): void => {
    retry = undefined;
    while (unsent[0] !== undefined && channel.send(unsent[0])) unsent.shift();
    if (unsent.length > 0) retry = setTimeout(sendUnsent, RETRY_MS);
  };
  const say = (message: ScriptsToControl): void => {
    if (unsent.length >= MAX_UNSENT) onNonsense('control does not read its answers');
    unsent.push(message);
    if (retry === undefined) sendUnsent();
  };
  const asker: Asker = {
    answer(ticket, error) {
      say({ kind: 'script-done', ticket, error });
    },
  };
  const alive = setInterval(() => {
    // What waits says as much, once it is read.
    if (unsent.length === 0) say({ kind: 'alive' });
  }, ALIVE_MS);
  const gone = (): void => {
    onGone();
    clearInterval(alive);
    clearTimeout(retry);
    scripts.forget(asker);
    zones.forget();
  };
  const channel = openJsonChannel<ControlToScripts, ScriptsToControl>(descriptor, {
    message: (message) => {
      if (message.kind === 'zone') zones.take(message.group, message.task, say);
      else onMessage(message, asker, served, onNonsense);
    },
    closed: gone,
  });
  return {
    closed,
    tellSinks(sinks) {
      say({ kind: 'sinks', sinks });
    },
    tell: (result) => {
      // Of what waits for a control process that is busy, only the newest of each object is worth sending.
      const older = unsent.findIndex(
        (message) => message.kind === result.kind && message.name === result.name,
      );
      if (older > 0) unsent.splice(older, 1);
      say(result);
    },
    close() {
      gone();
      channel.close();
    },
  };
}

function onMessage(
  message: Exclude<ControlToScripts, { kind: 'zone' }>,
  asker: Asker,
  { scripts, notify }: Served,
  onNonsense: (what: string) => never,
): void {
  switch (message.kind) {
    case 'run-script':
      if (!scripts.run(asker, message)) onNonsense(`control used ticket ${String(message.ticket)} twice`);
      break;
    case 'cancel-script':
      scripts.cancel(asker, message.ticket);
      break;
    case 'notify':
      notify(message.notification);
      break;
    default:
      onNonsense(`control sent ${JSON.stringify((message as { readonly kind?: unknown }).kind)}`);
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((resolved) => {
    resolve = resolved;
  });
  return { promise, resolve };
}
