// A program that takes the place of another one is told to stop or to reload like any: what comes before it can do so waits.
// Without a listener a signal would end it. (Until Node.js has come to the first line of JavaScript nothing can be held: there a
// signal to stop ends the supervisor, whose roles then hand over what they serve.)

import { HAND_OVER_VARIABLE } from './hand-over-variable.js';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGURG', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

const held: NodeJS.Signals[] = [];
const hold = (signal: NodeJS.Signals): void => {
  held.push(signal);
};

/** If this program takes the place of another one. */
export function holdSignals(): void {
  if (process.env[HAND_OVER_VARIABLE] === undefined) return;
  for (const signal of SIGNALS) process.on(signal, hold);
}

/** There are other listeners now, which get what was held. */
export function releaseSignals(): void {
  for (const signal of SIGNALS) process.removeListener(signal, hold);
  for (const signal of held.splice(0)) process.emit(signal, signal);
}
