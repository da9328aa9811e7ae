// A thread of a fake role that holds the word of its life, in place of the main thread, and dies: the process lives on.

import { workerData } from 'node:worker_threads';
import { processAddon } from '../../src/ipc/process-addon.js';

processAddon.holdLife(workerData as number);
