// The status page: what is not as it should be comes first (R58). Plain HTML that a browser loads again every few
// seconds: nothing runs in it.

import type { AddressStatus, DnsStatus, GroupStatus, HostStatus, Status } from '../ipc/operator-messages.js';
import { html, type Html } from './html.js';

const RELOAD_SECONDS = 2;

export const STYLE = `
body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5em; color: #222; background: #fff; }
h1 { font-size: 1.3em; } h2 { font-size: 1.1em; margin-top: 1.6em; }
table { border-collapse: collapse; margin: 0.5em 0; }
th, td { text-align: left; padding: 0.2em 1em 0.2em 0; border-bottom: 1px solid #ddd; vertical-align: top; }
.bad { color: #a00; } .good { color: #060; } .dim { color: #777; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #181818; } th, td { border-color: #444; }
  .bad { color: #f88; } .good { color: #8d8; } .dim { color: #999; }
}
`;

export function statusPage(status: Status): string {
  const groups = Object.entries(status.groups).sort(([a], [b]) => (a < b ? -1 : 1));
  const title = `raisd on ${status.host}`;
  const uptime = `${status.version}, up ${duration(status.uptimeMs)}`;
  return page(
    title,
    html`<h1>${title}</h1>
      <p class="dim">${uptime}, as of ${new Date().toISOString()}</p>
      ${groups.length === 0 ? html`<p>No groups are configured.</p>` : groups.map(groupSection)}
      ${sinks(status)}
      <p class="dim"><a href="/metrics">metrics</a> · <a href="/status">JSON</a></p>`,
  );
}

export const troublePage = (reason: string): string =>
  page(
    'raisd does not answer',
    html`<h1 class="bad">raisd does not answer</h1>
      <p>${reason}. Look at its log.</p>`,
  );

const page = (title: string, body: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content="${RELOAD_SECONDS}" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        ${body}
      </body>
    </html>`.text;

const groupSection = ([name, group]: [string, GroupStatus]): Html =>
  html`<h2>${name}: <span class="${group.problems.length === 0 ? 'good' : 'bad'}">${group.state}</span></h2>
    <p>${leader(group)}</p>
    ${problems(group.problems)}
    <table>
      <tr>
        <th>address</th>
        <th>state</th>
        <th>host</th>
        <th>preferred host</th>
        <th>reason</th>
      </tr>
      ${group.addresses.map(addressRow)}
    </table>
    <table>
      <tr>
        <th>host</th>
        <th>state</th>
        <th>links</th>
        <th>serves</th>
        <th>load</th>
        <th>heard</th>
      </tr>
      ${group.hosts.map(hostRow)}
    </table>
    ${group.dns === null ? '' : zone(group.dns)}`;

const leader = ({ leader, term }: GroupStatus): string =>
  leader === null ? 'Nobody leads.' : `${leader} leads in term ${String(term)}.`;

const problems = (sentences: readonly string[]): Html =>
  sentences.length === 0
    ? html``
    : html`<ul class="bad">
        ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
      </ul>`;

const addressRow = ({ address, state, host, preferredHost, orphaned, reason }: AddressStatus): Html =>
  html`<tr>
    <td>${address}</td>
    <td class="${state === 'online' ? (orphaned ? '' : 'good') : 'bad'}">${state}</td>
    <td>${host ?? '–'}</td>
    <td>${preferredHost ?? '–'}</td>
    <td>${reason}</td>
  </tr>`;

function hostRow(host: HostStatus): Html {
  const links = host.links.map((link) => `${link.interface} ${link.up ? 'up' : 'down'}`).join(', ');
  const serves = host.serving.map(({ address, state }) => `${address} ${state}`).join(', ');
  const load = host.capacity === 0 ? '–' : `${String(host.load)} of ${String(host.capacity)}`;
  return html`<tr>
    <td>${host.id}${host.self ? ' (this host)' : ''}</td>
    <td class="${isWell(host) ? 'good' : 'bad'}">${words(host)}</td>
    <td>${links}</td>
    <td>${serves === '' ? '–' : serves}</td>
    <td>${load}</td>
    <td>${host.self ? '' : host.lastHeardMs === null ? 'never' : `${duration(host.lastHeardMs)} ago`}</td>
  </tr>`;
}

const isWell = ({ state, ok, observer }: HostStatus): boolean => state === 'live' && (ok || observer);

function words({ state, ok, quiesced, observer, failures }: HostStatus): string {
  const parts: string[] = [state];
  if (observer) parts.push('observer');
  else if (!ok) parts.push(`failed (${failures.join('; ')})`);
  if (quiesced) parts.push('quiesced');
  return parts.join(', ');
}

const zone = ({ zone, name, advertised, writer, error }: DnsStatus): Html =>
  html`<p>
    DNS zone ${zone} advertises ${name} as ${advertised.length === 0 ? 'nothing' : advertised.join(', ')};
    ${writer === null ? 'nobody writes it' : `${writer} writes it`}.
    <span class="bad">${error ?? ''}</span>
  </p>`;

const sinks = ({ snmp }: Status): readonly Html[] =>
  snmp.sinks.map(
    ({ sink, sent, failed, dropped, waiting }) =>
      html`<p>SNMP sink ${sink}: ${sent} sent, ${failed} failed, ${dropped} dropped, ${waiting} waiting.</p>`,
  );

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** In its largest whole unit. */
function duration(milliseconds: number): string {
  const [unit, span] = UNITS.find(([, each]) => milliseconds >= each) ?? ['ms', 1];
  return `${String(Math.floor(milliseconds / span))} ${unit}`;
}
