// The status as Prometheus metrics. Durations are seconds, states are one time series each that is 0 or 1.

import { Counter, Gauge, Registry } from 'prom-client';
import type { GroupState, GroupStatus, Status } from '../ipc/operator-messages.js';

const GROUP_STATES: readonly GroupState[] = [
  'joining',
  'ok',
  'failed',
  'quiesced',
  'observer',
  'partitioned',
];
const ADDRESS_STATES = ['unserved', 'acquiring', 'online', 'releasing', 'duplicate'] as const;

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** In Prometheus' text format. */
export function metricsText(status: Status): Promise<string> {
  const registers = new Registry();
  const figures = new Figures(registers);
  figures.set('raisd_info', 'Host and version; always 1', { host: status.host, version: status.version }, 1);
  figures.set('raisd_uptime_seconds', 'How long the daemon runs', {}, status.uptimeMs / 1000);
  for (const [group, each] of Object.entries(status.groups)) addGroup(figures, group, each, status.host);
  for (const { sink, sent, failed, dropped, waiting } of status.snmp.sinks) {
    const name = 'raisd_snmp_notifications_total';
    for (const [result, count] of Object.entries({ sent, failed, dropped }))
      figures.count(name, 'Notifications by what became of them (R23)', { sink, result }, count);
    figures.set('raisd_snmp_waiting', 'Notifications that wait for the sink', { sink }, waiting);
  }
  return registers.metrics();
}

function addGroup(figures: Figures, group: string, status: GroupStatus, self: string): void {
  for (const state of GROUP_STATES)
    figures.set(
      'raisd_group_state',
      'State of this host in the group',
      { group, state },
      status.state === state,
    );
  const { leader, term, problems } = status;
  figures.set('raisd_group_leads', 'Whether this host leads (R24)', { group }, leader === self);
  figures.set('raisd_group_has_leader', 'Whether a leader is known (R24)', { group }, leader !== null);
  figures.set('raisd_group_term', 'Term of the leadership (R24)', { group }, term);
  figures.set('raisd_group_problems', 'What is not as it should be', { group }, problems.length);
  figures.set(
    'raisd_group_fenced',
    'Whether the kernel fences (R52)',
    { group },
    status.fence.kind === 'bpf',
  );
  for (const [what, count] of Object.entries(status.counters))
    figures.count(
      'raisd_control_messages_total',
      'Control messages by what became of them',
      { group, what },
      count,
    );
  addHosts(figures, group, status);
  addAddresses(figures, group, status);
  if (status.dns === null) return;
  const { advertised, error } = status.dns;
  figures.set('raisd_zone_addresses', 'Addresses in the DNS zone (R36)', { group }, advertised.length);
  figures.set('raisd_zone_kept', 'Whether the zone could be read and written', { group }, error === null);
}

function addHosts(figures: Figures, group: string, { hosts }: GroupStatus): void {
  for (const host of hosts) {
    const labels = { group, host: host.id };
    figures.set('raisd_host_live', 'Whether the host is live, as seen here', labels, host.state === 'live');
    figures.set('raisd_host_ok', 'Whether it is able to serve (R45)', labels, host.ok);
    figures.set('raisd_host_quiesced', 'Whether it is quiesced (R44)', labels, host.quiesced);
    figures.set('raisd_host_addresses', 'Addresses that it serves', labels, served(host.serving));
    if (host.capacity > 0) {
      figures.set('raisd_host_load', 'Its load', labels, host.load);
      figures.set('raisd_host_capacity', 'Its capacity', labels, host.capacity);
    }
    const heard = host.lastHeardMs;
    if (heard !== null)
      figures.set('raisd_host_heard_seconds', 'How long ago it was heard', labels, heard / 1000);
    for (const { interface: name, up } of host.links)
      figures.set('raisd_link_up', 'Whether it is heard there (R6)', { ...labels, interface: name }, up);
  }
}

const served = (serving: readonly { readonly state: string }[]): number =>
  serving.filter(({ state }) => state === 'online').length;

function addAddresses(figures: Figures, group: string, { addresses }: GroupStatus): void {
  for (const state of ADDRESS_STATES) {
    const count = addresses.filter((each) => each.state === state).length;
    figures.set('raisd_addresses', 'Service addresses by their state', { group, state }, count);
  }
  for (const { address, state, host, orphaned, orphanMsLeft } of addresses) {
    const labels = { group, address };
    const at = { ...labels, host: host ?? '' };
    figures.set('raisd_address_online', 'Whether it is served, and where', at, state === 'online');
    figures.set(
      'raisd_address_orphaned',
      'Whether another than its preferred host serves it',
      labels,
      orphaned,
    );
    if (orphanMsLeft !== null)
      figures.set('raisd_address_orphan_seconds', 'What is left to it (R32)', labels, orphanMsLeft / 1000);
  }
}

type Labels = Readonly<Record<string, string>>;

/** Makes each metric at its first value. */
class Figures {
  readonly #registry: Registry;
  readonly #gauges = new Map<string, Gauge>();
  readonly #counters = new Map<string, Counter>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  set(name: string, help: string, labels: Labels, value: number | boolean): void {
    const options = { name, help, labelNames: Object.keys(labels), registers: [this.#registry] };
    const gauge = this.#gauges.get(name) ?? new Gauge(options);
    this.#gauges.set(name, gauge);
    gauge.set(labels, Number(value));
  }

  count(name: string, help: string, labels: Labels, value: number): void {
    const options = { name, help, labelNames: Object.keys(labels), registers: [this.#registry] };
    const counter = this.#counters.get(name) ?? new Counter(options);
    this.#counters.set(name, counter);
    counter.inc(labels, value);
  }
}
