// Deliberately broken cores: each is the compiled core with one piece of text changed. The simulator has to catch them.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SeedOptions } from './seeded-plan.js';
import { loadCore, SOURCES, type Core } from './core-under-test.js';

export interface Mutant {
  readonly name: string;
  /** Below the compiled sources. */
  readonly file: string;
  /** Occurs there once. */
  readonly from: string;
  readonly to: string;
  /** A seed that caught it: tried first. */
  readonly seed: number;
  /** Where the usual farms have too little of what it takes. */
  readonly options?: Partial<SeedOptions>;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'host ids are compared as strings',
    file: 'core/address.js',
    from: 'return sortKey(a) < sortKey(b) ? -1 : 1;',
    to: 'return a < b ? -1 : 1;',
    seed: 1,
  },
  {
    name: 'an observer leads',
    file: 'core/leader.js',
    from: "(monitor.phase === 'member' || monitor.phase === 'leaving') && !monitor.settings.observer",
    to: "(monitor.phase === 'member' || monitor.phase === 'leaving')",
    seed: 10,
  },
  {
    name: 'the highest host leads',
    file: 'core/leader.js',
    from: 'compareAddresses(peer.id, lowest) < 0',
    to: 'compareAddresses(peer.id, lowest) > 0',
    seed: 0,
  },
  {
    name: 'a leader that was deposed does not notice',
    file: 'core/leader.js',
    from: 'if (monitor.leader !== leader || deposed(monitor))',
    to: 'if (monitor.leader !== leader)',
    seed: 6,
  },
  {
    name: 'orders for others are obeyed',
    file: 'core/commands.js',
    from: 'if (command.to !== monitor.settings.id)',
    to: 'if (command.to === null)',
    seed: 1,
  },
  {
    name: 'nobody asks who answers before he takes over',
    file: 'core/evidence.js',
    from: "turn.effects.push({ kind: 'probe', addresses });",
    to: 'void addresses;',
    seed: 43,
  },
  {
    name: 'an answer on the service network is no evidence',
    file: 'core/evidence.js',
    from: 'const age = elapsed(at, now);',
    to: 'const age = Infinity;',
    seed: 5,
  },
  {
    name: 'a duplicate is nobody’s concern',
    file: 'core/assignment.js',
    from: 'if (entry.claims.length + (injected === null ? 0 : 1) === 1)',
    to: 'if (injected === null)',
    seed: 11,
  },
  {
    name: 'the preferred host never gets its address back',
    file: 'core/assignment.js',
    from: 'return entry.moved || context.mayFailBack(address, preferred);',
    to: 'return entry.moved;',
    seed: 0,
  },
  {
    name: 'what waits for an answer is ordered again',
    file: 'core/control.js',
    from: 'isPending: (address) => pending.has(address),',
    to: 'isPending: () => false,',
    seed: 4,
  },
  {
    name: 'an order that is not answered is forgotten at once',
    file: 'core/control.js',
    from: 'if (host !== undefined && !answered && !pointless)',
    to: 'if (host === undefined)',
    seed: 4,
  },
  {
    name: 'a failed host counts as able',
    file: 'core/control-table.js',
    from: 'if (!host.ok)\n        return;',
    to: '',
    seed: 0,
  },
  {
    name: 'a quiesced host is given addresses',
    file: 'core/control-table.js',
    from: 'if (!host.quiesced && !joining)',
    to: 'if (!joining)',
    seed: 8,
  },
  {
    name: 'silent hosts are never found',
    file: 'core/failure-detector.js',
    from: '            becomeSilent(turn, peer);',
    to: '            void 0;',
    seed: 4,
  },
  {
    name: 'orphans end after half their time',
    file: 'core/service-address.js',
    from: 'after(row.preferredHeardAt, monitor.settings.orphanTimeout)',
    to: 'after(row.preferredHeardAt, monitor.settings.orphanTimeout / 2)',
    seed: 24,
  },
  {
    name: 'the countdown runs while the preferred host lives',
    file: 'core/service-address.js',
    from: 'row.preferredHeardAt = later(row.preferredHeardAt, heardAt);',
    to: 'void heardAt;',
    seed: 49,
  },
  {
    name: 'decisions of operators do not travel',
    file: 'core/service-address.js',
    from: 'if (received.decisionVersion > row.decisionVersion) {',
    to: 'if (received.decisionVersion > 1e9) {',
    seed: 5,
  },
  {
    name: 'a failing test does not make a host give up its addresses',
    file: 'core/own-host.js',
    from: "releaseAll(turn, 'failed');",
    to: '',
    seed: 0,
  },
  {
    name: 'a host whose lease has ended keeps its addresses in its books',
    file: 'core/link.js',
    from: "dropAll(turn, 'lease-ended');",
    to: '',
    seed: 4,
  },
  {
    name: 'an address that was taken off by somebody is not put back',
    file: 'core/link.js',
    from: "turn.effects.push({ kind: 'configure', address });",
    to: '',
    seed: 17,
  },
  {
    name: 'a question about a silent host’s address is forgotten before it could be answered',
    file: 'core/partition.js',
    from: 'forgetQuestions(monitor, now);',
    to: 'monitor.askedAt.clear();',
    seed: 29,
  },
  {
    name: 'a new leader does not wait for members whose control process does not seem to run',
    file: 'core/leader.js',
    from: 'live.every((peer) => peer.term >= monitor.term)',
    to: 'live.every((peer) => peer.term >= monitor.term || !peer.permit)',
    seed: 335,
  },
  {
    name: 'a quiesced host stays in the DNS zone',
    file: 'core/zone.js',
    from: 'if (!ok || quiesced)',
    to: 'if (!ok)',
    seed: 0,
  },
  {
    name: 'a DNS zone is published without addresses',
    file: 'core/zone-writer.js',
    from: 'if (advertised.length === 0)\n        return;',
    to: '',
    seed: 26,
  },
  {
    name: 'every host that can writes the DNS zone',
    file: 'core/zone-writer.js',
    from: 'if (monitor.zone.writer !== monitor.settings.id)',
    to: 'if (monitor.zone.writer === null)',
    seed: 10,
  },
  {
    name: 'what a joining host prefers is advertised',
    file: 'core/zone-writer.js',
    from: '.filter(({ id }) => !isJoining(monitor, id))',
    to: '',
    seed: 16,
  },
  {
    name: 'a new writer does not go on from what is published',
    file: 'core/zone-writer.js',
    from: 'zone.last = sortAddresses(told.published);',
    to: ';',
    seed: 26,
  },
  {
    name: 'a host without control leads',
    file: 'core/leader.js',
    from: "peer.state === 'live' && peer.permit && !peer.joining",
    to: "peer.state === 'live' && !peer.joining",
    seed: 1,
  },
  {
    name: 'a new leader orders before its term is named',
    file: 'core/leader.js',
    from: 'leadership.confirmed = termsNamed && tablesFilled;',
    to: 'leadership.confirmed = tablesFilled;',
    seed: 0,
  },
  {
    name: 'orders of anybody are obeyed',
    file: 'core/commands.js',
    from: 'if (from !== monitor.leader)',
    to: 'if (from === null)',
    seed: 2,
  },
  {
    name: 'orders of an earlier term are obeyed',
    file: 'core/commands.js',
    from: 'if (command.term < monitor.term)',
    to: 'if (command.term < 0)',
    seed: 0,
  },
  {
    name: 'old orders are obeyed after newer ones',
    file: 'core/commands.js',
    from: 'if (peer === undefined || sequence <= peer.commandSequence)',
    to: 'if (peer === undefined)',
    seed: 18,
  },
  {
    name: 'a quiesced host obeys an order to acquire',
    file: 'core/commands.js',
    from: 'if (monitor.quiesced)',
    to: 'if (monitor === null)',
    seed: 7,
  },
  {
    name: 'a failed host obeys an order to acquire',
    file: 'core/commands.js',
    from: 'if (!isOk(monitor))',
    to: 'if (monitor === null)',
    seed: 127,
  },
  {
    name: 'a joining host leads',
    file: 'core/leader.js',
    from: "(monitor.phase === 'member' || monitor.phase === 'leaving') && ",
    to: '',
    seed: 0,
  },
  {
    name: 'a joining host is taken for the leader',
    file: 'core/leader.js',
    from: 'peer.permit && !peer.joining && !peer.leaving',
    to: 'peer.permit && !peer.leaving',
    seed: 0,
  },
  {
    name: 'a new leader does not wait for what the members have',
    file: 'core/leader.js',
    from: 'leadership.confirmed = termsNamed && tablesFilled;',
    to: 'leadership.confirmed = termsNamed;',
    seed: 9,
    options: { hosts: 3, addresses: 1000, episodes: 0 },
  },
  {
    name: 'an order is obeyed however late it is read',
    file: 'core/commands.js',
    from: 'if (elapsed(at, now) > orderLasts(monitor.settings))',
    to: 'if (at === null)',
    seed: 0,
  },
  {
    name: 'a host is judged silent before the queue is read',
    file: 'core/failure-detector.js',
    from: 'if (monitor.drainedAt < due)',
    to: 'if (due === null)',
    seed: 11,
  },
  {
    name: 'what is being acquired or released is ordered about',
    file: 'core/assignment.js',
    from: "if (entry.states.has('acquiring') || entry.states.has('releasing'))",
    to: 'if (entry === null)',
    seed: 0,
  },
  {
    name: 'an acquire script is begun for an address that is to go again',
    file: 'core/address-state.js',
    from: 'if (local.releaseWanted !== null) {\n        becomeReleasing(turn, local);\n        return;\n    }\n    if (!turn',
    to: 'if (!turn',
    seed: 283,
  },
  {
    name: 'a preferred host that is quiesced is given its address',
    file: 'core/control-table.js',
    from: 'entry.preferredQuiesced = host.quiesced;\n        entry.preferredJoining = joining;',
    to: 'entry.preferredJoining = joining;',
    seed: 7,
  },
  {
    name: 'a host that was told to leave and loses its lease joins anew',
    file: 'core/link.js',
    from: "dropAll(turn, 'lease-ended');\n    if (monitor.phase === 'member')",
    to: "dropAll(turn, 'lease-ended');\n    if (monitor !== null)",
    seed: 22,
  },
  {
    name: 'orphans are served for ever',
    file: 'core/service-address.js',
    from: 'after(row.preferredHeardAt, monitor.settings.orphanTimeout)',
    to: 'after(row.preferredHeardAt, 1e15)',
    seed: 28,
  },
];

