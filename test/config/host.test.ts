// What only the host can tell, with interfaces made up for the test.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { checkHost, checkRefusedFamilies, isHere, warnOfMissing } from '../../src/config/check-host.js';
import { Collection } from '../../src/config/collection.js';
import { readDocument } from '../../src/config/document.js';
import { draftOf } from '../../src/config/draft.js';
import { formatFault } from '../../src/config/fault.js';
import type { HostFacts } from '../../src/config/host-facts.js';
import { parseAddress, type Address } from '../../src/core/address.js';
import { Workspace, minimal } from './workspace.js';

const workspace = new Workspace();
after(() => {
  workspace.remove();
});

const addresses = (...texts: string[]): Address[] => texts.flatMap((text) => parseAddress(text) ?? []);

const facts: HostFacts = {
  onHost: true,
  interfaces: () =>
    new Map([
      ['lo', addresses('127.0.0.1', '::1')],
      ['ctl0', addresses('10.77.1.11')],
      ['ctl1', addresses('fe80::1', 'fd00::1')],
      ['svc0', addresses('10.77.0.11')],
      ['svc1', addresses('10.77.0.11')],
      ['down0', []],
    ]),
  userExists: () => true,
  refusesIpv6: (name) => name !== 'svc1',
};

function findings(yaml: string, check = checkHost): { faults: string[]; here: boolean; warnings: string[] } {
  const { root } = readDocument(yaml);
  assert(root?.kind === 'map');
  const collected = new Collection('raisd.yaml', root);
  const draft = draftOf(root, collected);
  check(draft, facts, collected);
  const [faults, warnings] = [collected.faults, collected.warnings].map((each) => each.map(formatFault));
  return { faults: faults ?? [], here: isHere(draft, facts), warnings: warnings ?? [] };
}

test('on its host, an interface that is missing is answered with the one that was probably meant', () => {
  const yaml = minimal('loads: [n]', 'loads: {n: {network: {interface: svc00, capacity: 1}}}')
    .replace('[ctl0]', '[ctl0, ctl9]')
    .replace('interface: svc0', 'interface: eth7');
  assert.deepEqual(findings(yaml), {
    faults: [
      'raisd.yaml:1:17: control[1]: there is no interface "ctl9" on this host; did you mean ctl0?',
      'raisd.yaml:6:16: groups.web.interface: there is no interface "eth7" on this host',
      'raisd.yaml:8:34: loads.n.network.interface: there is no interface "svc00" on this host; did you mean svc0?',
    ],
    here: false,
    warnings: [],
  });
});

test('R56: an address outside the family of its interface is a fault', () => {
  assert.deepEqual(
    findings(minimal('prefer: [10.77.0.101/24, fd00::101/64]').replace('[ctl0]', '[ctl0, ctl1]')),
    {
      faults: [
        'raisd.yaml:4:14: groups.web.address: 239.255.77.1 is IPv4, but control interface ctl1 has no IPv4 address',
        'raisd.yaml:7:30: groups.web.prefer[1]: fd00::101 is IPv6, but service interface svc0 has no IPv6 address',
      ],
      here: true,
      warnings: [],
    },
  );
});

test('R56: nothing is known of the families of an interface that is down', () => {
  assert.deepEqual(findings(minimal('prefer: [fd00::101/64]').replace('svc0', 'down0')), {
    faults: [],
    here: true,
    warnings: [],
  });
});

test('R56: where an interface is not here, the file is of another host, and families are not asked for', () => {
  const elsewhere = minimal('prefer: [fd00::101/64]')
    .replace('ctl0', 'raisd-none0')
    .replace('svc0', 'raisd-none1');
  assert(workspace.load(elsewhere, { familiesIfHere: true }).ok);
});

test('R56: to a host that starts, an IPv6 address is a fault where IPv6 is switched off on its interface', () => {
  const fault =
    'raisd.yaml:7:30: groups.web.prefer[1]: fd00::101 is IPv6, which is switched off on service interface svc0 (net.ipv6.conf.svc0.disable_ipv6)';
  const yaml = minimal('prefer: [10.77.0.101/24, fd00::101/64]');
  assert.deepEqual(findings(yaml, checkRefusedFamilies).faults, [fault]);
});

test('R56: and none where the address may only not be there yet, as when a host boots', () => {
  const yaml = minimal('prefer: [10.77.0.101/24, fd00::101/64]');
  // It has IPv4 already, and IPv6 is not switched off; it is down, or missing; it has IPv6 already, and no IPv4 yet.
  for (const name of ['svc1', 'down0', 'eth7', 'ctl1'])
    assert.deepEqual(findings(yaml.replace('svc0', name), checkRefusedFamilies).faults, [], name);
});

test('R56: off its host or on it, a missing interface is a warning where another one of the file is here', () => {
  const yaml = minimal().replace('[ctl0]', '[ctl0, ctl9]');
  assert.deepEqual(findings(yaml, warnOfMissing).warnings, [
    'raisd.yaml:1:17: control[1]: there is no interface "ctl9" on this host; did you mean ctl0?',
  ]);
  const elsewhere = minimal().replace('[ctl0]', '[eth8, eth9]').replace('svc0', 'eth7');
  assert.deepEqual(findings(elsewhere, warnOfMissing).warnings, []);
});

test('R56: check warns of an interface that is missing', () => {
  const yaml = minimal().replace('[ctl0]', '[lo, raisd-none0]').replace('svc0', 'lo');
  assert.deepEqual(workspace.warnings(yaml, { familiesIfHere: true }), [
    '1:15: control[1]: there is no interface "raisd-none0" on this host',
  ]);
});
