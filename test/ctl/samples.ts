// What a control process may answer, for tests of how that is shown.

import { parseAddress, type Address } from '../../src/core/address.js';
import type {
  AddressStatus,
  DnsStatus,
  Explanation,
  GroupStatus,
  HistoryEntry,
  HostStatus,
  Plan,
  Status,
} from '../../src/ipc/operator-messages.js';

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}

export function host(id: string, more: Partial<HostStatus> = {}): HostStatus {
  return {
    id: address(id),
    self: false,
    state: 'live',
    ok: true,
    failures: [],
    quiesced: false,
    observer: false,
    preferred: [],
    load: 3,
    capacity: 100,
    lastHeardMs: 4,
    links: [
      { interface: 'ctl0', up: true, lastHeardMs: 4 },
      { interface: 'ctl1', up: true, lastHeardMs: 6 },
    ],
    serving: [],
    ...more,
  };
}

export const online = (...addresses: string[]): HostStatus['serving'] =>
  addresses.map((each) => ({ address: address(each), state: 'online' }));

export function served(at: string, by: string | null, more: Partial<AddressStatus> = {}): AddressStatus {
  const id = by === null ? null : address(by);
  return {
    address: address(at),
    state: by === null ? 'unserved' : 'online',
    host: id,
    preferredHost: id,
    orphaned: false,
    orphanMsLeft: null,
    reason: 'its preferred host is able to serve it',
    ...more,
  };
}

export const group = (more: Partial<GroupStatus> = {}): GroupStatus => ({
  state: 'ok',
  problems: [],
  leader: address('10.77.1.11'),
  term: 4,
  hosts: [],
  addresses: [],
  fence: { kind: 'bpf', wanted: 'bpf', reason: null },
  counters: { accepted: 12345, duplicate: 12340, 'bad-mac': 0 },
  dns: null,
  ...more,
});

const zone = (more: Partial<DnsStatus> = {}): DnsStatus => ({
  zone: 'web.example.org',
  name: 'www.web.example.org',
  advertised: [],
  writer: address('10.77.1.11'),
  error: null,
  scale: 1000,
  entries: [],
  ...more,
});

const entry = (
  of: string,
  host: string,
  more: Partial<DnsStatus['entries'][number]> = {},
): DnsStatus['entries'][number] => ({
  address: address(of),
  host: address(host),
  utilization: 0,
  weighted: 0,
  advertised: true,
  reason: `${host} is not measured`,
  ...more,
});

export const status = (groups: Record<string, GroupStatus>, sinks: Status['snmp']['sinks'] = []): Status => ({
  host: address('10.77.1.11'),
  version: '0.1.0',
  startedAt: '2026-11-05T10:00:00.000Z',
  uptimeMs: 11_520_000,
  groups,
  snmp: { sinks },
});

const self = (more: Partial<HostStatus> = {}): HostStatus =>
  host('10.77.1.11', {
    self: true,
    lastHeardMs: 0,
    links: [
      { interface: 'ctl0', up: true, lastHeardMs: null },
      { interface: 'ctl1', up: true, lastHeardMs: null },
    ],
    ...more,
  });

/** Three hosts, all as it should be. Given out of order. */
export const healthy = status({
  web: group({
    hosts: [
      host('10.77.1.102', { lastHeardMs: 9 }),
      self({ preferred: [address('10.77.0.101')], serving: online('10.77.0.101') }),
      host('10.77.1.12', { preferred: [address('10.77.0.102')], serving: online('10.77.0.102'), load: 41 }),
    ],
    addresses: [served('10.77.0.102', '10.77.1.12'), served('10.77.0.101', '10.77.1.11')],
    dns: zone({
      advertised: [address('10.77.0.101'), address('10.77.0.102')],
      entries: [
        entry('10.77.0.101', '10.77.1.11', { utilization: null }),
        entry('10.77.0.102', '10.77.1.12', {
          utilization: 410,
          weighted: 410,
          reason: '10.77.1.12 uses 41 %',
        }),
        entry('10.77.0.103', '10.77.1.13', {
          utilization: 910,
          weighted: 1110,
          advertised: false,
          reason: '10.77.1.13 uses 91 %, above the high water mark of 80 %',
        }),
      ],
    }),
  }),
});

