// The channel to one control process.

import { openJsonChannel } from '../ipc/channel.js';
import type { ControlToScripts, ScriptsToControl } from '../ipc/scripts-messages.js';
import type { Asker, Scripts } from './scripts.js';

export interface ControlLink {
  close(): void;
}

/** Answers that a control process which does not read leaves waiting, beyond what the channel holds. Then it counts as broken. */
const MAX_UNSENT = 8192;
const RETRY_MS = 20;

/** Serves a control process on `descriptor` until it goes away. `onNonsense`: it said what it never should. */
export function openControlLink(
  descriptor: number,
  scripts: Scripts,
  onNonsense: (what: string) => never,
): ControlLink {
  const unsent: ScriptsToControl[] = [];
  let retry: NodeJS.Timeout | undefined;

  const sendUnsent = (): void => {
    retry = undefined;
    while (unsent[0] !== undefined && channel.send(unsent[0])) unsent.shift();
    if (unsent.length > 0) retry = setTimeout(sendUnsent, RETRY_MS);
  };
  const asker: Asker = {
    answer(ticket, error) {
      if (unsent.length >= MAX_UNSENT) onNonsense('control does not read its answers');
      unsent.push({ kind: 'script-done', ticket, error });
      if (retry === undefined) sendUnsent();
    },
  };
  const gone = (): void => {
    clearTimeout(retry);
    scripts.forget(asker);
  };
  const channel = openJsonChannel<ControlToScripts, ScriptsToControl>(descriptor, {
    message: (message) => {
      onMessage(message, asker, scripts, onNonsense);
    },
    closed: gone,
  });
  return {
    close() {
      gone();
      channel.close();
    },
  };
}

function onMessage(
  message: ControlToScripts,
  asker: Asker,
  scripts: Scripts,
  onNonsense: (what: string) => never,
): void {
  switch (message.kind) {
    case 'run-script':
      if (!scripts.run(asker, message)) onNonsense(`control used ticket ${String(message.ticket)} twice`);
      break;
    case 'cancel-script':
      scripts.cancel(asker, message.ticket);
      break;
    default:
      onNonsense(`control sent ${JSON.stringify((message as { readonly kind?: unknown }).kind)}`);
  }
}
