// Standard output of raisctl: a reader that goes away (`| head`) has seen what it wanted.

import { ToolError } from './tool-error.js';

export interface Output {
  /** Writes, and waits while the reader is slow. Throws a ToolError if it cannot be written. */
  write(text: string): Promise<void>;
}

/** Thrown when nobody reads any more. Not a failure. */
export class ReaderGone extends Error {
  constructor() {
    super('nobody reads the output any more');
    this.name = 'ReaderGone';
  }
}

export function outputTo(stream: NodeJS.WriteStream): Output {
  // The write's callback reports it; without a listener it would end the process before that.
  stream.on('error', () => undefined);
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => {
          if (error) reject(writeError(error));
          else resolve();
        });
      }),
  };
}

function writeError(error: NodeJS.ErrnoException): Error {
  if (error.code === 'EPIPE') return new ReaderGone();
  return new ToolError('refused', `cannot write to standard output: ${error.code ?? error.message}`);
}
