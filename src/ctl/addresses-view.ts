// The service addresses of a group. Of many, only those have a row that are not online on their preferred host.

import { compareAddresses } from '../core/address.js';
import type { AddressState, AddressStatus } from '../ipc/operator-messages.js';
import { formatDuration } from './duration.js';
import type { Paint, Screen } from './screen.js';
import { tableLines, type Column } from './table.js';

/** Up to this many addresses each has its row; beyond, only those that are not as they should be, and as many at the most. */
export const ADDRESS_ROWS = 40;

const COLUMNS: readonly Column[] = [
  { head: 'ADDRESS' },
  { head: 'STATE' },
  { head: 'HOST' },
  { head: 'PREFERRED HOST' },
  { head: 'ORPHAN LEFT', align: 'right' },
  { head: 'REASON' },
];

/** The addresses table and, where it leaves addresses out, what they are and how to see them. */
export function addressLines(
  name: string,
  every: readonly AddressStatus[],
  all: boolean,
  screen: Screen,
): string[] {
  const addresses = [...every].sort((a, b) => compareAddresses(a.address, b.address));
  const shown = all || addresses.length <= ADDRESS_ROWS ? addresses : chosenAddresses(addresses);
  const rows = shown.map((address) => addressRow(address, screen.paint));
  return [...tableLines(COLUMNS, rows, screen.columns), ...omittedLines(name, addresses, shown)];
}

/** The worst first where not all have room; then in numeric order again. */
function chosenAddresses(addresses: readonly AddressStatus[]): AddressStatus[] {
  const worst = addresses.filter((each) => severity(each) > 0).sort((a, b) => severity(b) - severity(a));
  return worst.slice(0, ADDRESS_ROWS).sort((a, b) => compareAddresses(a.address, b.address));
}

/** 0: as it should be. */
function severity(address: AddressStatus): number {
  if (address.state === 'unserved' || address.state === 'duplicate') return 3;
  if (address.state !== 'online') return 2;
  return address.orphaned ? 1 : 0;
}

function addressRow(address: AddressStatus, paint: Paint): string[] {
  return [
    address.address,
    stateText(address, paint),
    address.host ?? '-',
    address.preferredHost ?? '-',
    orphanText(address),
    address.reason,
  ];
}

/** The state, `place` (` on 10.77.1.11`), and what makes even an online address worth a look. */
export function stateText(address: AddressStatus, paint: Paint, place = ''): string {
  const colour = severity(address) === 3 ? paint.bad : address.state === 'online' ? paint.good : paint.warn;
  const state = `${colour(address.state)}${place}`;
  return address.orphaned ? `${state}, ${paint.warn('orphaned')}` : state;
}

/** R32: the countdown runs only while the preferred host is silent. */
function orphanText(address: AddressStatus): string {
  if (!address.orphaned) return '-';
  return address.orphanMsLeft === null ? 'not counting' : formatDuration(address.orphanMsLeft);
}

const STATES: readonly AddressState[] = ['unserved', 'duplicate', 'acquiring', 'releasing', 'online'];

/** `12 addresses: 1 unserved, 11 online (2 orphaned)`. */
export function addressCounts(addresses: readonly AddressStatus[]): string {
  const total = addresses.length === 1 ? '1 address' : `${String(addresses.length)} addresses`;
  if (addresses.length === 0) return total;
  const counts = STATES.map(
    (state) => [addresses.filter((each) => each.state === state).length, state] as const,
  );
  const words = counts.filter(([count]) => count > 0).map(([count, state]) => `${String(count)} ${state}`);
  const orphaned = addresses.filter((each) => each.orphaned).length;
  return `${total}: ${words.join(', ')}${orphaned > 0 ? ` (${String(orphaned)} orphaned)` : ''}`;
}

function omittedLines(
  name: string,
  addresses: readonly AddressStatus[],
  shown: readonly AddressStatus[],
): string[] {
  if (shown.length === addresses.length) return [];
  const omitted = new Set(addresses);
  for (const address of shown) omitted.delete(address);
  const bad = [...omitted].filter((address) => severity(address) > 0);
  const fine = omitted.size - bad.length;
  const lines: string[] = [];
  if (bad.length > 0) lines.push(`  Not as they should be either: ${addressCounts(bad)}.`);
  if (fine > 0)
    lines.push(`  ${String(fine)} ${shown.length > 0 ? 'more ' : ''}addresses are online and not orphaned.`);
  return [...lines, `  Each of them: raisctl status ${name} --all; one: raisctl explain ADDRESS`];
}
