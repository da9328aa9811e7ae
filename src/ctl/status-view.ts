// `status`: first what is not as it should be, then each group with its hosts and its addresses.

import type { SinkStatus } from '../ipc/notification.js';
import type { GroupState, GroupStatus, Status } from '../ipc/operator-messages.js';
import { addressCounts, addressLines } from './addresses-view.js';
import { formatDuration } from './duration.js';
import { hostLines } from './hosts-view.js';
import type { Paint, Screen } from './screen.js';
import { dnsLines } from './zone-view.js';

/** The text of `status`. `all`: every host and address has its row, however many they are. */
export function statusText(status: Status, all: boolean, screen: Screen): string {
  const names = Object.keys(status.groups).sort();
  const lines = [headLine(status), ...problemLines(status, names, screen.paint)];
  for (const name of names) {
    const group = status.groups[name];
    if (group !== undefined) lines.push('', ...groupLines(name, group, all, screen));
  }
  if (names.length === 0) lines.push('', 'No group is configured.');
  return `${lines.join('\n')}\n`;
}

const headLine = (status: Status): string =>
  `raisd ${status.version} on ${status.host}, up ${formatDuration(status.uptimeMs)} (since ${status.startedAt})`;

function problemLines(status: Status, names: readonly string[], paint: Paint): string[] {
  const ofGroups = names.flatMap((name) => problemsOf(name, status.groups[name]));
  const problems = [...ofGroups, ...status.snmp.sinks.flatMap(sinkProblem)];
  return problems.length === 0
    ? []
    : ['', paint.bad('PROBLEMS'), ...problems.map((problem) => `  ${problem}`)];
}

function problemsOf(name: string, group: GroupStatus | undefined): string[] {
  if (group === undefined) return [];
  const told = group.problems.map((problem) =>
    problem.startsWith(`${name}: `) ? problem : `${name}: ${problem}`,
  );
  const usual = group.state === 'ok' || group.state === 'observer';
  return told.length > 0 || usual ? told : [`${name}: this host is ${group.state}`];
}

/** Nothing depends on a sink, so that its troubles come last. */
function sinkProblem({ sink, error, failed, dropped }: SinkStatus): string[] {
  if (error === null) return [];
  const lost = String(failed + dropped);
  return [`snmp: ${sink}: ${error}; ${lost} notifications lost so far`];
}

function groupLines(name: string, group: GroupStatus, all: boolean, screen: Screen): string[] {
  const hosts = hostLines(name, group, all, screen);
  const addresses = addressLines(name, group.addresses, all, screen);
  return [
    groupHead(name, group, screen.paint),
    ...(hosts.length > 0 ? ['', ...hosts] : []),
    ...(addresses.length > 0 ? ['', ...addresses] : []),
    '',
    fenceLine(group.fence),
    ...dnsLines(group, all, screen),
    `  Control messages: ${countersText(group.counters)}`,
  ];
}

/** R52. */
const fenceLine = ({ kind, reason }: GroupStatus['fence']): string =>
  `  Fence: ${kind}${kind === 'none' && reason !== null ? ` (${reason})` : ''}`;

function groupHead(name: string, group: GroupStatus, paint: Paint): string {
  const hosts = group.hosts.length === 1 ? '1 host' : `${String(group.hosts.length)} hosts`;
  const leader = group.leader === null ? paint.bad('no leader') : `leader ${group.leader}`;
  const state = stateText(group.state, paint);
  return `${paint.bold(name)}: ${state}; ${leader}, term ${String(group.term)}; ${hosts}; ${addressCounts(group.addresses)}`;
}

function stateText(state: GroupState, paint: Paint): string {
  if (state === 'failed' || state === 'partitioned') return paint.bad(state);
  if (state === 'joining' || state === 'quiesced') return paint.warn(state);
  return paint.good(state);
}

/** What is usual, in one order; then what was refused, the most frequent first. What never occurred is left out. */
function countersText(counters: Readonly<Record<string, number>>): string {
  const { accepted = 0, duplicate = 0, sent = 0, ...refused } = counters;
  const usual = Object.entries({ duplicate, sent });
  const rest = Object.entries(refused).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return [['accepted', accepted] as const, ...[...usual, ...rest].filter(([, count]) => count > 0)]
    .map(([what, count]) => `${String(count)} ${what}`)
    .join(', ');
}
