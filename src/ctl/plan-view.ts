// `plan`: what the leader would do. What nobody could serve comes first.

import { compareAddresses } from '../core/address.js';
import type { Plan, PlannedMove } from '../ipc/operator-messages.js';
import type { Screen } from './screen.js';
import { tableLines, type Column } from './table.js';

const COLUMNS: readonly Column[] = [
  { head: 'ADDRESS' },
  { head: 'FROM' },
  { head: 'TO' },
  { head: 'REASON' },
];

export function planText(plan: Plan, screen: Screen): string {
  const groups = Object.entries(plan.groups).sort(
    ([a, x], [b, y]) => urgency(y) - urgency(x) || (a < b ? -1 : 1),
  );
  const sections = groups.map(([name, moves]) => groupLines(name, moves, screen).join('\n'));
  return sections.length === 0 ? 'No group is configured.\n' : `${sections.join('\n\n')}\n`;
}

/** Groups that would lose an address first, those that would not change last. */
function urgency(moves: readonly PlannedMove[]): number {
  if (moves.some((move) => move.to === null)) return 2;
  return moves.length > 0 ? 1 : 0;
}

function groupLines(name: string, moves: readonly PlannedMove[], screen: Screen): string[] {
  const { paint } = screen;
  const title = paint.bold(name);
  if (moves.length === 0) return [`${title}: no address would move`];
  const lost = moves.filter((move) => move.to === null).length;
  const moving = `${String(moves.length - lost)} would move`;
  const rows = [...moves]
    .sort(unservedFirst)
    .map((move) => [move.address, move.from ?? '-', move.to ?? paint.bad('nobody'), move.reason]);
  const head = lost === 0 ? moving : `${paint.bad(`${String(lost)} would be unserved`)}, ${moving}`;
  return [`${title}: ${head}`, ...tableLines(COLUMNS, rows, screen.columns)];
}

const unservedFirst = (a: PlannedMove, b: PlannedMove): number =>
  Number(a.to !== null) - Number(b.to !== null) || compareAddresses(a.address, b.address);
