// Imported before anything else, this runs the importing test file in a network namespace of its own: the file is
// executed anew inside `unshare --net` and takes the place of the first process, output, exit code and all. Nothing
// outside is touched, and nothing is left behind, because the namespace ends with its processes.

import { spawnSync } from 'node:child_process';

const INSIDE = 'RAISD_TEST_OWN_NAMESPACE';

if (process.env[INSIDE] === undefined) {
  const file = process.argv[1] ?? '';
  // Dies with this process, should that be ended from outside.
  const wrapper = ['--pdeathsig', 'KILL', 'unshare', '--net', process.execPath, ...process.execArgv, file];
  const { status, error } = spawnSync('setpriv', wrapper, {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  if (error !== undefined) throw error;
  process.exit(status ?? 1);
}
