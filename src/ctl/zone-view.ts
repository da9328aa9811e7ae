// The DNS zone of a group: what it advertises, and the table that decides it (fig. 6C). In a large group only those have a
// row that are left out.

import type { DnsStatus, GroupStatus } from '../ipc/operator-messages.js';
import type { Screen } from './screen.js';
import { tableLines, type Column } from './table.js';

/** Addresses of a DNS zone that are named one by one. */
const ADVERTISED_SHOWN = 8;
/** Up to this many entries each has its row. */
const ENTRY_ROWS = 20;

const COLUMNS: readonly Column[] = [
  { head: 'IN DNS' },
  { head: 'ADDRESS' },
  { head: 'USED', align: 'right' },
  { head: 'WEIGHT', align: 'right' },
  { head: 'WHY' },
];

export function dnsLines({ dns }: GroupStatus, all: boolean, screen: Screen): string[] {
  if (dns === null) return [];
  return [headLine(dns), ...entryLines(dns, all, screen)];
}

function headLine({ zone, name, advertised, writer }: DnsStatus): string {
  const more = advertised.length - ADVERTISED_SHOWN;
  const rest = more > 0 ? ` and ${String(more)} more (raisctl status --json names them)` : '';
  const what = advertised.length === 0 ? 'nothing' : advertised.slice(0, ADVERTISED_SHOWN).join(', ');
  const who = writer === null ? 'nobody writes it' : `${writer} writes it`;
  return `  DNS zone ${zone} advertises ${name} as ${what}${rest}; ${who}`;
}

/** Where nothing is measured there is nothing to weigh, and the head line says it all. */
function entryLines({ entries, scale }: DnsStatus, all: boolean, { columns, paint }: Screen): string[] {
  if (entries.every((entry) => entry.utilization === null)) return [];
  const shown = all || entries.length <= ENTRY_ROWS ? entries : entries.filter((entry) => !entry.advertised);
  const percent = (value: number | null): string =>
    value === null ? '-' : `${((value * 100) / scale).toFixed(1)} %`;
  const rows = shown.map((entry) => [
    entry.advertised ? paint.good('in') : paint.warn('out'),
    entry.address,
    percent(entry.utilization),
    percent(entry.weighted),
    entry.reason,
  ]);
  return ['', ...tableLines(COLUMNS, rows, columns), ''];
}
