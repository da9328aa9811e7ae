// A test for a file that must be there. A file system that hangs keeps the run from ending, and this object from being run again.

import { stat } from 'node:fs/promises';
import type { TestProbe } from '../../config/configuration.js';
import type { Probe } from './probe.js';

export const fileProbe = ({ path }: Extract<TestProbe, { kind: 'file' }>): Probe => ({
  run: () =>
    stat(path).then(
      () => null,
      (error: NodeJS.ErrnoException) => `${path}: ${error.code ?? error.message}`,
    ),
  close: () => undefined,
});
