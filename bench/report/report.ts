// The report: one HTML file that needs nothing else, to be read by somebody who doubts it.

import type { Results } from '../results.js';
import { SCENARIOS } from '../scenarios.js';
import { KINDS } from '../peers/kinds.js';
import { PEER_NAMES } from '../peer.js';
import { COLUMNS, ms } from '../columns.js';
import { allFigures } from '../statistics.js';
import type { Figures } from '../statistics.js';
import { drawDistribution, COLOURS } from './distribution.js';
import { escapeHtml, htmlTable } from './html.js';

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .2rem .7rem; border-bottom: 1px solid #ddd; text-align: right }
th { text-align: right; font-weight: 600 } th:first-child, td:first-child { text-align: left }
td.bad { color: #b00020; font-weight: 600 } figure { margin: 1rem 0 2rem } figcaption { color: #555 }
pre { background: #f6f6f6; padding: .8rem; overflow-x: auto; font-size: 13px } svg text { font: 12px system-ui, sans-serif; fill: #444 }
`;

export function renderReport(results: Results): string {
  const body = [
    '<h1>raisd measured against what operators use today</h1>',
    renderSetting(results),
    ...renderScenarios(results),
    renderLoaded(results),
    renderIdle(results),
    renderScale(results),
    renderLeftOut(results),
    renderConfigurations(results),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>raisd: bench</title><style>${STYLE}</style></head>
<body>
${body.filter((part) => part !== '').join('\n')}
</body></html>
`;
}

function renderSetting({ machine, begun, ended, versions }: Results): string {
  const { cpu, cores, kernel, node, system } = machine;
  const rows = PEER_NAMES.filter((name) => versions[name] !== undefined).map((name) => [
    name,
    versions[name] ?? '',
    KINDS[name].setUp,
  ]);
  return `<p>Three hosts in network namespaces of one machine: ${escapeHtml(cpu)}, ${String(cores)} cores, Linux ${escapeHtml(kernel)},
${escapeHtml(system)}, Node.js ${escapeHtml(node)}. Measured from ${escapeHtml(begun)} to ${escapeHtml(ended)}. All hosts, cables and
instruments share the cores, so tails belong to the machine as much as to the programs.</p>
<p>A client on the service network asks each address every millisecond. <em>Silence</em> is the longest time for which an address
went unanswered; it exceeds the outage by up to 2 ms. <em>Doubled</em> counts requests that were answered twice and questions
who has an address that two MACs answered. <em>Holders</em> is how many hosts answer for an address when it is over: more than one is
a fault that the silence does not show. <em>Quick machine</em>: a witness that is before all others multiplies for some microseconds
every 4 ms on each processor; these are the runs in whose longest silence, and control’s permit and a timeout before it, that never took three times as
long as usual.</p>
${htmlTable(['peer', 'version', 'set up'], rows)}`;
}

const rowOf = (figures: Figures): (string | { bad: string })[] =>
  COLUMNS.map(({ cell, isBad }) => (isBad?.(figures) === true ? { bad: cell(figures) } : cell(figures)));

function renderScenarios({ samples }: Results): string[] {
  const figures = allFigures(samples);
  return [...new Set(figures.map(({ scenario }) => scenario))].map((name) => {
    const scenario = SCENARIOS.find((each) => each.name === name);
    const terms = scenario === undefined ? '' : ` at ${scenario.terms.setting.name} ms`;
    const curves = PEER_NAMES.map((peer) => ({
      name: peer,
      colour: COLOURS[peer],
      values: samples
        .filter((each) => each.scenario === name && each.peer === peer)
        .map((each) => each.silenceMs),
    })).filter(({ values }) => values.length > 0);
    const rows = figures.filter((each) => each.scenario === name).map(rowOf);
    return `<h2 id="${escapeHtml(name)}">${escapeHtml(name)}</h2>
<figure><figcaption>${escapeHtml(scenario?.fault.does ?? '')}${terms}: share of runs with a silence of at most so many ms</figcaption>
${drawDistribution(curves)}</figure>
${htmlTable(
  COLUMNS.map(({ head }) => head),
  rows,
)}`;
  });
}

function renderLoaded({ loaded }: Results): string {
  if (loaded.length === 0) return '';
  const rows = loaded.map((each) => [
    `${each.peer} ${each.setting}`,
    String(each.seconds),
    each.load,
    each.moves > 0 ? { bad: String(each.moves) } : '0',
    ms(each.silenceMs),
    String(each.doubled),
  ]);
  return `<h2>Nothing happens, under load</h2>${htmlTable(['peer', 's', 'load', 'false failovers', 'longest silence ms', 'doubled'], rows)}`;
}

function renderIdle({ idle }: Results): string {
  if (idle.length === 0) return '';
  const rows = idle.map((each) => [
    `${each.peer} ${each.setting}`,
    each.cpuPercent.toFixed(2),
    each.pssMb.toFixed(1),
    each.wakeUps.toFixed(0),
    String(each.processes),
  ]);
  return `<h2>Idle: one host of three</h2>${htmlTable(['peer', '% of a core', 'PSS MiB', 'wake-ups/s', 'processes'], rows)}`;
}

function renderScale({ scale }: Results): string {
  if (scale.length === 0) return '';
  const rows = scale.map((each) => [
    `${String(each.members)} at ${each.setting}`,
    each.cpuPercent.toFixed(1),
    each.pssMb.toFixed(1),
    ms(each.decideMs[Math.floor((each.decideMs.length - 1) / 2)] ?? NaN),
    ms(each.decideMs.at(-1) ?? NaN),
    String(each.decideMs.length),
  ]);
  const head = ['members', '% of a core', 'PSS MiB', 'to decide: median ms', 'max', 'n'];
  return `<h2>One daemon among many members</h2>${htmlTable(head, rows)}`;
}

function renderLeftOut({ left }: Results): string {
  if (left.length === 0) return '';
  return `<h2>Not measured</h2>${htmlTable(
    ['scenario', 'peer', 'why'],
    left.map(({ scenario, peer, why }) => [scenario, peer, why]),
  )}`;
}

function renderConfigurations({ configurations }: Results): string {
  const parts = Object.entries(configurations).map(
    ([name, text]) =>
      `<details><summary>${escapeHtml(name)}</summary><pre>${escapeHtml(text)}</pre></details>`,
  );
  return `<h2>Configurations of host 1</h2>${parts.join('\n')}`;
}
