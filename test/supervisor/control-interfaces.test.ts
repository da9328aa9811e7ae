import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressOf,
  describeInterface,
  findInterface,
  hostIdOf,
  rankAddresses,
} from '../../src/supervisor/control-interfaces.js';
import { planSockets } from '../../src/supervisor/control-sockets.js';
import { address, configurationOf, groupOf } from './configurations.js';

const held = (...texts: string[]): { address: string; prefix: number }[] =>
  texts.map((text) => {
    const [part = '', prefix = ''] = text.split('/');
    return { address: part, prefix: Number(prefix) };
  });

const ranked = (configuration: ReturnType<typeof configurationOf>, ...texts: string[]): string[] =>
  rankAddresses(held(...texts), configuration).map((entry) => entry.address);

const overV6 = configurationOf({
  groups: { web: groupOf({ address: { address: address('ff15::77'), port: 5405 } }) },
});

test('a control address is IPv4 where there is one, link-local IPv6 only where there is nothing else', () => {
  const all = ['fe80::1/64', 'fd00::1/64', '10.77.1.11/24'];
  assert.deepEqual(ranked(configurationOf({}), ...all), ['10.77.1.11', 'fd00::1', 'fe80::1']);
  assert.deepEqual(ranked(configurationOf({}), 'fe80::1/64'), ['fe80::1']);
});

test('where all groups talk over IPv6 that comes first', () => {
  assert.deepEqual(ranked(overV6, 'fe80::1/64', '10.77.1.11/24', 'fd00::1/64'), [
    'fd00::1',
    '10.77.1.11',
    'fe80::1',
  ]);
});

test('the first address of the interface stays the first', () => {
  assert.deepEqual(ranked(configurationOf({}), '10.0.0.9/24', '10.0.0.1/24'), ['10.0.0.9', '10.0.0.1']);
});

test('a service address left on the interface by an earlier run is no control address', () => {
  const prefer = [{ address: address('10.77.0.101'), prefix: 24 }];
  const configuration = configurationOf({ groups: { web: groupOf({ prefer }) } });
  const onInterface = ['10.77.0.101/32', '10.77.0.102/32', '10.77.0.11/24'];
  assert.deepEqual(ranked(configuration, ...onInterface), ['10.77.0.11', '10.77.0.102']);
});

test('a missing interface, and one without an address, are named', () => {
  const system = {
    interfaceIndex: (name: string) => (name === 'ctl0' ? 3 : 0),
    interfaceAddresses: () => [],
    isLocalAddress: () => false,
  };
  assert.equal(findInterface('ctl1', configurationOf({}), system), 'control interface ctl1 does not exist');
  assert.equal(findInterface('ctl0', configurationOf({}), system), 'control interface ctl0 has no address');
});

const interfaceOf = (name: string, index: number, ...texts: string[]) => ({
  name,
  index,
  addresses: rankAddresses(held(...texts), configurationOf({})),
});

test('R60: the roles are told the control address of each family, the best first', () => {
  const found = interfaceOf('ctl0', 3, 'fe80::1/64', 'fd77:1::11/64', '10.77.1.11/24', '10.77.9.11/24');
  assert.deepEqual(describeInterface(found), {
    name: 'ctl0',
    index: 3,
    address: '10.77.1.11',
    prefix: 24,
    addresses: held('10.77.1.11/24', 'fd77:1::11/64'),
  });
  const onlyLinkLocal = describeInterface(interfaceOf('ctl1', 4, '10.77.2.11/24', 'fe80::1/64'));
  assert.deepEqual(onlyLinkLocal.addresses, held('10.77.2.11/24', 'fe80::1/64'));
});

test('the host id is what the configuration says, else the first control address', () => {
  const found = [interfaceOf('ctl0', 3, '10.77.1.11/24'), interfaceOf('ctl1', 4, '10.77.2.11/24')];
  assert.equal(hostIdOf(configurationOf({}), found), '10.77.1.11');
  assert.equal(hostIdOf(configurationOf({ id: address('10.9.9.9') }), found), '10.9.9.9');
  assert.equal(hostIdOf(configurationOf({}), []), null);
});

test('R5 R6: each group has a socket on each control interface that has an address of its family', () => {
  const configuration = configurationOf({
    groups: {
      web: groupOf({}),
      six: groupOf({ address: { address: address('ff15::77'), port: 5406 } }),
      unicast: groupOf({
        peers: [address('10.77.1.12')],
        address: { address: address('239.255.77.9'), port: 5407 },
      }),
    },
  });
  const found = [
    interfaceOf('ctl0', 3, '10.77.1.11/24'),
    interfaceOf('ctl1', 4, '10.77.2.11/24', 'fd00::b/64'),
  ];
  const plans = planSockets(configuration, found).map(
    (plan) =>
      `${plan.groupName} ${plan.interface} ${plan.controlAddress} ${plan.multicast ? plan.group : 'unicast'}:${String(plan.port)}`,
  );
  assert.deepEqual(plans, [
    'web ctl0 10.77.1.11 239.255.77.1:5405',
    'web ctl1 10.77.2.11 239.255.77.1:5405',
    'six ctl1 fd00::b ff15::77:5406',
    'unicast ctl0 10.77.1.11 unicast:5407',
    'unicast ctl1 10.77.2.11 unicast:5407',
  ]);
  assert.equal(addressOf(interfaceOf('ctl0', 3, '10.77.1.11/24'), 6), null);
});