/** Two groups in which everything is wrong that can be. */
export const troubled = status(
  {
    web: group({
      state: 'partitioned',
      term: 7,
      problems: [
        'address 10.77.0.104 is served by nobody: no host is able to',
        'web: address 10.77.0.105 is served by 10.77.1.11 and 10.77.1.12',
        'host 10.77.1.13 is silent: last heard 12 s ago',
      ],
      hosts: [
        self({ preferred: [address('10.77.0.101')], serving: online('10.77.0.101', '10.77.0.103') }),
        host('10.77.1.12', {
          ok: false,
          failures: ['test http: connect to 127.0.0.1:80: ECONNREFUSED', 'svc0 has no carrier'],
          quiesced: true,
          preferred: [address('10.77.0.102')],
          serving: [{ address: address('10.77.0.102'), state: 'releasing' }],
          links: [
            { interface: 'ctl0', up: true, lastHeardMs: 12 },
            { interface: 'ctl1', up: false, lastHeardMs: 72_000 },
          ],
        }),
        host('10.77.1.13', {
          state: 'silent',
          lastHeardMs: 12_345,
          preferred: [address('10.77.0.103')],
          serving: online('10.77.0.103'),
          links: [
            { interface: 'ctl0', up: true, lastHeardMs: 12_345 },
            { interface: 'ctl1', up: true, lastHeardMs: null },
          ],
        }),
        host('10.77.1.14', { state: 'joining', lastHeardMs: 3, capacity: 0 }),
        host('10.77.1.15', { ok: false, observer: true, load: 0, capacity: 0 }),
        host('10.77.1.16', { state: 'partitioned', lastHeardMs: null, links: [] }),
        host('10.77.1.17', {
          preferred: [address('10.77.0.107')],
          serving: [
            ...online('10.77.0.106'),
            { address: address('10.77.0.107'), state: 'acquiring' },
            { address: address('10.77.0.108'), state: 'not serving' },
          ],
        }),
        host('10.77.1.18', { state: 'left', lastHeardMs: 7_200_000 }),
      ],
      addresses: [
        served('10.77.0.101', '10.77.1.11'),
        served('10.77.0.102', '10.77.1.12', { state: 'releasing', reason: 'its tests fail' }),
        served('10.77.0.103', '10.77.1.11', {
          preferredHost: address('10.77.1.13'),
          orphaned: true,
          orphanMsLeft: 2_591_000_000,
          reason: 'its preferred host 10.77.1.13 is silent; 10.77.1.11 serves the fewest addresses',
        }),
        served('10.77.0.104', null, {
          preferredHost: address('10.77.1.14'),
          reason: 'no host is able to serve it',
        }),
        served('10.77.0.105', '10.77.1.11', { state: 'duplicate', reason: 'two hosts serve it' }),
        served('10.77.0.106', '10.77.1.17', {
          preferredHost: address('10.77.1.12'),
          orphaned: true,
          reason: 'moved by the operator',
        }),
        served('10.77.0.107', '10.77.1.17', { state: 'acquiring' }),
      ],
      counters: {
        accepted: 12345,
        sent: 12600,
        duplicate: 12340,
        'bad-mac': 3,
        'wrong-ttl': 3,
        'too-old': 17,
      },
      dns: zone({
        advertised: Array.from({ length: 12 }, (_, i) => address(`10.77.0.${String(101 + i)}`)),
        writer: null,
      }),
    }),
    mail: group({
      state: 'quiesced',
      leader: null,
      hosts: [self({ quiesced: true, load: 150 })],
      addresses: [
        served('2001:db8:77::101', null, { preferredHost: null, reason: 'no host is able to serve it' }),
      ],
      dns: zone({ zone: 'mail.example.org', name: 'smtp.mail.example.org' }),
    }),
  },
  [
    {
      sink: '10.77.1.240:162',
      version: '3',
      inform: true,
      sent: 12,
      failed: 2,
      dropped: 1,
      waiting: 4,
      error: 'not confirmed within 2 s',
    },
  ],
);

