// The hosts of a group. In a large group only those that are not as they should be have a row; the others are
// summed up in one line, with the spread of what they do, so that an uneven group is still seen.

import { compareAddresses } from '../core/address.js';
import { NOT_ARRIVED, type GroupStatus, type HostStatus } from '../ipc/operator-messages.js';
import { formatDuration } from './duration.js';
import type { Paint, Screen } from './screen.js';
import { tableLines, type Column } from './table.js';

/** Up to this many hosts each has its row; beyond, only those that are not as they should be, and as many at the most. */
export const HOST_ROWS = 20;

const COLUMNS: readonly Column[] = [
  { head: 'HOST' },
  { head: 'STATE' },
  { head: 'LINKS' },
  { head: 'SERVES' },
  { head: 'LOAD', align: 'right' },
  { head: 'HEARD', align: 'right' },
  { head: 'NOTE' },
];

/** The hosts table and, where it leaves hosts out, what they are and how to see them. */
export function hostLines(name: string, group: GroupStatus, all: boolean, screen: Screen): string[] {
  const hosts = [...group.hosts].sort((a, b) => compareAddresses(a.id, b.id));
  const shown = all || hosts.length <= HOST_ROWS ? hosts : chosenHosts(hosts);
  const rows = shown.map((host) => hostRow(host, group, screen.paint));
  const lines = tableLines(COLUMNS, rows, screen.columns);
  return [...lines, ...omittedLines(name, hosts, shown)];
}

/** The worst first where not all have room; then in numeric order again. */
function chosenHosts(hosts: readonly HostStatus[]): HostStatus[] {
  const worst = hosts.filter((host) => severity(host) > 0).sort((a, b) => severity(b) - severity(a));
  return worst.slice(0, HOST_ROWS).sort((a, b) => compareAddresses(a.id, b.id));
}

/** 0: as it should be. */
function severity(host: HostStatus): number {
  if (host.state === 'silent' || host.state === 'partitioned' || isFailed(host)) return 3;
  if (host.links.some((link) => isLinkBad(host, link))) return 2;
  return host.state !== 'live' || host.quiesced ? 1 : 0;
}

/** R41: an observer calls itself failed, and that is as it should be. */
const isFailed = (host: HostStatus): boolean => !host.ok && !host.observer;

type Link = HostStatus['links'][number];

const isLinkBad = (host: HostStatus, link: Link): boolean =>
  !link.up || (!host.self && link.lastHeardMs === null);

function hostRow(host: HostStatus, group: GroupStatus, paint: Paint): string[] {
  return [
    host.id,
    stateText(host, paint),
    host.links.map((link) => linkText(host, link, paint)).join(', ') || '-',
    servingText(host),
    loadText(host),
    host.self ? '-' : heardText(host.lastHeardMs),
    noteText(host, group),
  ];
}

function stateText(host: HostStatus, paint: Paint): string {
  const words: string[] = [];
  if (host.state === 'silent' || host.state === 'partitioned') words.push(paint.bad(host.state));
  else if (host.state !== 'live') words.push(paint.warn(host.state));
  else if (host.observer) words.push('observer');
  else words.push(host.ok ? paint.good('ok') : paint.bad('failed'));
  if (host.quiesced) words.push(paint.warn('quiesced'));
  return words.join(', ');
}

function linkText(host: HostStatus, link: Link, paint: Paint): string {
  if (!link.up) return paint.bad(`${link.interface} down`);
  if (host.self) return `${link.interface} up`;
  const heard = `${link.interface} ${heardText(link.lastHeardMs)}`;
  return link.lastHeardMs === null ? paint.bad(heard) : heard;
}

const heardText = (lastHeardMs: number | null): string =>
  lastHeardMs === null ? 'never' : formatDuration(lastHeardMs);

const SERVING_STATES = ['online', 'acquiring', 'releasing', 'not serving', 'prepared'] as const;

function servingText(host: HostStatus): string {
  const counts = SERVING_STATES.map(
    (state) => [host.serving.filter((each) => each.state === state).length, state] as const,
  );
  const words = counts.filter(([count]) => count > 0).map(([count, state]) => `${String(count)} ${state}`);
  if (words.length === 0) return '-';
  // What a silent host was last heard to serve is no promise that it still does.
  return `${isHeard(host) ? '' : 'was '}${words.join(', ')}`;
}

const isHeard = (host: HostStatus): boolean => host.state === 'live' || host.state === 'joining';

/** R37, in percent and without the scaling factor, which `status` does not know. */
const utilization = (host: HostStatus): number => Math.floor((host.load * 100) / host.capacity);

function loadText(host: HostStatus): string {
  if (host.capacity === 0 || !isHeard(host)) return '-';
  return `${String(utilization(host))} % (${String(host.load)}/${String(host.capacity)})`;
}

function noteText(host: HostStatus, group: GroupStatus): string {
  const notes: string[] = [];
  if (host.self) notes.push('this host');
  if (host.id === group.leader) notes.push('leader');
  const isKnown = !host.failures.includes(NOT_ARRIVED);
  if (host.preferred.length === 0 && !host.observer && isKnown) notes.push('hot spare');
  return [notes.join(', '), ...host.failures].filter((note) => note !== '').join('; ');
}

function omittedLines(name: string, hosts: readonly HostStatus[], shown: readonly HostStatus[]): string[] {
  if (shown.length === hosts.length) return [];
  const omitted = hosts.filter((host) => !shown.includes(host));
  const bad = omitted.filter((host) => severity(host) > 0).length;
  const fine = omitted.filter((host) => severity(host) === 0);
  const lines: string[] = [];
  if (bad > 0) lines.push(`  ${String(bad)} more hosts are not as they should be.`);
  if (fine.length > 0)
    lines.push(
      `  ${String(fine.length)} ${shown.length > 0 ? 'more ' : ''}hosts are as they should be: ${spreadText(fine)}.`,
    );
  return [...lines, `  Each of them: raisctl status ${name} --all`];
}

function spreadText(hosts: readonly HostStatus[]): string {
  const online = hosts.map((host) => host.serving.filter((each) => each.state === 'online').length);
  const words = [`${range(online)} addresses online each`];
  const loads = hosts.filter((host) => host.capacity > 0).map(utilization);
  if (loads.length > 0) words.push(`load ${range(loads)} %`);
  const ages = hosts.filter((host) => !host.self).map((host) => host.lastHeardMs ?? 0);
  if (ages.length > 0) words.push(`heard within ${formatDuration(Math.max(...ages))}`);
  return words.join(', ');
}

function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? String(least) : `${String(least)} to ${String(most)}`;
}
