// Which faults befall the farm, and when: a schedule drawn from the seed.

import { drawCoincidence, type Coincidence } from './coincidence.js';
import type { Episode, Fault, FaultKind, TimedFault } from './fault.js';
import { MOVE_MESSAGES } from './move-messages.js';
import type { Random } from './random.js';
import type { Scenario } from './scenario.js';

export interface Plan {
  readonly scenario: Scenario;
  readonly episodes: readonly Episode[];
}

export interface PlanOptions {
  readonly episodes: number;
  /** Only faults of these kinds; null: all. */
  readonly kinds: readonly FaultKind[] | null;
  /** Probability that a storm has a coincidence as well. */
  readonly coincidence: number;
  /** Mean of the calm beyond what is needed, milliseconds. */
  readonly calm: number;
  /** What may follow a calm; spread over the orders of magnitude of the span. */
  readonly lull: { readonly probability: number; readonly span: readonly [low: number, high: number] };
}

type Draw = (scenario: Scenario, random: Random) => Fault;

const anyHost = (scenario: Scenario, random: Random): number => random.integer(0, scenario.hosts.length - 1);
const anyNetwork = (scenario: Scenario, random: Random): number | null =>
  random.chance(0.5) ? null : random.integer(0, scenario.networks - 1);
/** Around the timeouts mostly, sometimes far longer. */
const anySpan = (random: Random): number => random.magnitude(5, 3000);
const someHosts = (scenario: Scenario, random: Random): number[] => {
  const all = [...scenario.hosts.keys()];
  return random.sample(all, random.integer(1, Math.max(1, all.length - 1))).sort((a, b) => a - b);
};

function anyAddress(scenario: Scenario, random: Random, group: number): string {
  const addresses = scenario.hosts.flatMap(({ memberships }) =>
    memberships.filter((each) => each.group === group).flatMap(({ preferred }) => preferred),
  );
  return random.pick(addresses.length > 0 ? addresses : ['10.77.10.1']);
}

const anyGroup = (scenario: Scenario, random: Random): number =>
  random.integer(0, scenario.groups.length - 1);

