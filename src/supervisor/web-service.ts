// The status page's process: started where `web` is configured, given its listening socket and a connection to control. Nobody
// depends on it: that it cannot be started, or dies, is told and tried again, and never ends the daemon.

import { closeSync } from 'node:fs';
import type { Configuration, Endpoint } from '../config/configuration.js';
import { formatEndpoint } from '../config/endpoint.js';
import { withoutSecrets } from '../config/secrets.js';
import { processAddon } from '../ipc/process-addon.js';
import type { FromSupervisor, StartMessage } from '../ipc/supervisor-messages.js';
import { messageOf } from '../log/error-message.js';
import type { Log } from '../log/log.js';
import type { WebHandOver } from './hand-over.js';
import { RoleProcess, type Launch } from './role-process.js';

/** The first wait before another try; it doubles with each, and begins anew once the process has run for `GOOD_RUN`. */
const FIRST_RETRY = 1_000;
/** So long a program that took another one's place has to do with the roles: who connects waits. */
const LATER = 5_000;
const LONGEST_RETRY = 60_000;
const GOOD_RUN = 60_000;

export interface WebPorts {
  readonly log: Log;
  launch(): Launch;
  start(): StartMessage;
  standingBy(process: RoleProcess<string>): void;
  /** Passes control its end of the connection. */
  toControl(message: FromSupervisor, descriptor: number): void;
}

/** A listening socket that is to take the place of the one before; null: none. */
export interface WebChange {
  readonly listen: Endpoint | null;
  readonly listener: number | null;
}

export class WebService {
  readonly #ports: WebPorts;
  #listen: Endpoint | null = null;
  #listener: number | null = null;
  #process: RoleProcess<'web'> | null = null;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;
  /** All that were not reaped yet. */
  readonly #running = new Set<RoleProcess<'web'>>();

  constructor(ports: WebPorts) {
    this.#ports = ports;
  }

  /** R56: opens what a new configuration needs, before it is gone over to. Null: nothing changes. Throws where it cannot. */
  prepare({ web }: Configuration): WebChange | null {
    const listen = web?.listen ?? null;
    if (textOf(listen) === textOf(this.#listen)) return null;
    return { listen, listener: listen === null ? null : open(listen, this.#listener) };
  }

  apply(change: WebChange): void {
    this.#end();
    this.#listen = change.listen;
    this.#listener = change.listener;
    this.#failures = 0;
    if (change.listen !== null) this.#start();
  }

  /** R56: what else it is told of a reload: how much it is to log. It keeps neither keys nor groups. */
  reconfigure(configuration: Configuration): void {
    this.#process?.send({ kind: 'reconfigure', configuration: withoutSecrets(configuration), keys: {} });
  }

  /** At the start of the daemon, which does not wait for the status page: what cannot be opened is tried again. */
  begin({ web }: Configuration): void {
    this.#listen = web?.listen ?? null;
    if (this.#listen !== null) this.#start();
  }

  /** For the program that takes this one's place. */
  handOver(): WebHandOver {
    const leaving = [...this.#running].map(({ pid, pidfd }) => ({ pid, pidfd }));
    return { listen: this.#listen, listener: this.#listener, leaving };
  }

  /** The listener is kept, the process replaced. */
  adopt({ listen, listener }: WebHandOver): void {
    this.#listen = listen;
    this.#listener = listener;
    if (listen !== null) this.#startAfter(LATER);
  }

  /** Control was started anew. */
  linkControl(): void {
    const process = this.#process;
    if (process === null) return;
    const [ours, theirs] = processAddon.streamPair();
    this.#ports.toControl({ kind: 'operator-reader' }, ours);
    process.send({ kind: 'operator-reader' }, theirs);
    closeSync(ours);
    closeSync(theirs);
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  /** It keeps nothing that it would have to write. */
  #end(): void {
    clearTimeout(this.#retry);
    const process = this.#process;
    this.#process = null;
    process?.kill();
    if (this.#listener !== null) closeSync(this.#listener);
    this.#listener = null;
  }

  #start(): void {
    const { log } = this.#ports;
    const listen = this.#listen;
    if (listen === null) return;
    try {
      // Kept while the process is started anew, so that who connects meanwhile waits in its backlog.
      this.#listener ??= open(listen, null);
      this.#process = this.#launch(this.#listener);
      this.linkControl();
      log.info(`status page and metrics on http://${formatEndpoint(listen)}/`);
    } catch (error) {
      this.#tryAgain(`the status page cannot be started: ${messageOf(error)}`);
    }
  }

  #launch(listener: number): RoleProcess<'web'> {
    const begun = Date.now();
    const process: RoleProcess<'web'> = new RoleProcess('web', this.#ports.launch(), {
      message: (message) => {
        if (message.kind === 'standing-by') this.#ports.standingBy(process);
        else if (message.kind === 'failed')
          this.#ports.log.error(`web cannot go on: ${message.reason.split('\n', 1).join('')}`);
      },
      ended: (how) => {
        this.#running.delete(process);
        if (this.#process !== process) return;
        this.#process = null;
        if (Date.now() - begun >= GOOD_RUN) this.#failures = 0;
        this.#tryAgain(`web (pid ${String(process.pid)}) died: ${how}`);
      },
    });
    this.#running.add(process);
    process.send(this.#ports.start());
    process.send({ kind: 'web-listener' }, listener);
    process.send({ kind: 'go' });
    return process;
  }

  #tryAgain(why: string): void {
    if (this.#closed) return;
    const delay = Math.min(FIRST_RETRY * 2 ** this.#failures, LONGEST_RETRY);
    this.#failures++;
    this.#ports.log.warn(`${why}; it is started anew in ${String(delay / 1000)} s`);
    this.#startAfter(delay);
  }

  #startAfter(milliseconds: number): void {
    this.#retry = setTimeout(() => {
      this.#start();
    }, milliseconds);
  }
}

/** `before`: the listener whose place it takes, and which is not in its way. */
function open(listen: Endpoint, before: number | null): number {
  try {
    return processAddon.openTcpListener(listen.address, listen.port, before ?? -1);
  } catch (error) {
    throw new Error(`web.listen: ${messageOf(error)}`, { cause: error });
  }
}

const textOf = (listen: Endpoint | null): string => (listen === null ? '' : formatEndpoint(listen));
