// R61: asks on the service network who answers for addresses, and tells for which the question left this host. One that found
// a queue full never left, and says nothing of the host that did not answer it: it is put again soon, and else left out.

import type { Placement } from './placement.js';
import type { SentProbes } from './neighbour-sender.js';

/** As an announcement (announcer.ts), but not for long: who asks repeats the question by himself. */
const RETRY_MILLISECONDS = 2;
const MOST_RETRIES = 3;

export interface QuestionerPorts {
  send(placements: readonly Placement[]): SentProbes;
  /** There was no room for this one and others; called again when there has been room meanwhile. */
  crowdedOut(placement: Placement): void;
}

/** Called once: what was asked, in no order. */
export type Asked = (placements: readonly Placement[]) => void;

export class Questioner {
  readonly #ports: QuestionerPorts;
  #isCrowded = false;

  constructor(ports: QuestionerPorts) {
    this.#ports = ports;
  }

  /** `patience`: milliseconds in which the last question can be answered; `done` is called then. */
  ask(placements: readonly Placement[], patience: number, done: Asked): void {
    this.#put(placements, MOST_RETRIES, (asked) => {
      setTimeout(() => {
        // Timers come before sockets in a turn of the event loop: what was answered meanwhile is read first.
        setImmediate(() => {
          done(asked);
        });
      }, patience).unref();
    });
  }

  #put(placements: readonly Placement[], retries: number, done: Asked): void {
    const { sent, crowded } = this.#ports.send(placements);
    if (crowded.length === 0 || retries === 0) {
      this.#noteCrowd(crowded);
      done(sent);
      return;
    }
    setTimeout(() => {
      this.#put(crowded, retries - 1, (later) => {
        done([...sent, ...later]);
      });
    }, RETRY_MILLISECONDS).unref();
  }

  /** Questions follow each other within milliseconds: one line, however long it lasts. */
  #noteCrowd([first]: readonly Placement[]): void {
    if (first !== undefined && !this.#isCrowded) this.#ports.crowdedOut(first);
    this.#isCrowded = first !== undefined;
  }
}
