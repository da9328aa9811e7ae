// What decisions cost: steps of a leader in a large group, timed one by one. `npm run bench:step [-- HOSTS ADDRESSES ROUNDS]`.
//
// The leader has the lowest id; the other hosts are puppets that do what they are ordered. In each round one of them dies
// and comes back.

import { performance } from 'node:perf_hooks';
import Table from 'cli-table3';
import type { HostId, ServiceAddress } from '../src/core/address.js';
import type { Effect, RecordName } from '../src/core/effect.js';
import type { Event } from '../src/core/event.js';
import type { ServedAddress } from '../src/core/host-information.js';
import { milliseconds } from '../src/core/time.js';
import { Bench } from '../test/core/bench.js';
import { address, effectsOf, serves, TIMEOUT } from '../test/core/builders.js';

/** Milliseconds that steps of one kind took. */
type Samples = Map<string, number[]>;

/** The first of these that happens in a step gives it its name in the table. */
const DECISIONS: readonly (readonly [RecordName, string])[] = [
  ['host-silent', 'a host is found silent, its addresses are assigned'],
  ['host-appeared', 'a host is heard again'],
];

class TimedBench extends Bench {
  readonly samples: Samples = new Map();
  private depth = 0;

  override step(...events: Event[]): Effect[] {
    this.depth += 1;
    const start = performance.now();
    const effects = super.step(...events);
    const took = performance.now() - start;
    this.depth -= 1;
    if (this.depth === 0) this.note(nameOf(events, effects), took);
    return effects;
  }

  private note(name: string, took: number): void {
    const list = this.samples.get(name) ?? [];
    this.samples.set(name, list);
    list.push(took);
  }
}

function nameOf(events: readonly Event[], effects: readonly Effect[]): string {
  const records = effectsOf(effects, 'record').map(({ event }) => event);
  const decision = DECISIONS.find(([record]) => records.includes(record));
  if (decision !== undefined) return decision[1];
  const kinds = [...new Set(events.map(({ kind }) => kind))].join(', ');
  if (effectsOf(effects, 'command').length > 0) return `other orders, at: ${kinds}`;
  return effects.length === 0 ? `nothing to do, at: ${kinds}` : `something else, at: ${kinds}`;
}

const hostOf = (index: number): HostId =>
  address(`10.77.${String(1 + (index >> 7))}.${String(1 + (index & 127))}`);
const serviceOf = (index: number): ServiceAddress =>
  address(`10.88.${String(index >> 7)}.${String(index & 127)}`);

/** Addresses are dealt out among the hosts in turn. */
const preferredBy = (host: number, hosts: number, addresses: number): ServiceAddress[] => {
  const own: ServiceAddress[] = [];
  for (let index = host; index < addresses; index += hosts) own.push(serviceOf(index));
  return own;
};

function makeGroup(hosts: number, addresses: number): TimedBench {
  const bench = new TimedBench({
    id: hostOf(0),
    preferred: preferredBy(0, hosts, addresses),
    partition: 'probe',
    // What comes back is given back in the round's end, not while the next host dies.
    failBack: milliseconds(0),
  }).start();
  for (let host = 1; host < hosts; host++) {
    const preferred = preferredBy(host, hosts, addresses);
    bench.join(hostOf(host), { preferred, serving: preferred.map((each) => serves(each)) });
  }
  for (let settled = 0; settled < 5; settled++) obey(bench, bench.run(TIMEOUT));
  return bench;
}

/** The puppets do what they are ordered, and say so. */
function obey(bench: Bench, effects: readonly Effect[]): void {
  for (const { command } of effectsOf(effects, 'command')) {
    const puppet = bench.puppets.get(command.to);
    if (puppet?.alive !== true) continue;
    const ordered = new Set(command.orders.map((order) => order.address));
    const rest = puppet.information.serving.filter((each) => !ordered.has(each.address));
    const more: ServedAddress[] =
      command.action === 'acquire'
        ? command.orders.map((order) => serves(order.address, 'online', order.reason))
        : [];
    const answer = bench.says(command.to, { serving: [...rest, ...more] });
    obey(bench, answer);
  }
}

function playRound(bench: Bench, victim: HostId): void {
  const puppet = bench.puppet(victim);
  bench.dies(victim);
  for (let part = 0; part < 4; part++) obey(bench, bench.run(TIMEOUT / 2));
  puppet.alive = true;
  puppet.information = { ...puppet.information, serving: [] };
  puppet.incarnation += 1n;
  bench.hear();
  obey(bench, bench.tell(victim));
  for (let part = 0; part < 4; part++) obey(bench, bench.run(TIMEOUT / 2));
}

function print(samples: Samples): void {
  const table = new Table({
    head: ['step', 'number', 'median µs', 'p95 µs', 'max µs'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const [name, list] of [...samples].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sorted = list.sort((a, b) => a - b);
    const at = (share: number): string =>
      ((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 1000).toFixed(0);
    table.push([name, sorted.length, at(0.5), at(0.95), at(1)]);
  }
  process.stdout.write(`${table.toString()}\n`);
}

function main(args: readonly string[]): void {
  const [hosts = 64, addresses = 1000, rounds = 60] = args.map(Number);
  const bench = makeGroup(hosts, addresses);
  const play = (count: number): void => {
    for (let round = 0; round < count; round++) playRound(bench, hostOf(1 + (round % (hosts - 1))));
  };
  // The compiler's own time is not the decision's: control rehearses as well (src/control/rehearsal.ts).
  play(Math.min(rounds, 10));
  bench.samples.clear();
  play(rounds);
  process.stdout.write(
    `A leader of ${String(hosts)} hosts with ${String(addresses)} addresses; ${String(rounds)} deaths and returns.\n`,
  );
  print(bench.samples);
}

main(process.argv.slice(2));