/** 64 hosts with 1,000 addresses; `trouble`: some of each are not as they should be. */
export function large(trouble: boolean): Status {
  const ids = Array.from({ length: 64 }, (_, i) => `10.77.1.${String(i + 11)}`);
  const addresses = Array.from({ length: 1000 }, (_, i) => {
    const owner = ids[i % 64] ?? '';
    const at = `10.78.${String(i >> 8)}.${String(i & 255)}`;
    if (!trouble) return served(at, owner);
    if (i % 64 === 5) {
      const reason = 'its preferred host is silent';
      const preferredHost = address(owner);
      if (i === 5) return served(at, null, { preferredHost, reason: 'no host is able to serve it' });
      return served(at, ids[6] ?? '', { preferredHost, orphaned: true, orphanMsLeft: 60_000 + i, reason });
    }
    return i % 20 === 1
      ? served(at, owner, { state: 'acquiring', reason: 'its host came back' })
      : served(at, owner);
  });
  const hosts = ids.map((id, i) => {
    const mine = addresses
      .filter((each) => each.host === id && each.state === 'online')
      .map((each) => each.address);
    const base = i === 0 ? self : (more: Partial<HostStatus>): HostStatus => host(id, more);
    const silent = trouble && i === 5 ? { state: 'silent' as const, lastHeardMs: 9000 } : {};
    const own = addresses.filter((each) => each.preferredHost === id).map((each) => each.address);
    return base({ preferred: own, serving: online(...mine), load: i, lastHeardMs: i % 30, ...silent });
  });
  const problems = trouble
    ? ['host 10.77.1.16 is silent: last heard 9 s ago', '1 address is served by nobody']
    : [];
  return status({ farm: group({ hosts, addresses, problems }) });
}

export const entries: readonly HistoryEntry[] = [
  {
    at: '2026-11-05T10:00:00.000Z',
    host: address('10.77.1.11'),
    group: null,
    event: 'started',
    address: null,
    message: 'raisd 0.1.0 started',
  },
  {
    at: '2026-11-05T10:00:00.120Z',
    host: address('10.77.1.102'),
    group: 'web',
    event: 'host-silent',
    address: null,
    message: 'web: host 10.77.1.13 is silent for 100 ms',
  },
  {
    at: '2026-11-05T10:00:00.140Z',
    host: address('10.77.1.11'),
    group: 'web',
    event: 'address-online',
    address: address('10.77.0.103'),
    message: 'web: 10.77.0.103 is online on 10.77.1.11: its preferred host 10.77.1.13 is silent',
  },
];

export const explanation: Explanation = {
  ...served('10.77.0.103', '10.77.1.11', {
    preferredHost: address('10.77.1.13'),
    orphaned: true,
    orphanMsLeft: 2_591_000_000,
    reason: 'its preferred host 10.77.1.13 is silent; 10.77.1.11 serves the fewest addresses',
  }),
  group: 'web',
  history: entries.slice(1),
};

export const plan: Plan = {
  groups: {
    web: [
      {
        address: address('10.77.0.101'),
        from: address('10.77.1.11'),
        to: address('10.77.1.102'),
        reason: 'a hot spare',
      },
      {
        address: address('10.77.0.103'),
        from: address('10.77.1.11'),
        to: null,
        reason: 'no host is able to serve it',
      },
      {
        address: address('10.77.0.20'),
        from: null,
        to: address('10.77.1.12'),
        reason: 'it serves the fewest addresses',
      },
    ],
    mail: [],
  },
};
