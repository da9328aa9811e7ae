// A daemon that starts, or takes the place of another one, is told to stop, to reload or to quiesce like any: what comes before it
// can do so waits. Without a listener a signal would end it, and Node.js would open its inspector on SIGUSR1. (Until Node.js has
// come to the first line of JavaScript nothing can be held: there a signal to stop ends the supervisor, whose roles then hand over
// what they serve.)

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGURG', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

const held: NodeJS.Signals[] = [];
const hold = (signal: NodeJS.Signals): void => {
  held.push(signal);
};

export function holdSignals(): void {
  for (const signal of SIGNALS) process.on(signal, hold);
}

/** There are other listeners now, which get what was held. */
export function releaseSignals(): void {
  for (const signal of SIGNALS) process.removeListener(signal, hold);
  for (const signal of held.splice(0)) process.emit(signal, signal);
}
