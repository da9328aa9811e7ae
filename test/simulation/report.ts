// What a campaign was worth, in lines: speed, faults, what happened and what never did.

import { REASONS } from '../../src/core/reason.js';
import type { RecordName } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Campaign } from './campaign.js';
import type { Tally } from './coverage.js';
import { MOVE_MESSAGES } from './move-messages.js';
import { FAULT_KINDS } from './fault-plan.js';

const HOUR = 3_600_000;

/** Control writes these itself: they are no events of the core. */
type ShellRecord =
  'load-failed' | 'load-recovered' | 'network-silent' | 'network-heard' | 'send-failing' | 'send-recovered';

/** Complete by the compiler's word. */
const recordNames: Readonly<Record<Exclude<RecordName, ShellRecord>, true>> = {
  started: true,
  joined: true,
  leader: true,
  'host-appeared': true,
  'host-silent': true,
  'host-partitioned': true,
  'host-left': true,
  'host-failed': true,
  'host-recovered': true,
  'host-quiesced': true,
  'host-resumed': true,
  'control-stopped': true,
  assigned: true,
  acquire: true,
  'acquire-fail': true,
  release: true,
  'release-fail': true,
  'test-failed': true,
  'test-recovered': true,
  'cannot-assign': true,
  'address-lost': true,
  'command-refused': true,
  'command-unanswered': true,
  conflict: true,
  'conflict-ended': true,
  expired: true,
  'addresses-refused': true,
  'addresses-fit': true,
  decision: true,
  quiesced: true,
  resumed: true,
  'lease-ended': true,
  paused: true,
  'zone-writer': true,
  zone: true,
  'zone-failed': true,
  'zone-recovered': true,
  'zone-foreign': true,
  left: true,
};

const eventKinds: Readonly<Record<Event['kind'], true>> = {
  listening: true,
  remembered: true,
  tick: true,
  heard: true,
  information: true,
  probed: true,
  command: true,
  request: true,
  drained: true,
  configured: true,
  prepared: true,
  withdrawn: true,
  forestalled: true,
  deconfigured: true,
  'script-done': true,
  link: true,
  lost: true,
  'lease-ended': true,
  answer: true,
  test: true,
  load: true,
  'zone-told': true,
  quiesce: true,
  resume: true,
  operator: true,
  settings: true,
  leave: true,
};

/** `seconds`: how long it really took. */
export function describeCampaign(campaign: Campaign, seconds: number): string {
  const { coverage, faults, simulated, hostTime } = campaign;
  const perMinute = (time: number): string => ((time / HOUR / seconds) * 60).toFixed(1);
  return [
    `${String(campaign.seeds)} seeds in ${seconds.toFixed(1)} s: ${(simulated / HOUR).toFixed(2)} simulated hours, ${(hostTime / HOUR).toFixed(2)} host-hours`,
    `speed: ${(simulated / HOUR / seconds).toFixed(4)} simulated hours a second, ${perMinute(hostTime)} host-hours a minute, ${(campaign.happened / seconds).toFixed(0)} happenings a second`,
    `excused moments of two holders: ${String(campaign.excusedOverlaps)}, the longest ${campaign.longestOverlap.toFixed(0)} ms`,
    ...section('faults', faults, FAULT_KINDS),
    ...section('events', coverage.events, Object.keys(eventKinds)),
    ...section('records', coverage.records, Object.keys(recordNames)),
    ...section('lost messages of planned moves', coverage.lost, MOVE_MESSAGES),
    ...section('beginnings of monitors', coverage.beginnings, []),
    ...section('reasons', coverage.reasons, Object.keys(REASONS)),
    ...section('transitions of addresses', coverage.transitions, []),
    ...section('transitions of hosts', coverage.peerTransitions, []),
  ].join('\n');
}

function section(title: string, tally: Tally, all: readonly string[]): string[] {
  const happened = tally.sorted().map(([name, count]) => `${name} ${String(count)}`);
  const never = all.filter((name) => tally.get(name) === 0);
  const lines = [`${title}: ${happened.join(', ')}`];
  if (never.length > 0) lines.push(`  never: ${never.join(', ')}`);
  return lines;
}
