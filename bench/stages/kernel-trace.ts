// Which system calls the threads of a daemon make, with the kernel's time stamps: a trace of its own in tracefs, which costs the
// traced threads a microsecond a call and needs no change of the daemon. Linux's documentation: trace/ftrace.rst, "Instances".

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

const ROOT = '/sys/kernel/tracing';
const CALLS = ['sendmsg', 'sendto', 'sendmmsg', 'recvmsg', 'recvmmsg', 'epoll_wait', 'epoll_pwait'] as const;

/** The begin or the end of a system call. */
export interface Call {
  readonly thread: number;
  /** Milliseconds of CLOCK_MONOTONIC. */
  readonly atMs: number;
  readonly name: string;
  readonly kind: 'enter' | 'exit';
  /** Of an exit: what was returned. */
  readonly result: number | null;
}

/**
 * What is to be added to a moment of CLOCK_MONOTONIC to have milliseconds since 1970, good to some microseconds: looks at both
 * clocks where the coarser one ticks.
 */
export function wallOffsetMs(): number {
  const before = Date.now();
  for (;;) {
    const wall = Date.now();
    if (wall !== before) return wall - Number(process.hrtime.bigint()) / 1e6;
  }
}

const LINE = /^.*?-(\d+)\s+\[\d+\]\s+\S+\s+(\d+\.\d+): sys_(\w+)(?:\(|\s->\s(0x[0-9a-f]+|-?\d+))/;

/** What a line of the trace says; null: it is none of a system call. */
export function parseLine(line: string): Call | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, thread, seconds, name, result] = match;
  return {
    thread: Number(thread),
    atMs: Number(seconds) * 1000,
    name: name ?? '',
    kind: result === undefined ? 'enter' : 'exit',
    result: result === undefined ? null : Number(BigInt.asIntN(64, BigInt(result))),
  };
}

export class KernelTrace {
  private readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Null: this kernel has no tracefs, or this user may not. */
  static open(): KernelTrace | null {
    if (!existsSync(`${ROOT}/instances`)) return null;
    const directory = `${ROOT}/instances/raisd-bench-${String(process.pid)}`;
    mkdirSync(directory);
    const trace = new KernelTrace(directory);
    process.on('exit', () => {
      trace.close();
    });
    trace.write('trace_clock', 'mono');
    trace.write('buffer_size_kb', '8192');
    return trace;
  }

  /** Begins anew with these processes. */
  start(pids: readonly number[]): void {
    const threads = pids.flatMap((pid) => readdirSync(`/proc/${String(pid)}/task`));
    this.write('tracing_on', '0');
    this.write('set_event_pid', threads.join(' '));
    this.write('trace', '');
    for (const call of CALLS) {
      for (const side of ['enter', 'exit']) {
        const event = `events/syscalls/sys_${side}_${call}`;
        if (existsSync(`${this.directory}/${event}`)) this.write(`${event}/enable`, '1');
      }
    }
    this.write('tracing_on', '1');
  }

  stop(): Call[] {
    this.write('tracing_on', '0');
    this.write('events/enable', '0');
    return readFileSync(`${this.directory}/trace`, 'utf8')
      .split('\n')
      .flatMap((line) => parseLine(line) ?? []);
  }

  close(): void {
    if (!existsSync(this.directory)) return;
    this.write('events/enable', '0');
    rmdirSync(this.directory);
  }

  private write(file: string, text: string): void {
    writeFileSync(`${this.directory}/${file}`, text);
  }
}