/** Each kind with its weight among the others. What has none is drawn apart. */
const draws: Readonly<Record<FaultKind, readonly [weight: number, draw: Draw]>> = {
  'power-loss': [8, (s, r) => ({ kind: 'power-loss', host: anyHost(s, r) })],
  boot: [6, (s, r) => ({ kind: 'boot', host: anyHost(s, r), lostState: r.chance(0.2) })],
  crash: [6, (s, r) => ({ kind: 'crash', host: anyHost(s, r), restartAfter: r.magnitude(20, 3000) })],
  pause: [6, (s, r) => ({ kind: 'pause', host: anyHost(s, r), for: anySpan(r) })],
  stall: [
    8,
    (s, r) => ({
      kind: 'stall',
      host: anyHost(s, r),
      role: r.pick(['control', 'control', 'heartbeat', 'network', 'scripts']),
      for: anySpan(r),
    }),
  ],
  'role-death': [
    5,
    (s, r) => ({
      kind: 'role-death',
      host: anyHost(s, r),
      role: r.pick(['control', 'heartbeat', 'network', 'scripts']),
    }),
  ],
  'control-replaced': [0, (s, r) => ({ kind: 'control-replaced', host: anyHost(s, r) })],
  'slow-control': [
    4,
    (s, r) => ({ kind: 'slow-control', host: anyHost(s, r), by: r.magnitude(1, 60), for: anySpan(r) }),
  ],
  'late-reading': [
    3,
    (s, r) => ({ kind: 'late-reading', host: anyHost(s, r), by: r.magnitude(1, 200), for: anySpan(r) }),
  ],
  'slow-interface': [
    3,
    (s, r) => ({ kind: 'slow-interface', host: anyHost(s, r), by: r.magnitude(1, 40), for: anySpan(r) }),
  ],
  'interface-errors': [
    2,
    (s, r) => ({ kind: 'interface-errors', host: anyHost(s, r), count: r.integer(1, 3) }),
  ],
  cut: [12, drawCut],
  weather: [
    8,
    (s, r) => ({
      kind: 'weather',
      network: anyNetwork(s, r),
      loss: r.pick([0, 0.05, 0.3, 0.7]),
      duplication: r.pick([0, 0.1, 0.5]),
      latency: r.pick([0, 1, 10, 60]),
      jitter: r.pick([0, 2, 20, 150]),
      for: anySpan(r),
    }),
  ],
  'service-split': [3, (s, r) => ({ kind: 'service-split', side: someHosts(s, r), for: anySpan(r) })],
  'service-loss': [2, (_, r) => ({ kind: 'service-loss', loss: r.pick([0.1, 0.5]), for: anySpan(r) })],
  split: [3, (s, r) => ({ kind: 'split', side: someHosts(s, r), for: anySpan(r) })],
  unplugged: [4, (s, r) => ({ kind: 'unplugged', host: anyHost(s, r), for: anySpan(r) })],
  'address-removed': [
    2,
    (s, r) => ({
      kind: 'address-removed',
      host: anyHost(s, r),
      pick: r.integer(0, 5),
      times: r.pick([1, 1, 2, 5]),
    }),
  ],
  stranger: [1, (s, r) => ({ kind: 'stranger', address: anyAddress(s, r, anyGroup(s, r)), for: anySpan(r) })],
  scripts: [
    4,
    (s, r) => ({
      kind: 'scripts',
      host: anyHost(s, r),
      manner: r.pick(['slow', 'failing', 'hanging']),
      for: anySpan(r),
    }),
  ],
  'test-fails': [5, (s, r) => ({ kind: 'test-fails', host: anyHost(s, r), for: anySpan(r) })],
  'test-flaps': [
    2,
    (s, r) => ({ kind: 'test-flaps', host: anyHost(s, r), times: r.integer(2, 8), gap: r.magnitude(1, 200) }),
  ],
  load: [2, (s, r) => ({ kind: 'load', host: anyHost(s, r), load: r.integer(0, 110) })],
  quiesce: [4, (s, r) => ({ kind: 'quiesce', host: anyHost(s, r) })],
  resume: [3, (s, r) => ({ kind: 'resume', host: anyHost(s, r) })],
  move: [
    4,
    (s, r) => {
      const group = anyGroup(s, r);
      return { kind: 'move', via: anyHost(s, r), group, address: anyAddress(s, r, group), to: anyHost(s, r) };
    },
  ],
  'fail-back': [
    2,
    (s, r) => {
      const group = anyGroup(s, r);
      const address = r.chance(0.5) ? null : anyAddress(s, r, group);
      return { kind: 'fail-back', via: anyHost(s, r), group, address };
    },
  ],
  forget: [
    2,
    (s, r) => {
      const group = anyGroup(s, r);
      return { kind: 'forget', via: anyHost(s, r), group, address: anyAddress(s, r, group) };
    },
  ],
  reload: [2, drawReload],
  leave: [4, (s, r) => ({ kind: 'leave', host: anyHost(s, r), returnAfter: r.magnitude(50, 3000) })],
  'clock-step': [
    1,
    (s, r) => ({ kind: 'clock-step', host: anyHost(s, r), by: r.pick([-3_600_000, -1000, 1000, 3_600_000]) }),
  ],
  'false-order': [
    0,
    (s, r) => {
      const group = anyGroup(s, r);
      const [from, to] = [anyHost(s, r), anyHost(s, r)];
      const action = r.pick(['acquire', 'release'] as const);
      return { kind: 'false-order', from, to, group, action, address: anyAddress(s, r, group) };
    },
  ],
  'lost-message': [
    0,
    (_, r) => {
      const message = r.pick(MOVE_MESSAGES);
      // Of heartbeats fewer than make a host silent; of orders also all that are sent before their host is passed over.
      const copies = message.endsWith('ordered') ? r.pick([1, 1, 2, 4]) : r.pick([1, 1, 2]);
      return { kind: 'lost-message', message, copies, for: r.between(100, 600) };
    },
  ],
  'name-server-away': [0, (_, r) => ({ kind: 'name-server-away', for: anySpan(r) })],
  'zone-changed': [
    0,
    (s, r) => {
      const group = anyGroup(s, r);
      const addresses = r.chance(0.3) ? [] : [anyAddress(s, r, group), '192.0.2.77'];
      return { kind: 'zone-changed', group, addresses: r.sample(addresses, r.integer(0, 2)) };
    },
  ],
};

