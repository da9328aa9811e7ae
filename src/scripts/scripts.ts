// The scripts that control asks for: queued, run, answered. Each asker (one control process after the other) has
// its own tickets; what an asker that is gone had started runs to its end, or its timeout, and nobody is told.

import type { Configuration } from '../config/configuration.js';
import type { HostId } from '../core/address.js';
import type { ControlToScripts } from '../ipc/scripts-messages.js';
import { MAX_WAITING, ScriptQueue } from './script-queue.js';
import { startScript, type RunningScript, type ScriptRun } from './script-run.js';
import type { User } from './user.js';

export type RunRequest = Extract<ControlToScripts, { kind: 'run-script' }>;

/** Where the answers of one control process go. */
export interface Asker {
  answer(ticket: number, error: string | null): void;
}

/** What scripts need of the log. */
export interface ScriptsLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

interface Job {
  readonly key: string;
  readonly asker: Asker;
  readonly request: RunRequest;
  /** Who is answered when it ends: several, where the same was asked for again while it waited. */
  readonly tickets: Set<number>;
  running: RunningScript | null;
}

export class Scripts {
  readonly #queue = new ScriptQueue<Job>((job) => {
    this.#start(job);
  });
  readonly #jobs = new Map<Asker, Map<number, Job>>();
  #configuration: Configuration;
  /** Why nothing is started any more. */
  #closed: string | null = null;
  readonly #host: HostId;
  readonly #lookUp: (name: string) => Promise<User>;
  readonly #log: ScriptsLog;

  constructor(
    configuration: Configuration,
    host: HostId,
    lookUp: (name: string) => Promise<User>,
    log: ScriptsLog,
  ) {
    this.#configuration = configuration;
    this.#host = host;
    this.#lookUp = lookUp;
    this.#log = log;
  }

  /** Runs that start from now on use this one (R56); what runs already is not disturbed. */
  reconfigure(configuration: Configuration): void {
    this.#configuration = configuration;
  }

  /** Queues a run. Each is answered once, whatever becomes of it; one that only repeats what waits is answered with that. False: the asker's ticket is in use, which is its bug. */
  run(asker: Asker, request: RunRequest): boolean {
    const jobs = this.#jobs.get(asker) ?? new Map<number, Job>();
    if (jobs.has(request.ticket)) return false;
    this.#jobs.set(asker, jobs);
    const key = `${request.group} ${request.address}`;
    // R20: to do the same twice in a row, when it was not even begun, is to do it once.
    const waiting = this.#queue.lastWaiting(key);
    if (waiting?.asker === asker && waiting.request.action === request.action) {
      waiting.tickets.add(request.ticket);
      jobs.set(request.ticket, waiting);
      return true;
    }
    const job: Job = { key, asker, request, tickets: new Set([request.ticket]), running: null };
    jobs.set(request.ticket, job);
    if (this.#closed !== null) this.#finish(job, this.#closed);
    else if (!this.#queue.add(job))
      this.#finish(job, `the script queue is full: ${String(MAX_WAITING)} runs wait`);
    return true;
  }

  /** Ends a run that was asked for by this asker. Its end may be under way already: an unknown ticket is no fault. */
  cancel(asker: Asker, ticket: number): void {
    const job = this.#jobs.get(asker)?.get(ticket);
    if (job === undefined) return;
    if (job.running !== null) {
      job.running.kill('cancelled');
      return;
    }
    if (job.tickets.size === 1) this.#queue.withdraw((waiting) => waiting === job);
    this.#answer(job, ticket, 'cancelled before it started');
  }

  /** The asker is gone: what waits for it is dropped. */
  forget(asker: Asker): void {
    this.#queue.withdraw((job) => job.asker === asker);
    this.#jobs.delete(asker);
  }

  /** Kills whatever runs, with its process group, before this call returns. Nothing is started any more. */
  killAll(reason: string): void {
    this.#closed = reason;
    this.#queue.withdraw(() => true);
    for (const job of this.#queue.running) job.running?.kill(reason);
  }

  #start(job: Job): void {
    const run = this.#runOf(job.request);
    if (run === null || typeof run === 'string') {
      // Later, as the queue wants it.
      queueMicrotask(() => {
        this.#ended(job, run);
      });
      return;
    }
    const started = performance.now();
    const fields = { group: run.group, address: run.address, action: run.action };
    job.running = startScript(run, this.#lookUp, (stream, line) => {
      this.#log.info({ ...fields, stream }, line);
    });
    void job.running.ended.then((error) => {
      const milliseconds = Math.round(performance.now() - started);
      const name = `${run.group}: ${run.address}: ${run.action} script`;
      if (error === null) this.#log.info({ ...fields, milliseconds }, `${name}: done`);
      else this.#log.warn({ ...fields, milliseconds }, `${name}: ${error}`);
      this.#ended(job, error);
    });
  }

  /** Null: the configuration names no such script, so there is nothing to do. A text: why it cannot be done. */
  #runOf({ action, group, address, reason }: RunRequest): ScriptRun | string | null {
    // A group's name may be that of a property which every object has.
    const known = Object.hasOwn(this.#configuration.groups, group)
      ? this.#configuration.groups[group]
      : undefined;
    if (known === undefined) return `there is no group ${group}`;
    const script = action === 'acquire' ? known.onAcquire : known.onRelease;
    if (script === null) return null;
    return { action, group, address, interface: known.interface, host: this.#host, reason, script };
  }

  #ended(job: Job, error: string | null): void {
    this.#finish(job, error);
    this.#queue.finished(job);
  }

  #finish(job: Job, error: string | null): void {
    for (const ticket of [...job.tickets]) this.#answer(job, ticket, error);
  }

  #answer(job: Job, ticket: number, error: string | null): void {
    job.tickets.delete(ticket);
    const jobs = this.#jobs.get(job.asker);
    if (jobs?.get(ticket) !== job) return;
    jobs.delete(ticket);
    if (jobs.size === 0) this.#jobs.delete(job.asker);
    job.asker.answer(ticket, error);
  }
}
