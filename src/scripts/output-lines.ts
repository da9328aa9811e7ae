// What a program prints, as lines for the log, and no more than a bound of it. Beyond the bound it goes on being read
// and is thrown away: a program must neither block nor die because we have seen enough.

import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Of one run, both of its streams together. */
export const MAX_OUTPUT_BYTES = 64 * 1024;
/** A longer line is cut into several. */
export const MAX_LINE_CHARACTERS = 4096;

export type OutputStream = 'stdout' | 'stderr';
export type OnLine = (stream: OutputStream, line: string) => void;

export interface OutputLines {
  /** Reads `source` to its end. */
  read(stream: OutputStream, source: Readable): void;
  /** Hands out what stands without a line end so far. */
  flush(): void;
}

/**
 * One run's output; `onLine` is called for each line. At the bound `onFlood` is called once; without it, `onLine` with
 * `output truncated`.
 */
export function outputLines(onLine: OnLine, onFlood?: () => void): OutputLines {
  let budget = MAX_OUTPUT_BYTES;
  let truncated = false;
  const cutters: LineCutter[] = [];
  const flush = (): void => {
    for (const cutter of cutters) cutter.flush();
  };
  const onChunk = (stream: OutputStream, chunk: Buffer, cutter: LineCutter): void => {
    if (truncated) return;
    cutter.add(chunk.subarray(0, budget));
    budget -= chunk.length;
    if (budget >= 0) return;
    truncated = true;
    flush();
    if (onFlood !== undefined) onFlood();
    else onLine(stream, `output truncated: only the first ${String(MAX_OUTPUT_BYTES / 1024)} KiB are logged`);
  };
  return {
    flush,
    read(stream, source) {
      const cutter = lineCutter((line) => {
        onLine(stream, line);
      });
      cutters.push(cutter);
      source.on('data', (chunk: Buffer) => {
        onChunk(stream, chunk, cutter);
      });
      source.on('end', cutter.flush);
      // A pipe that cannot be read any more has ended.
      source.on('error', cutter.flush);
    },
  };
}

interface LineCutter {
  add(bytes: Buffer): void;
  flush(): void;
}

function lineCutter(onLine: (line: string) => void): LineCutter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const emit = (line: string): void => {
    onLine(printable(line));
  };
  const flush = (): void => {
    if (rest !== '') emit(rest);
    rest = '';
  };
  return {
    flush,
    add(bytes) {
      const lines = (rest + decoder.write(bytes)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) for (const piece of pieces(line)) emit(piece);
      while (rest.length >= MAX_LINE_CHARACTERS) {
        emit(rest.slice(0, MAX_LINE_CHARACTERS));
        rest = rest.slice(MAX_LINE_CHARACTERS);
      }
    },
  };
}

function pieces(line: string): string[] {
  const cut: string[] = [];
  for (let at = 0; at === 0 || at < line.length; at += MAX_LINE_CHARACTERS) {
    cut.push(line.slice(at, at + MAX_LINE_CHARACTERS));
  }
  return cut;
}

/** The log may be read on a terminal, which must not obey a script. */
const printable = (line: string): string =>
  line.trimEnd().replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
