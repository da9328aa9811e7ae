// The process that the tests start as the scripts role, with descriptor 3 as the supervisor gives it.

import { runScripts } from '../../src/scripts/main.js';

runScripts();
