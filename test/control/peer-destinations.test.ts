import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destinations } from '../../src/control/peer-destinations.js';
import { monitorSettings } from '../../src/control/settings.js';
import { MAX_PEERS } from '../../src/ipc/heartbeat-messages.js';
import type { ControlInterface } from '../../src/ipc/supervisor-messages.js';
import { address, configurationOf, groupOf } from '../supervisor/configurations.js';

function controlInterface(name: string, ...texts: string[]): ControlInterface {
  const addresses = texts.map((text) => {
    const [part = '', prefix = ''] = text.split('/');
    return { address: address(part), prefix: Number(prefix) };
  });
  const best = addresses[0] ?? { address: address('0.0.0.0'), prefix: 0 };
  return { name, index: addresses.length === 0 ? 0 : 7, ...best, addresses };
}

const peer = (...texts: string[]) => ({ id: address(texts[0]!), addresses: texts.map(address) });

const sentTo = (interfaces: readonly ControlInterface[], ...peers: ReturnType<typeof peer>[]): string[] =>
  destinations(peers, interfaces).map((each) => `${each.address} on ${interfaces[each.interface]!.name}`);

test('R60: a learned peer is sent to on the interfaces whose subnet it is in, whichever family is first there', () => {
  const interfaces = [
    controlInterface('ctl0', '10.77.1.11/24', 'fd77:1::11/64'),
    controlInterface('ctl1', 'fd77:2::11/64', '10.77.2.11/24'),
  ];
  assert.deepEqual(sentTo(interfaces, peer('fd77:1::12', 'fd77:2::12'), peer('10.77.1.13', '10.77.2.13')), [
    'fd77:1::12 on ctl0',
    'fd77:2::12 on ctl1',
    '10.77.1.13 on ctl0',
    '10.77.2.13 on ctl1',
  ]);
  assert.deepEqual(sentTo(interfaces, peer('192.0.2.1', '2001:db8::1')), []);
});

test('R60: where no address of the peer’s family is known, it may be reached later: that is tried', () => {
  const interfaces = [
    controlInterface('ctl0', '10.77.1.11/24'),
    controlInterface('ctl1', 'fd77:2::11/64'),
    controlInterface('missing'),
  ];
  assert.deepEqual(sentTo(interfaces, peer('fd77:2::12'), peer('10.77.1.12')), [
    'fd77:2::12 on ctl1',
    '10.77.1.12 on ctl0',
    'fd77:2::12 on ctl0',
    'fd77:2::12 on missing',
    '10.77.1.12 on ctl1',
    '10.77.1.12 on missing',
  ]);
});

test('R60: link-local peers are tried wherever our own control address is link-local, and only there', () => {
  const interfaces = [
    controlInterface('ctl0', '10.77.1.11/24', 'fe80::11/64'),
    controlInterface('ctl1', 'fe80::21/64'),
    controlInterface('ctl2', 'fd77:2::11/64'),
  ];
  assert.deepEqual(sentTo(interfaces, peer('fe80::12')), ['fe80::12 on ctl0', 'fe80::12 on ctl1']);
});

test('R60: of more destinations than heartbeat takes, those that are surely reached are kept', () => {
  const interfaces = [
    ...Array.from({ length: 7 }, (_, index) => controlInterface(`missing${String(index)}`)),
    controlInterface('ctl0', '10.0.0.1/8'),
  ];
  const peers = Array.from({ length: 255 }, (_, host) =>
    peer(`10.1.0.${String(host)}`, `10.2.0.${String(host)}`),
  );
  const all = destinations(peers, interfaces);
  assert.equal(all.length, MAX_PEERS);
  assert.equal(all.filter((each) => each.interface === 7).length, 2 * 255);
});

test('R10, R60: members of a group are told the addresses of the family over which it talks', () => {
  const six = groupOf({ address: { address: address('ff15::77'), port: 5406 } });
  const unicast = groupOf({ peers: [address('fd77:1::12')] });
  const identity = {
    hostId: address('10.77.1.11'),
    controlInterfaces: [
      controlInterface('ctl0', '10.77.1.11/24', 'fd77:1::11/64'),
      controlInterface('ctl1', 'fd77:2::11/64'),
      controlInterface('missing'),
    ],
  };
  const settings = monitorSettings(configurationOf({ groups: { web: groupOf({}), six, unicast } }), identity);
  assert.deepEqual(settings.get('web')?.controlAddresses, ['10.77.1.11']);
  assert.deepEqual(settings.get('six')?.controlAddresses, ['fd77:1::11', 'fd77:2::11']);
  assert.deepEqual(settings.get('unicast')?.controlAddresses, ['fd77:1::11', 'fd77:2::11']);
});
