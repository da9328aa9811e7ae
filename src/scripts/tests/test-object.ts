// One test object at work: its runs, its verdict, and what is told of it.

import type { TestConfiguration } from '../../config/configuration.js';
import type { TestResult } from '../../ipc/scripts-messages.js';
import { messageOf } from '../../log/error-message.js';
import { Schedule } from '../schedule.js';
import { limited, spanText } from '../time-limit.js';
import { shortened, type Probe } from './probe.js';
import { judge, NO_VERDICT, type Verdict } from './verdict.js';

/** A failing test that gives another reason each time says so no more often than this; milliseconds. */
const REASON_PAUSE_MS = 1000;

export class TestObject {
  readonly #name: string;
  readonly #configuration: TestConfiguration;
  readonly #probe: Probe;
  readonly #tell: (result: TestResult) => void;
  readonly #schedule: Schedule;
  #verdict: Verdict = NO_VERDICT;
  #newest: TestResult | null = null;
  #toldAt = -Infinity;
  /** A run that was given up and has not ended. */
  #stuck = false;
  #cancel: () => void = () => undefined;
  #closed = false;

  /** Begins at once. `tell` gets what control is to know (see `TestResult`). */
  constructor(
    name: string,
    configuration: TestConfiguration,
    probe: Probe,
    tell: (result: TestResult) => void,
  ) {
    this.#name = name;
    this.#configuration = configuration;
    this.#probe = probe;
    this.#tell = tell;
    probe.onFailure = (detail) => {
      this.#fail(detail);
    };
    this.#schedule = new Schedule(configuration.interval, () => this.#run());
  }

  /** The newest that was told; null: it has no result yet. */
  get newest(): TestResult | null {
    return this.#newest;
  }

  close(): void {
    this.#closed = true;
    this.#schedule.close();
    this.#cancel();
    this.#probe.close();
  }

  async #run(): Promise<void> {
    const failure = await this.#ask();
    if (this.#closed) return;
    this.#verdict = judge(this.#verdict, failure === null, this.#configuration);
    if (this.#verdict.passed === null) return;
    if (this.#verdict.passed) this.#say(true, '');
    else if (failure !== null) this.#say(false, failure);
  }

  /** Null, or why this run failed. */
  async #ask(): Promise<string | null> {
    const { timeout } = this.#configuration;
    const noAnswer = `no answer within ${spanText(timeout)}`;
    if (this.#stuck) return `${noAnswer}, and it still hangs`;
    const { answer, settled, cancel } = limited(timeout, (abort) => this.#probe.run(abort));
    this.#cancel = cancel;
    try {
      const outcome = await answer;
      if (outcome.done) return outcome.value === null ? null : shortened(outcome.value);
    } catch (error) {
      return shortened(messageOf(error));
    }
    this.#stuck = true;
    void settled.then(() => {
      this.#stuck = false;
    });
    return noAnswer;
  }

  /** A fact, not a sample: it counts at once, whatever `fall` is. */
  #fail(detail: string): void {
    if (this.#closed) return;
    this.#verdict = { passed: false, against: 0 };
    this.#say(false, shortened(detail));
  }

  #say(passed: boolean, detail: string): void {
    const known = this.#newest;
    if (known?.passed === passed && known.detail === detail) return;
    const now = performance.now();
    if (known?.passed === passed && now - this.#toldAt < REASON_PAUSE_MS) return;
    this.#toldAt = now;
    this.#newest = { kind: 'test', name: this.#name, passed, detail };
    this.#tell(this.#newest);
  }
}
