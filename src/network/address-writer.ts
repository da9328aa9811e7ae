// Writes address changes to the kernel so that no large batch delays anything else. IPv4 addresses go out in one write.
// IPv6 ones take up to 1.5 ms each once hundreds are there: what does not fit into a few milliseconds waits in a job,
// and the jobs take turns, one a turn of the event loop. Each job gets its first turn at once, so that a few addresses
// are written before `write` returns however many others wait.

import { constants } from 'node:os';
import { addressBytes, familyOf } from '../core/address.js';
import type { AddressOperation, RequestSocket } from './addon.js';
import { placeOf, type Placement } from './placement.js';

/** R52, the backstop: the kernel removes what this process did not renew for so long (and up to 1.25 s more). */
export const VALID_SECONDS = 2;

/** IPv6 addresses of one write. */
const V6_BATCH = 4;
/** A job's turn is over when it has taken this long, milliseconds. */
const TURN_MILLISECONDS = 3;

export interface Outcome {
  readonly placement: Placement;
  /** 0: done. ECANCELED: a later change of the same address, or the end of its lease, came first. */
  readonly errno: number;
}

/** Called with each part of the outcomes as it is known; `done` comes with the last part, which may be empty. */
export type Answer = (outcomes: readonly Outcome[], done: boolean) => void;

interface Job {
  readonly operation: AddressOperation;
  readonly waiting: Map<string, Placement>;
  readonly answer: Answer;
}

export class AddressWriter {
  readonly #requests: RequestSocket;
  /** Bounded by its addresses: a newer job takes over what an older one has not yet written. */
  readonly #jobs: Job[] = [];
  #turn: NodeJS.Immediate | undefined;

  constructor(requests: RequestSocket) {
    this.#requests = requests;
  }

  /** The addresses that wait for this operation to be written. */
  waiting(operation: AddressOperation): Placement[] {
    return this.#jobs.flatMap((job) => (job.operation === operation ? [...job.waiting.values()] : []));
  }

  isWaiting(placement: Placement): boolean {
    return this.#jobs.some(({ waiting }) => waiting.has(placeOf(placement)));
  }

  /** Supersedes what waits for the same addresses. */
  write(operation: AddressOperation, placements: readonly Placement[], answer: Answer): void {
    const places = new Set(placements.map(placeOf));
    this.withdraw((_, placement) => places.has(placeOf(placement)));
    const v6 = placements.filter(({ address }) => familyOf(address) === 6);
    const v4 = placements.filter(({ address }) => familyOf(address) === 4);
    if (v4.length > 0 || v6.length === 0) answer(this.#apply(operation, v4), v6.length === 0);
    if (v6.length === 0) return;
    const job = { operation, waiting: new Map(v6.map((each) => [placeOf(each), each])), answer };
    this.#jobs.push(job);
    this.#work(job);
  }

  /** Takes back what waits and fits; its outcome is ECANCELED. */
  withdraw(fits: (operation: AddressOperation, placement: Placement) => boolean): void {
    for (const job of [...this.#jobs]) {
      const withdrawn = [...job.waiting.values()].filter((placement) => fits(job.operation, placement));
      if (withdrawn.length === 0) continue;
      for (const placement of withdrawn) job.waiting.delete(placeOf(placement));
      this.#report(
        job,
        withdrawn.map((placement) => ({ placement, errno: constants.errno.ECANCELED })),
      );
    }
  }

  /** Writes all of it before it returns, whatever it takes: for the end of the process. */
  removeNow(placements: readonly Placement[]): readonly Outcome[] {
    return this.#apply(
      'remove',
      [...placements].sort((a, b) => familyOf(a.address) - familyOf(b.address)),
    );
  }

  close(): void {
    clearImmediate(this.#turn);
    this.#jobs.length = 0;
  }

  #nextTurn(): void {
    if (this.#turn !== undefined || this.#jobs.length === 0) return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      const job = this.#jobs.shift();
      if (job === undefined) return;
      this.#jobs.push(job);
      this.#work(job);
    });
  }

  #work(job: Job): void {
    const started = performance.now();
    const outcomes: Outcome[] = [];
    while (
      job.waiting.size > 0 &&
      (outcomes.length === 0 || performance.now() - started < TURN_MILLISECONDS)
    ) {
      const batch = [...job.waiting.values()].slice(0, V6_BATCH);
      for (const placement of batch) job.waiting.delete(placeOf(placement));
      outcomes.push(...this.#apply(job.operation, batch));
    }
    this.#report(job, outcomes);
    this.#nextTurn();
  }

  #report(job: Job, outcomes: readonly Outcome[]): void {
    const done = job.waiting.size === 0;
    if (done) this.#jobs.splice(this.#jobs.indexOf(job), 1);
    job.answer(outcomes, done);
  }

  #apply(operation: AddressOperation, placements: readonly Placement[]): Outcome[] {
    if (placements.length === 0) return [];
    const requests = placements.map(({ index, address }) => ({ index, address: addressBytes(address) }));
    const errors = this.#requests.apply(operation, requests, VALID_SECONDS);
    return placements.map((placement, i) => ({ placement, errno: errors[i] ?? constants.errno.EIO }));
  }
}
