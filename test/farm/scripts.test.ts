// Acquire and release scripts of real daemons.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { GROUP } from './configuration.js';
import type { Host } from './host.js';
import { processesInNamespace, waitUntilGone } from './processes.js';
import { BOUND_MS, Stage, TIMING } from './stage.js';

const SECOND_OF_H1 = '10.77.0.160';
const ORDER = ['RAISD_ACTION', 'RAISD_GROUP', 'RAISD_ADDRESS', 'RAISD_INTERFACE', 'RAISD_HOST'];

/**
 * Writes a script that notes its arguments and environment, and in the end that it got there. It fails while a file called
 * `fail-ACTION` is there, takes its time while one called `slow-ACTION` is, and does all that a script should not while one
 * called `hang-ACTION` is.
 */
function writeScript(host: Host): string {
  const path = join(host.daemon.directory, 'script');
  const noted = ORDER.map((name) => `$${name}`).join(' ');
  const directory = host.daemon.directory;
  writeFileSync(
    path,
    `#!/bin/sh
echo "$1 $2 $3 ${noted}" >> ${directory}/noted
if test -e ${directory}/hang-$RAISD_ACTION; then
  trap '' TERM
  yes | head -c 1000000
  sleep 6000 &
  setpriv sleep 6000 &
  wait
fi
test ! -e ${directory}/slow-$RAISD_ACTION || sleep 1
test ! -e ${directory}/fail-$RAISD_ACTION && echo "$RAISD_ACTION $2" >> ${directory}/ended
`,
    { mode: 0o755 },
  );
  return path;
}

const notedBy = (host: Host, file = 'noted'): string[] => {
  const path = join(host.daemon.directory, file);
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
};

const note = (host: Host, action: 'acquire' | 'release', address: string): string =>
  `${GROUP} ${address} svc0 ${action} ${GROUP} ${address} svc0 ${host.id}`;

/** The name of a process, or null: it is gone. */
function nameOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
}

describe('scripts on the farm', () => {
  let stage: Stage;
  let h1: Host;
  let h2: Host;
  let h3: Host;

  before(async () => {
    stage = await Stage.raise({
      hosts: 3,
      ...TIMING,
      adjust: (configuration, host) => {
        const command = [writeScript(host)];
        const group = configuration.groups[GROUP]!;
        group['on-acquire'] = { command, timeout: '5s' };
        group['on-release'] = { command, timeout: '5s' };
        // So that h2 has fewer addresses than h1 and is the first choice for those of h3.
        if (host.number === 1) group.prefer.push(`${SECOND_OF_H1}/24`);
      },
      addressesOf: (host) => (host.number === 1 ? [host.preferred, SECOND_OF_H1] : [host.preferred]),
    });
    [h1, h2, h3] = stage.farm.hosts as [Host, Host, Host];
  });
  after(() => {
    stage.close();
  });

  it('R21: the acquire script runs with the arguments and environment of the contract', () => {
    assert.deepEqual(notedBy(h2), [note(h2, 'acquire', h2.preferred)]);
  });

  it('R22: the release script runs when an address leaves, and an error does not keep it', async () => {
    stage.lose(h3);
    await stage.waitForAddress(h1, h3.preferred, h2);
    writeFileSync(join(h2.daemon.directory, 'fail-release'), '');
    const since = Date.now();
    await stage.bringBack(h3);
    await stage.settle();
    assert.equal(notedBy(h2).at(-1), note(h2, 'release', h3.preferred));
    assert.deepEqual(h2.servedAddresses(), [h2.preferred]);
    const told = (await stage.historySince(since)).filter(({ event }) => event === 'release-fail');
    assert.equal(told[0]?.address, h3.preferred);
    assert.match(told[0]!.message, /exit 1/);
  });

  it('R21, R29: a host whose acquire script fails does not keep the address and is passed over', async () => {
    writeFileSync(join(h2.daemon.directory, 'fail-acquire'), '');
    const since = Date.now();
    stage.lose(h3);
    await stage.waitForAddress(h2, h3.preferred, h1);
    await stage.waitForAnswer(h3.preferred, [h1]);
    assert.deepEqual(h2.servedAddresses(), [h2.preferred]);
    const told = (await stage.historySince(since)).filter(({ event }) => event === 'acquire-fail');
    assert.equal(told[0]?.address, h3.preferred);
    await stage.bringBack(h3);
    await stage.settle();
  });

  it('R21: an acquire script that floods, forks and hangs, deaf to SIGTERM, is ended with all that it started', async () => {
    rmSync(join(h2.daemon.directory, 'fail-acquire'));
    writeFileSync(join(h2.daemon.directory, 'hang-acquire'), '');
    const since = Date.now();
    stage.lose(h3);
    await stage.waitForAnswer(h3.preferred, [h1]);
    await stage.waitForAddress(h2, h3.preferred, h1);
    const told = (await stage.historySince(since)).filter(({ event }) => event === 'acquire-fail');
    assert.match(told[0]?.message ?? '', /acquire script: killed after 5 s \(timeout\)/);
    assert.deepEqual(h2.servedAddresses(), [h2.preferred]);
    const left = processesInNamespace(h2.namespace.name).filter((pid) => nameOf(pid) === 'sleep');
    assert.ok(waitUntilGone(left, BOUND_MS), 'processes that the script started are left');
    await stage.bringBack(h3);
    await stage.settle();
  });

  it('R22: SIGTERM runs the release script for every address, and waits for its end', async () => {
    writeFileSync(join(h1.daemon.directory, 'slow-release'), '');
    await stage.stop(h1);
    const noted = notedBy(h1);
    const ended = notedBy(h1, 'ended');
    for (const address of stage.addressesOf(h1)) {
      assert.ok(noted.includes(note(h1, 'release', address)), noted.join('\n'));
      assert.ok(ended.includes(`release ${address}`), ended.join('\n'));
    }
  });
});
