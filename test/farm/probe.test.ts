// The instruments are proven before anything is measured with them.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { Asker, whoHas } from './asker.js';
import { run } from './command.js';
import { Farm } from './farm.js';
import { KnownGap } from './known-gap.js';
import { buildProgram } from './probe-build.js';
import { processesInNamespace } from './processes.js';
import { Prober, figuresOf } from './prober.js';

const ADDRESS = '10.77.0.101';
const ADDRESS6 = 'fd77::101';
const BOUND_MS = 60_000;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

function pidOf(namespace: string, program: string): number {
  const pid = processesInNamespace(namespace).find(
    (each) => statusOf(`/proc/${String(each)}`, 'Name') === program,
  );
  if (pid === undefined) throw new Error(`no ${program} runs in ${namespace}`);
  return pid;
}

/** What /proc says of a process or a thread. */
function statusOf(directory: string, key: string): string {
  const text = readFileSync(join(directory, 'status'), 'utf8');
  return new RegExp(`^${key}:\\s+(.*)$`, 'm').exec(text)?.[1] ?? '';
}

const threadsOf = (pid: number): string[] =>
  readdirSync(`/proc/${String(pid)}/task`).map((thread) => `/proc/${String(pid)}/task/${thread}`);

const wakeUpsOf = (pid: number): number =>
  Number(statusOf(`/proc/${String(pid)}`, 'voluntary_ctxt_switches'));

describe('the instruments: their parts', () => {
  it('what is answered, lost, late, doubled and silent is counted as defined', () => {
    assert.match(run(buildProgram('tally_test'), []), /ok/);
  });
  it('when a packet came is known where the wall clock was stepped before it was read', () => {
    assert.match(run(buildProgram('arrival_clock_test'), []), /ok/);
  });
  it('a processor that is slow, or is taken away, is told apart from an interrupt', () => {
    assert.match(run(buildProgram('phases_test'), []), /ok/);
  });
  it('questions and answers of ARP and neighbour discovery are those of the RFCs', () => {
    assert.match(run(buildProgram('neighbour_packets_test'), []), /ok/);
  });
});

