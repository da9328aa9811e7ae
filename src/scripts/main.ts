// The scripts role: everything slow, away from every other thread (R16, R20). It runs the acquire and release scripts
// that control asks for; it decides nothing, and touches no address.

import type { Configuration } from '../config/configuration.js';
import { openRole } from '../ipc/role.js';
import type { StartMessage } from '../ipc/supervisor-messages.js';
import { openLog, type Log } from '../log/log.js';
import { openControlLink, type ControlLink } from './control-link.js';
import { missingRights, scriptUsers } from './rights.js';
import { Scripts } from './scripts.js';
import { rememberingLookUp } from './user-lookups.js';
import { ownUser } from './user.js';

/** Serves until the supervisor says `stop` or its channel closes; what runs then is killed. */
export function runScripts(): void {
  void openLog('scripts').then(serve);
}

function serve(log: Log): void {
  let scripts: Scripts | null = null;
  let control: ControlLink | null = null;

  const started = (): Scripts => scripts ?? supervisor.fail('not started yet');
  const end = (why: string): void => {
    scripts?.killAll(why);
    process.exit(0);
  };

  const supervisor = openRole('scripts', log, {
    start: (message) => {
      scripts = scriptsOf(message, log);
      tellMissingRights(message.configuration, log);
      supervisor.send({ kind: 'ready' });
    },
    attach: ({ role }, descriptor) => {
      if (role !== 'control')
        supervisor.fail(`attached to ${role}, with which this role has nothing to talk about`);
      // The new control process takes the place of the old one.
      control?.close();
      control = openControlLink(descriptor, started(), (what) => supervisor.fail(what));
    },
    reconfigure: ({ configuration }) => {
      started().reconfigure(configuration);
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

const scriptsOf = ({ configuration, hostId }: StartMessage, log: Log): Scripts =>
  new Scripts(configuration, hostId, rememberingLookUp(), log);

function tellMissingRights(configuration: Configuration, log: Log): void {
  const own = ownUser().name;
  const others = scriptUsers(configuration).filter((user) => user !== own);
  const missing = missingRights();
  if (others.length === 0 || missing.length === 0) return;
  const what = `scripts of ${others.join(', ')} cannot be run`;
  log.warn({ users: others, missing }, `${what}: this process lacks ${missing.join(', ')}`);
}
