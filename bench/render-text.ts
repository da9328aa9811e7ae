// The figures as tables for a terminal.

import Table from 'cli-table3';

import { COLUMNS, ms } from './columns.js';
import type { IdleCost, Results } from './results.js';
import { allFigures } from './statistics.js';

type Align = 'left' | 'right';

/** `left` columns are aligned to the left. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  left: number,
): string {
  const colAligns: Align[] = head.map((_, column) => (column < left ? 'left' : 'right'));
  const drawn = new Table({ head: [...head], colAligns, style: { head: [], border: [] } });
  for (const row of rows) drawn.push([...row]);
  return drawn.toString();
}

/** Every table that there is something for, one below the other. */
export function renderFigures({ samples, idle, loaded, scale }: Results): string {
  const tables: string[] = [];
  if (samples.length > 0) {
    const rows = allFigures(samples).map((each) => [each.scenario, ...COLUMNS.map(({ cell }) => cell(each))]);
    tables.push(renderTable(['scenario', ...COLUMNS.map(({ head }) => head)], rows, 2));
  }
  if (loaded.length > 0) {
    const rows = loaded.map((each) => [
      each.peer,
      each.setting,
      String(each.seconds),
      each.load,
      String(each.moves),
      ms(each.silenceMs),
      String(each.doubled),
    ]);
    const head = ['peer', 'setting', 's', 'under load', 'false failovers', 'longest silence ms', 'doubled'];
    tables.push(renderTable(head, rows, 2));
  }
  if (idle.length > 0) {
    const rows = idle.map((each) => [
      each.peer,
      each.setting,
      each.cpuPercent.toFixed(2),
      each.pssMb.toFixed(1),
      each.wakeUps.toFixed(0),
      String(each.processes),
    ]);
    tables.push(
      renderTable(['idle', 'setting', '% of a core', 'PSS MiB', 'wake-ups/s', 'processes'], rows, 2),
    );
    tables.push(...idle.flatMap(renderParts));
  }
  if (scale.length > 0) {
    const rows = scale.map((each) => [
      String(each.members),
      each.setting,
      each.cpuPercent.toFixed(1),
      each.pssMb.toFixed(1),
      ms(each.decideMs[Math.floor((each.decideMs.length - 1) / 2)] ?? NaN),
      ms(each.decideMs.at(-1) ?? NaN),
    ]);
    tables.push(
      renderTable(['members', 'setting', '% of a core', 'PSS MiB', 'to decide: median ms', 'max'], rows, 2),
    );
  }
  return tables.join('\n\n');
}

/** Of one that has several processes: which of them costs what. */
function renderParts({ peer, setting, parts = [] }: IdleCost): string[] {
  if (parts.length < 2) return [];
  const rows = parts.map((each) => [
    each.name,
    each.cpuPercent.toFixed(2),
    each.pssMb.toFixed(1),
    each.wakeUps.toFixed(0),
  ]);
  return [renderTable([`${peer}, idle at ${setting}`, '% of a core', 'PSS MiB', 'wake-ups/s'], rows, 1)];
}