describe('the prober and whohas on a farm without daemons', () => {
  let farm: Farm;
  let prober: Prober;

  before(async () => {
    farm = await Farm.create({ hosts: 2, service: [4, 6] });
    farm.host(1).namespace.ip([`addr add ${ADDRESS}/32 dev svc0`, `addr add ${ADDRESS6}/128 dev svc0 nodad`]);
    prober = await Prober.start(farm.client, [ADDRESS, ADDRESS6]);
    for (const address of [ADDRESS, ADDRESS6]) await prober.waitForHost(address, 'h1', BOUND_MS);
  });
  after(async () => {
    await prober.stop();
    farm.close();
  });

  it('the prober wakes when requests are due, not for each answer', async () => {
    const pid = pidOf(farm.client.name, 'prober');
    const [before, { sent }] = [wakeUpsOf(pid), await prober.reportOf(ADDRESS)];
    await prober.waitForAnswers(ADDRESS, 1_000, BOUND_MS);
    const [wakeUps, asked] = [wakeUpsOf(pid) - before, (await prober.reportOf(ADDRESS)).sent - sent];
    // One more for each command.
    assert.ok(wakeUps < 1.2 * asked, `${String(wakeUps)} wake-ups for ${String(asked)} requests`);
  });

  it('the instruments that run in real time share one core and leave the others alone', () => {
    const pids = [
      pidOf(farm.client.name, 'prober'),
      ...farm.hosts.map(({ namespace }) => pidOf(namespace.name, 'responder')),
    ];
    const cores = new Set(
      pids.flatMap((pid) => threadsOf(pid).map((thread) => statusOf(thread, 'Cpus_allowed_list'))),
    );
    assert.match([...cores].join(' and '), /^\d+$/);
  });

  it('nothing is lost and nothing is silent while nothing is done', async () => {
    await prober.mark('idle');
    await prober.waitForAnswers(ADDRESS, 300, BOUND_MS);
    const figures = figuresOf(await prober.mark('next'), ADDRESS);
    assert.ok(figures.sent >= 300);
    assert.equal(figures.lost, 0);
    assert.equal(figures.silenceMs, 0);
    assert.deepEqual(
      figures.by.map(({ host }) => host),
      ['h1'],
    );
  });

  for (const [address, family] of [
    [ADDRESS, 4],
    [ADDRESS6, 6],
  ] as const) {
    it(`a gap of known length is reported with its length: ${address}`, async () => {
      const known = await KnownGap.open(farm.host(1).namespace, family);
      const excesses: number[] = [];
      for (let round = 0; round < 9; round++) {
        await prober.mark('gap');
        const gap = await known.make(50);
        await prober.waitForAnswers(address, 20, BOUND_MS);
        const figures = figuresOf(await prober.mark('after'), address);
        excesses.push(figures.silenceMs - gap);
        assert.ok(figures.lost > 20, `${String(figures.lost)} lost in a gap of ${String(gap)} ms`);
      }
      known.close();
      // By definition (probe/tally.h) a silence exceeds its outage by 0 to 2 ms: 1 ms in the middle.
      const excess = median(excesses);
      const all = excesses.map((each) => each.toFixed(1)).join(' ');
      assert.ok(excess > -0.5 && excess < 2.5, `reported minus known: ${all}`);
    });
  }

  it('an address that moves without an announcement stays silent: the client has a neighbour cache', async () => {
    await prober.mark('unannounced');
    farm.host(1).namespace.ip([`addr del ${ADDRESS}/32 dev svc0`]);
    farm.host(2).namespace.ip([`addr add ${ADDRESS}/32 dev svc0`]);
    await prober.waitForSilence(ADDRESS, 300, BOUND_MS);
    assert.equal(prober.hostOf(ADDRESS), 'h1');
    farm.host(2).namespace.run('arping', ['-U', '-c', '1', '-w', '1', '-I', 'svc0', ADDRESS]);
    await prober.waitForHost(ADDRESS, 'h2', BOUND_MS);
    const figures = await prober.reportOf(ADDRESS);
    assert.equal(figures.changes, 1);
    assert.equal(figures.by.at(-1)?.host, 'h2');
  });

  it('one host answers ARP and neighbour discovery for an address, and it is told which', () => {
    const answers = whoHas(farm.secondClient, [ADDRESS, ADDRESS6, '10.77.0.99']);
    assert.deepEqual(answers.get(ADDRESS), [farm.host(2).serviceMac]);
    assert.deepEqual(answers.get(ADDRESS6), [farm.host(1).serviceMac]);
    assert.deepEqual(answers.get('10.77.0.99'), []);
  });

  it('R55: two hosts that answer one question are caught, IPv4 and IPv6', async () => {
    const asker = await Asker.start(farm.secondClient, [ADDRESS, ADDRESS6]);
    farm.host(1).namespace.ip([`addr add ${ADDRESS}/32 dev svc0`]);
    farm.host(2).namespace.ip([`addr add ${ADDRESS6}/128 dev svc0 nodad`]);
    const both = farm.hosts.map(({ serviceMac }) => serviceMac).toSorted();
    for (const address of [ADDRESS, ADDRESS6]) {
      assert.deepEqual(whoHas(farm.client, [address]).get(address)?.toSorted(), both);
    }
    const report = await asker.report();
    for (const { asked, answered, byTwo, address } of report.addresses) {
      assert.ok(
        byTwo > 0 && byTwo <= answered && answered <= asked,
        `${address}: ${String(byTwo)} of ${String(asked)}`,
      );
    }
    const [first] = report.twos;
    assert.deepEqual([first?.macs.length, first?.afterMs.length], [2, 2]);
    // What was asked before a report belongs to it, however late it is answered.
    farm.host(1).namespace.ip([`addr del ${ADDRESS}/32 dev svc0`]);
    farm.host(2).namespace.ip([`addr del ${ADDRESS6}/128 dev svc0`]);
    await asker.report();
    for (const { byTwo, address } of (await asker.report()).addresses) assert.equal(byTwo, 0, address);
    await asker.stop();
  });
});
