// The log: JSON lines on stderr (pino), for people on a terminal, with priorities for the journal.
//
// How it is written is chosen so that no reader of stderr can hold up a role:
// - writes are asynchronous (a pool thread does them), so that a stalled reader never blocks the event loop;
// - what waits is bounded: at the bound new lines are dropped and counted, and a line says how many;
// - one write holds at most PIPE_BUF bytes, which a pipe takes whole: the lines of five processes do not tear.
// The price is that lines of the last moment are lost if the process is killed by SIGKILL. An orderly end and an
// uncaught exception flush; what was under way just then may come twice or out of order, as its times show.

import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import pino from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { journalStream } from './journal.js';

export type Log = Logger;

const STDERR = 2;
/** What waits for a stalled reader, in bytes. Then lines are dropped. */
const MAX_WAITING_BYTES = 1 << 20;
const FLUSH_MILLISECONDS = 1000;
/** PIPE_BUF of Linux. */
const MAX_WRITE_BYTES = 4096;

export type Format = 'json' | 'pretty' | 'journal';

/** Which form stderr asks for. The journal says by JOURNAL_STREAM which device and inode it gave us. */
export function formatFor(
  terminal: boolean,
  journalVariable: string | undefined,
  device: bigint,
  inode: bigint,
): Format {
  if (terminal) return 'pretty';
  return journalVariable === `${String(device)}:${String(inode)}` ? 'journal' : 'json';
}

/** A log on stderr. `role` stands in each line of a role's; the supervisor has none. */
export async function openLog(role: string | null): Promise<Log> {
  const { dev, ino } = fstatSync(STDERR, { bigint: true });
  const format = formatFor(isatty(STDERR), process.env['JOURNAL_STREAM'], dev, ino);
  const options = {
    level: 'info',
    base: role === null ? {} : { role },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date(eventTime ?? Date.now()).toISOString()}"`,
  };
  if (format === 'pretty') return pino(options, await prettyStream());
  const destination = boundedDestination();
  const log = pino(options, format === 'journal' ? journalStream(destination) : destination);
  destinations.set(log, destination);
  destination.on('drop', countDrops(log));
  // A full disk behind stderr costs lines, never the daemon; what could not be written is tried again with the next.
  destination.on('error', () => undefined);
  return log;
}

let eventTime: number | null = null;

/** What `write` logs bears the time at which it happened, in milliseconds since 1970, not that of its writing. */
export function withTime(time: number, write: () => void): void {
  eventTime = time;
  try {
    write();
  } finally {
    eventTime = null;
  }
}

const destinations = new WeakMap<Log, ReturnType<typeof pino.destination>>();

/** Resolves when what was logged is out, or its reader has stalled for a second. For a process that is about to be no more. */
export function flushLog(log: Log): Promise<void> {
  const destination = destinations.get(log);
  // One that writes at once.
  if (destination === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const bound = setTimeout(resolve, FLUSH_MILLISECONDS);
    destination.once('drain', () => {
      clearTimeout(bound);
      resolve();
    });
    // Told when it is out, as are all before it.
    destination.write('');
  });
}

function boundedDestination(): ReturnType<typeof pino.destination> {
  return pino.destination({
    dest: STDERR,
    sync: false,
    minLength: 0,
    maxLength: MAX_WAITING_BYTES,
    maxWrite: MAX_WRITE_BYTES,
  });
}

/**
 * A person watches: what is written must be there before the next step. It is for trying things out: a terminal that is
 * held with Ctrl-S holds up the daemon.
 */
async function prettyStream(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    destination: STDERR,
    sync: true,
    // The sentence says it all; the fields are for machines.
    hideObject: true,
    messageFormat: '{if role}{role}: {end}{msg}',
    translateTime: 'SYS:HH:MM:ss.l',
  });
}

const DROP_REPORT_MILLISECONDS = 1000;

/** Counts dropped lines, and says how many once there is room again. */
function countDrops(log: Log): () => void {
  let dropped = 0;
  const report = (): void => {
    const count = dropped;
    dropped = 0;
    // If this line is dropped as well, it begins a new count.
    log.warn(
      { dropped: count },
      `log: ${String(count)} lines were dropped because nobody reads stderr fast enough`,
    );
  };
  return () => {
    if (dropped++ === 0) setTimeout(report, DROP_REPORT_MILLISECONDS).unref();
  };
}