export const FAULT_KINDS = Object.keys(draws) as FaultKind[];

function drawCut(scenario: Scenario, random: Random): Fault {
  const network = anyNetwork(scenario, random);
  const all = [...scenario.hosts.keys()];
  const span = anySpan(random);
  const one = anyHost(scenario, random);
  switch (random.pick(['all', 'one way out', 'one way in', 'pair', 'isolated', 'halves'])) {
    case 'all':
      return { kind: 'cut', network, from: all, to: all, for: span };
    case 'one way out':
      return { kind: 'cut', network, from: [one], to: all, for: span };
    case 'one way in':
      return { kind: 'cut', network, from: all, to: [one], for: span };
    case 'pair':
      return { kind: 'cut', network, from: [one], to: [anyHost(scenario, random)], for: span };
    default: {
      const side = random.chance(0.5) ? [one] : someHosts(scenario, random);
      const rest = all.filter((host) => !side.includes(host));
      return { kind: 'cut', network, from: side, to: rest, for: span };
    }
  }
}

function drawReload(scenario: Scenario, random: Random): Fault {
  const host = anyHost(scenario, random);
  const { group, preferred, observer } = random.pick(scenario.hosts[host]?.memberships ?? []);
  const fewer = preferred.slice(0, random.integer(0, preferred.length));
  const more = random.chance(0.3) ? [`10.77.${String(20 + group)}.${String(host + 1)}`] : [];
  return {
    kind: 'reload',
    host,
    group,
    preferred: [...fewer, ...more],
    observer: random.chance(0.1) !== observer,
  };
}

/** A source each: what one draws shifts nothing of the others. */
export interface PlanChances {
  readonly ofFaults: Random;
  readonly ofCoincidences: Random;
  readonly ofZones: Random;
  readonly ofOrders: Random;
  readonly ofMoves: Random;
  readonly ofRifts: Random;
  readonly ofStandIns: Random;
}

export function makePlan(scenario: Scenario, options: PlanOptions, chances: PlanChances): Plan {
  const { ofFaults, ofCoincidences, ofZones, ofOrders, ofMoves, ofRifts, ofStandIns } = chances;
  const episodes = Array.from({ length: options.episodes }, () => {
    const episode = makeEpisode(scenario, options, ofFaults);
    const { storm } = episode;
    const isCoinciding = ofCoincidences.chance(options.coincidence);
    const more = isCoinciding ? drawCoincidence(scenario, storm, ofCoincidences) : NOTHING;
    const apart = [
      ...drawZoneFaults(scenario, storm, ofZones),
      ...drawOrders(scenario, storm, ofOrders),
      ...drawLostMessage(scenario, storm, ofMoves),
      ...drawRift(scenario, storm, ofRifts),
      ...drawStandIns(scenario, storm, ofStandIns),
    ];
    return withMore(episode, options, { faults: [...more.faults, ...apart], down: more.down });
  });
  return { scenario, episodes };
}

const NOTHING: Coincidence = { faults: [], down: [] };

/** What matters to a zone, and is drawn too rarely otherwise. */
function drawZoneFaults(scenario: Scenario, storm: number, random: Random): TimedFault[] {
  if (scenario.groups.every(({ zone }) => zone === null)) return [];
  return Array.from({ length: random.integer(0, 3) }, () => {
    const [, draw] =
      draws[random.pick<FaultKind>(['load', 'load', 'quiesce', 'name-server-away', 'zone-changed'])];
    return { at: random.between(0, storm * 0.8), fault: draw(scenario, random) };
  });
}

function drawOrders(scenario: Scenario, storm: number, random: Random): TimedFault[] {
  const [, draw] = draws['false-order'];
  return Array.from({ length: random.integer(0, 4) }, () => {
    return { at: random.between(0, storm), fault: draw(scenario, random) };
  });
}

