// The scripts role: everything slow, away from every other thread (R16, R20). It runs the acquire and release scripts
// that control asks for, and the test and load objects of the configuration; it decides nothing, and touches no address.

import type { Configuration } from '../config/configuration.js';
import { openRole } from '../ipc/role.js';
import type { LoadResult, TestResult } from '../ipc/scripts-messages.js';
import type { StartMessage } from '../ipc/supervisor-messages.js';
import { openLog, type Log } from '../log/log.js';
import { openControlLink, type ControlLink } from './control-link.js';
import { LoadObjects } from './loads/load-objects.js';
import { missingRights, scriptUsers } from './rights.js';
import { Scripts } from './scripts.js';
import { TestObjects } from './tests/test-objects.js';
import { rememberingLookUp } from './user-lookups.js';
import { ownUser } from './user.js';

/** Serves until the supervisor says `stop` or its channel closes; what runs then is killed. */
export function runScripts(): void {
  void openLog('scripts').then(serve);
}

function serve(log: Log): void {
  let parts: Parts | null = null;
  let control: ControlLink | null = null;

  const started = (): Parts => parts ?? supervisor.fail('not started yet');
  const tell = (result: TestResult | LoadResult): void => control?.tell(result);
  const end = (why: string): void => {
    parts?.tests.close();
    parts?.loads.close();
    parts?.scripts.killAll(why);
    process.exit(0);
  };

  const supervisor = openRole('scripts', log, {
    start: (message) => {
      parts = partsOf(message, log, tell);
      tellMissingRights(message.configuration, log);
      supervisor.send({ kind: 'ready' });
    },
    attach: ({ role }, descriptor) => {
      if (role !== 'control')
        supervisor.fail(`attached to ${role}, with which this role has nothing to talk about`);
      // The new control process takes the place of the old one.
      control?.close();
      const { scripts, tests, loads } = started();
      control = openControlLink(descriptor, scripts, (what) => supervisor.fail(what));
      for (const result of [...tests.newest(), ...loads.newest()]) tell(result);
    },
    reconfigure: ({ configuration }) => {
      const { scripts, tests, loads } = started();
      for (const part of [scripts, tests, loads]) part.reconfigure(configuration);
      tellMissingRights(configuration, log);
    },
    stop: () => {
      end('killed: raisd stops');
    },
    closed: () => {
      end('killed: the supervisor is gone');
    },
  });
}

interface Parts {
  readonly scripts: Scripts;
  readonly tests: TestObjects;
  readonly loads: LoadObjects;
}

function partsOf(
  { configuration, hostId }: StartMessage,
  log: Log,
  tell: (result: TestResult | LoadResult) => void,
): Parts {
  const context = { host: hostId, lookUp: rememberingLookUp() };
  const scripts = new Scripts(configuration, hostId, context.lookUp, log);
  const tests = new TestObjects(context, tell);
  const loads = new LoadObjects(context, tell);
  tests.reconfigure(configuration);
  loads.reconfigure(configuration);
  return { scripts, tests, loads };
}

function tellMissingRights(configuration: Configuration, log: Log): void {
  const own = ownUser().name;
  const others = scriptUsers(configuration).filter((user) => user !== own);
  const missing = missingRights();
  if (others.length === 0 || missing.length === 0) return;
  const what = `scripts of ${others.join(', ')} cannot be run`;
  log.warn({ users: others, missing }, `${what}: this process lacks ${missing.join(', ')}`);
}