/** Not broken, only slower: each step decides anew, also where nothing has happened. */
export const RESTLESS: Omit<Mutant, 'seed'> = {
  name: 'no step is quiet',
  file: 'core/step.js',
  from: 'monitor.quietUntil = isStirred || turn.effects.length > 0 ? NEVER : nextDecision(monitor);',
  to: 'monitor.quietUntil = NEVER;',
};

/** The compiled core with the mutant's change, for as long as `use` runs. */
export async function withMutant<T>(mutant: Omit<Mutant, 'seed'>, use: (core: Core) => T): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'raisd-mutant-'));
  try {
    const sources = fileURLToPath(SOURCES);
    for (const part of ['core', 'wire', 'control/assembler.js']) {
      mkdirSync(dirname(join(root, part)), { recursive: true });
      cpSync(join(sources, part), join(root, part), { recursive: true });
    }
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    change(join(root, mutant.file), mutant);
    return use(await loadCore(pathToFileURL(`${root}/`)));
  } finally {
    rmSync(root, { recursive: true });
  }
}

function change(path: string, { name, file, from, to }: Omit<Mutant, 'seed'>): void {
  const text = readFileSync(path, 'utf8');
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${name}: ${file} has ${String(parts.length - 1)} times: ${from}`);
  writeFileSync(path, parts.join(to));
}
