// The pipes that take a program's stdout and stderr. Node would make socket pairs, and then a script that says
// `echo … > /dev/stderr` fails: a socket cannot be opened by name.

import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { processAddon } from '../ipc/process-addon.js';

export interface PipedProgram {
  readonly child: ChildProcess;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** `start` is given the ends that the program writes to, and leaves them open: they are closed here. Throws what it throws. */
export function startPiped(start: (stdout: number, stderr: number) => ChildProcess): PipedProgram {
  const pipes: [reader: number, writer: number][] = [];
  try {
    const [stdout, stderr] = [openPipe(pipes), openPipe(pipes)];
    const child = start(stdout.writer, stderr.writer);
    return { child, stdout: readableOf(stdout.reader), stderr: readableOf(stderr.reader) };
  } catch (error) {
    for (const [reader] of pipes) closeSync(reader);
    throw error;
  } finally {
    // As long as we had one of these open, the output would never end.
    for (const [, writer] of pipes) closeSync(writer);
  }
}

function openPipe(pipes: [number, number][]): { readonly reader: number; readonly writer: number } {
  const [reader, writer] = processAddon.outputPipe();
  pipes.push([reader, writer]);
  return { reader, writer };
}

const readableOf = (fd: number): Readable => new Socket({ fd, readable: true, writable: false });
