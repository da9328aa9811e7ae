// Started by teardown.test.ts: raises a farm with everything that runs on one, says so, and then waits to be ended or,
// told so, ends by itself.

import { Asker } from './asker.js';
import { startInNamespace } from './child.js';
import { Farm } from './farm.js';
import { Prober } from './prober.js';

const farm = await Farm.create({ hosts: 3 });
// In place of a daemon: a process with a child.
startInNamespace(farm.host(1).namespace, 'sh', ['-c', 'sleep 3600 & wait'], 'ignore');
await Prober.start(farm.client, [farm.host(1).preferred]);
await Asker.start(farm.secondClient, [farm.host(1).preferred]);
process.stdout.write('raised\n');
if (process.argv[2] === 'throw') throw new Error('as asked');
if (process.argv[2] === 'exit') process.exit(0);
