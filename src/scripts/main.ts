// The scripts role: everything slow, away from every other thread (R16, R20). It runs the acquire and release scripts
// that control asks for, and the test and load objects of the configuration, sends control's notifications (R23), and keeps
// the DNS zones as control wants them; it decides nothing, and touches no address.

import { closeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Configuration } from '../config/configuration.js';
import type { Notification, SinkStatus } from '../ipc/notification.js';
import { openRole, ORPHANED_MILLISECONDS } from '../ipc/role.js';
import type { LoadResult, TestResult } from '../ipc/scripts-messages.js';
import type { StartMessage } from '../ipc/supervisor-messages.js';
import { messageOf } from '../log/error-message.js';
import { openLog, type Log } from '../log/log.js';
import { openControlLink, type ControlLink } from './control-link.js';
import { LoadObjects } from './loads/load-objects.js';
import { missingRights, scriptUsers } from './rights.js';
import { Scripts } from './scripts.js';
import { Zones } from './dns/zones.js';
import { countStart } from './snmp/engine.js';
import { Sinks } from './snmp/sinks.js';
import { TestObjects } from './tests/test-objects.js';
import { rememberingLookUp } from './user-lookups.js';
import { ownUser } from './user.js';

/**
 * Serves until the supervisor says `stop`, or is gone and control as well; what runs then is killed. After `stop` the last
 * notifications are sent.
 */
export function runScripts(): void {
  void openLog('scripts').then(serve);
}

function serve(log: Log): void {
  let parts: Parts | null = null;
  let control: ControlLink | null = null;

  const started = (): Parts => parts ?? supervisor.fail('not started yet');
  const tell = (result: TestResult | LoadResult): void => control?.tell(result);
  let stopping = false;
  const end = (why: string): void => {
    parts?.tests.close();
    parts?.loads.close();
    parts?.scripts.killAll(why);
  };

  const supervisor = openRole('scripts', log, {
    start: (message) => {
      parts = partsOf(message, log, tell, (sinks) => control?.tellSinks(sinks));
      tellMissingRights(message.configuration, log);
      supervisor.send({ kind: 'ready' });
    },
    attach: ({ role }, descriptor) => {
      if (role !== 'control')
        supervisor.fail(`attached to ${role}, with which this role has nothing to talk about`);
      // The new control process takes the place of the old one.
      control?.close();
      const { scripts, tests, loads, sinks, zones } = started();
      const notify = (notification: Notification): void => {
        sinks.notify(notification);
      };
      control = openControlLink(descriptor, { scripts, notify, zones }, (what) => supervisor.fail(what));
      for (const result of [...tests.newest(), ...loads.newest()]) tell(result);
      control.tellSinks(sinks.status);
    },
    'snmp-engine-file': (_message, descriptor) => {
      countEngineStart(started().sinks, descriptor, log);
    },
    reconfigure: ({ configuration }) => {
      const { scripts, tests, loads, sinks, zones } = started();
      for (const part of [scripts, tests, loads, zones]) part.reconfigure(configuration);
      sinks.reconfigure(configuration.snmp.sinks);
      tellMissingRights(configuration, log);
    },
    stop: () => {
      stopping = true;
      end('killed: raisd stops');
      void lastNotifications(parts?.sinks ?? null, control).then(() => process.exit(0));
    },
    closed: () => {
      if (stopping) return;
      // Control has release scripts to run.
      void (control === null ? Promise.resolve() : untilGone(control)).then(() => {
        end('killed: the supervisor is gone');
        process.exit(0);
      });
    },
  });
}

interface Parts {
  readonly scripts: Scripts;
  readonly sinks: Sinks;
  readonly tests: TestObjects;
  readonly loads: LoadObjects;
  readonly zones: Zones;
}

function partsOf(
  { configuration, hostId }: StartMessage,
  log: Log,
  tell: (result: TestResult | LoadResult) => void,
  tellSinks: (sinks: readonly SinkStatus[]) => void,
): Parts {
  const context = { host: hostId, lookUp: rememberingLookUp() };
  const scripts = new Scripts(configuration, hostId, context.lookUp, log);
  const tests = new TestObjects(context, tell);
  const loads = new LoadObjects(context, tell);
  const sinks = new Sinks({ host: hostId, log, tell: tellSinks });
  for (const part of [tests, loads]) part.reconfigure(configuration);
  sinks.reconfigure(configuration.snmp.sinks);
  return { scripts, tests, loads, sinks, zones: new Zones(configuration, context.lookUp) };
}

const untilGone = (control: ControlLink): Promise<unknown> =>
  Promise.race([control.closed, setTimeout(ORPHANED_MILLISECONDS)]);

/** How long the end of the daemon waits for the last notifications, and for control's last word before; milliseconds. */
const LAST_NOTIFICATIONS_MS = 1000;

/** What control released at the end is told, if the sinks take it. */
async function lastNotifications(sinks: Sinks | null, control: ControlLink | null): Promise<void> {
  if (sinks === null || control === null || sinks.status.length === 0) return;
  await Promise.race([control.closed, setTimeout(LAST_NOTIFICATIONS_MS)]);
  await sinks.idle(LAST_NOTIFICATIONS_MS);
}

function countEngineStart(sinks: Sinks, descriptor: number, log: Log): void {
  try {
    sinks.boots = countStart(descriptor, Date.now());
  } catch (error) {
    log.error(
      `snmp: the state directory cannot be written, so that receivers of version 3 may refuse: ${messageOf(error)}`,
    );
  } finally {
    closeSync(descriptor);
  }
}

function tellMissingRights(configuration: Configuration, log: Log): void {
  const own = ownUser().name;
  const others = scriptUsers(configuration).filter((user) => user !== own);
  const missing = missingRights();
  if (others.length === 0 || missing.length === 0) return;
  const what = `scripts of ${others.join(', ')} cannot be run`;
  log.warn({ users: others, missing }, `${what}: this process lacks ${missing.join(', ')}`);
}
