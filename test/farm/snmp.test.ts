// Notifications of real daemons, as a management station on the service network decodes them.

import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { octetsOf, TrapReceiver } from '../scripts/trap-receiver.js';
import { GROUP } from './configuration.js';
import type { Host } from './host.js';
import { Stage, TIMING } from './stage.js';

/** The client's address on the service network: there the station listens. */
const STATION = '10.77.0.200';
const CREDENTIALS = {
  user: 'farm',
  auth: { passphrase: 'known to the farm' },
  privacy: { passphrase: 'and secret' },
};
const USER = 'farm SHA-256 "known to the farm" AES "and secret"';

describe('SNMP on the farm', () => {
  let stage: Stage;
  let station: TrapReceiver;
  let h1: Host;
  let h2: Host;

  before(async () => {
    stage = await Stage.raise({
      hosts: 2,
      ...TIMING,
      adjust: (configuration) => {
        configuration['snmp'] = {
          sinks: [
            { host: `${STATION}:162`, version: 3, ...CREDENTIALS },
            { host: `${STATION}:163`, inform: true },
            { host: '198.51.100.1' },
          ],
        };
      },
    });
    [h1, h2] = stage.farm.hosts as [Host, Host];
    station = await TrapReceiver.start(
      [`udp:${STATION}:162`, `udp:${STATION}:163`],
      [
        'authCommunity log public',
        ...['0x80007ed9010a4d010b', '0x80007ed9010a4d010c'].map(
          (engine) => `createUser -e ${engine} ${USER}`,
        ),
        'authUser log farm priv',
      ],
      ['ip', ...stage.farm.client.command('env', [])],
    );
  });
  after(async () => {
    await station.stop();
    stage.close();
  });

  const told = (notification: string, by: Host, address: string) => ({
    notification,
    raisdGroup: GROUP,
    raisdHost: octetsOf(by.id),
    raisdAddress: octetsOf(address),
  });

  /** By the trap and by the inform; an inform may come more than once. */
  const twice = (values: Readonly<Record<string, string>>): Promise<void> =>
    station.until(`${JSON.stringify(values)} twice`, () => station.count(values) >= 2);

  it('R23: a failover is told by the host that takes over', async () => {
    station.received.length = 0;
    stage.lose(h1);
    await twice(told('raisdAcquire', h2, h1.preferred));
  });

  it('R23: so is the way back, and a host that was started anew is believed', async () => {
    station.received.length = 0;
    await stage.bringBack(h1);
    await stage.settle();
    await twice(told('raisdRelease', h2, h1.preferred));
    await twice(told('raisdAcquire', h1, h1.preferred));
  });

  it('R23, R61: a partition is told by notification', async () => {
    station.received.length = 0;
    stage.farm.switch.pull(h1.ports('ctl0', 'ctl1'));
    await twice({
      notification: 'raisdPartitioned',
      raisdHost: octetsOf(h2.id),
      raisdPeer: octetsOf(h1.id),
    });
    stage.farm.switch.plug(h1.ports('ctl0', 'ctl1'));
    await stage.settle();
  });

  it('R23: status counts what was sent to each sink, and what was not', async () => {
    const { stdout } = await h2.daemon.ctl('status', '--json');
    const { snmp } = JSON.parse(stdout) as {
      snmp: { sinks: { sink: string; sent: number; failed: number }[] };
    };
    assert.deepEqual(
      snmp.sinks.map(({ sink }) => sink),
      [`${STATION}:162`, `${STATION}:163`, '198.51.100.1:162'],
    );
    const [trap, inform, unreachable] = snmp.sinks;
    assert.ok(trap!.sent > 0 && inform!.sent > 0 && unreachable!.sent === 0 && unreachable!.failed > 0);
  });

  it('R23, R56: a reload changes the sinks; one in a file that others can read is refused', async () => {
    const before = h2.daemon.configurationText();
    h2.daemon.configure(before.replace('198.51.100.1', '198.51.100.2'));
    chmodSync(h2.daemon.configurationPath, 0o644);
    const refused = await h2.daemon.ctl('reload');
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /snmp\.sinks\[0\]\.auth\.passphrase: stands in a file that others can read: chmod 600/,
    );
    chmodSync(h2.daemon.configurationPath, 0o600);
    assert.equal((await h2.daemon.ctl('reload')).code, 0);
    const { stdout } = await h2.daemon.ctl('status', '--json');
    assert.ok(stdout.includes('198.51.100.2:162') && !stdout.includes('198.51.100.1:162'), stdout);
  });

  it('R23: the last release before the end is told', async () => {
    station.received.length = 0;
    await stage.stop(h2);
    await twice(told('raisdRelease', h2, h2.preferred));
    for (const { daemon } of stage.farm.hosts)
      assert.ok(!/known to the farm|and secret/.test(daemon.log()), 'no passphrase in a log');
  });
});
