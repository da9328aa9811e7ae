// The web role: status page and metrics. It is born with nothing, and is given a listening socket and a connection to control, on
// which control answers questions and obeys nothing.

import { openRole } from '../ipc/role.js';
import { openLog } from '../log/log.js';
import { serveWeb } from './server.js';
import { StatusSource } from './status-source.js';

/** Serves until the supervisor's channel closes. */
export async function runWeb(): Promise<void> {
  const log = await openLog('web');
  const source = new StatusSource();
  const supervisor = openRole('web', log, {
    start: () => {
      supervisor.send({ kind: 'ready' });
    },
    // The level of the log, which openRole sees to, is all that it needs of it.
    reconfigure: () => undefined,
    'web-listener': (_message, descriptor) => {
      serveWeb(descriptor, () => source.status()).on('error', (error) => {
        supervisor.fail(`status page: ${error.message}`);
      });
    },
    'operator-reader': (_message, descriptor) => {
      source.connect(descriptor);
    },
  });
}