const LOST_MESSAGES = 0.3;

/** A planned move, of whose messages one is lost. */
function drawLostMessage(scenario: Scenario, storm: number, random: Random): TimedFault[] {
  if (!random.chance(LOST_MESSAGES)) return [];
  const at = random.between(0, storm * 0.6);
  const kinds = ['lost-message', random.pick<FaultKind>(['move', 'move', 'leave', 'fail-back'])] as const;
  return kinds.map((kind, index) => ({ at: at + index, fault: draws[kind][1](scenario, random) }));
}

const RIFTS = 0.08;

/** Every host is cut off from every other on the control networks, and somebody gives up what he serves meanwhile. */
function drawRift(scenario: Scenario, storm: number, random: Random): TimedFault[] {
  if (!random.chance(RIFTS)) return [];
  const timeout = Math.max(...scenario.groups.map((group) => group.timeout));
  const [at, span] = [random.between(0, storm * 0.5), timeout * random.between(3, 12)];
  const all = [...scenario.hosts.keys()];
  const host = anyHost(scenario, random);
  const gone = random.pick<Fault>([
    { kind: 'power-loss', host },
    { kind: 'test-fails', host, for: span },
    { kind: 'leave', host, returnAfter: span },
    { kind: 'unplugged', host, for: span },
  ]);
  return [
    { at, fault: { kind: 'cut', network: null, from: all, to: all, for: span } },
    // Mostly so that all judge it at about one time, each for himself.
    { at: Math.max(0, at + timeout * random.between(-0.9, 1)), fault: gone },
  ];
}

const STAND_INS = 0.15;

function drawStandIns(scenario: Scenario, storm: number, random: Random): TimedFault[] {
  if (!random.chance(STAND_INS)) return [];
  const [, draw] = draws['control-replaced'];
  return Array.from({ length: random.integer(1, 3) }, () => {
    return { at: random.between(0, storm), fault: draw(scenario, random) };
  });
}

function withMore(episode: Episode, { kinds }: PlanOptions, { faults, down }: Coincidence): Episode {
  const more = faults.filter(({ fault }) => kinds === null || kinds.includes(fault.kind));
  return {
    ...episode,
    faults: [...episode.faults, ...more].sort((a, b) => a.at - b.at),
    down: [...new Set([...episode.down, ...down])].sort((a, b) => a - b),
  };
}

function makeEpisode(scenario: Scenario, options: PlanOptions, random: Random): Episode {
  const storm = random.magnitude(300, 4000);
  const count = random.pick([1, 1, 1, 2, 2, 3, 4, 6, 8]);
  const faults = Array.from({ length: count }, (): TimedFault => {
    return { at: random.between(0, storm * 0.8), fault: drawFault(scenario, options, random) };
  });
  const stays = (probability: number): number[] =>
    [...scenario.hosts.keys()].filter(() => random.chance(probability));
  const deadNetworks = random.chance(0.2)
    ? random.sample([...Array(scenario.networks).keys()], scenario.networks - 1)
    : [];
  return {
    faults: faults.sort((a, b) => a.at - b.at),
    storm,
    down: random.chance(0.4) ? stays(0.3) : [],
    quiesced: random.chance(0.3) ? stays(0.3) : [],
    deadNetworks,
    calm: random.magnitude(options.calm / 10, options.calm * 2),
    lull: random.chance(options.lull.probability) ? random.magnitude(...options.lull.span) : 0,
  };
}

function drawFault(scenario: Scenario, { kinds }: PlanOptions, random: Random): Fault {
  const allowed = FAULT_KINDS.filter((kind) => kinds === null || kinds.includes(kind));
  const total = allowed.reduce((sum, kind) => sum + draws[kind][0], 0);
  let left = random.between(0, total);
  for (const kind of allowed) {
    const [weight, draw] = draws[kind];
    left -= weight;
    if (left <= 0) return draw(scenario, random);
  }
  throw new RangeError('no kind of fault is allowed');
}
