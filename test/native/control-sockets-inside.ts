// Runs within a network namespace: opens control sockets as the arguments say and hands them, from descriptor 3 on, to a
// Python program, which can read what Node cannot (TTL and timestamp of a datagram). Ends with its exit code.

import { processAddon } from '../../src/ipc/process-addon.js';
import type { ControlSocketOptions } from '../../src/ipc/process-addon.js';

const [options = '[]', program = ''] = process.argv.slice(2);
const descriptors = (JSON.parse(options) as Omit<ControlSocketOptions, 'interfaceIndex'>[]).map((option) =>
  processAddon.openControlSocket({
    ...option,
    interfaceIndex: processAddon.interfaceIndex(option.interface),
  }),
);
const { pidfd } = processAddon.spawn({
  path: '/usr/bin/env',
  arguments: ['python3', '-c', program],
  // Debian's own, not a version manager's slow stand-in.
  environment: { PATH: '/usr/bin:/bin' },
  descriptors,
  uid: 0,
  gid: 0,
  groups: [],
  capabilities: null,
  nice: null,
  realtimePriority: null,
  memoryLock: null,
  noNewPrivileges: true,
  deathSignal: 9,
});
processAddon.watchExit(pidfd, (code) => {
  process.exit(code ?? 1);
});
