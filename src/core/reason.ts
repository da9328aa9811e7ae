// Why: every decision carries one of these, on the wire as its number, and every output renders the same sentence.

import type { HostId } from './address.js';

/** Numbers go over the wire: append, never reuse. */
export const REASONS = {
  none: 0,
  // why an address was assigned to a host
  preferred: 1,
  moved: 2,
  'hot-spare': 3,
  'fewest-addresses': 4,
  'least-loaded': 5,
  random: 6,
  // why a host was told to release, or released of its own accord
  'fail-back': 16,
  'move-away': 17,
  duplicate: 18,
  expired: 19,
  forgotten: 20,
  unknown: 21,
  failed: 22,
  leaving: 23,
  'lease-ended': 24,
  paused: 25,
} as const;

export type Reason = keyof typeof REASONS;

const byNumber = new Map<number, Reason>(
  (Object.keys(REASONS) as Reason[]).map((reason) => [REASONS[reason], reason]),
);

/** The reason of that number; one that this version does not know reads as `none`. */
export const reasonOfNumber = (value: number): Reason => byNumber.get(value) ?? 'none';

function ownerSentence(host: HostId, preferred: HostId | null): string {
  if (preferred === null) return 'no live host prefers it';
  // The operator had moved it elsewhere, or the preference is newer than the decision.
  if (preferred === host) return 'the host that was to serve it could not';
  return `its preferred host ${preferred} cannot serve it`;
}

/** The sentence for people; `host` is the host that serves or releases, `preferred` the one the address belongs to. */
export function explainReason(reason: Reason, host: HostId, preferred: HostId | null): string {
  const owner = ownerSentence(host, preferred);
  switch (reason) {
    case 'none':
      return 'no reason is known';
    case 'preferred':
      return `${host} is its preferred host`;
    case 'moved':
      return `the operator moved it to ${host}`;
    case 'hot-spare':
      return `${owner}; ${host} is a hot spare`;
    case 'fewest-addresses':
      return `${owner}; ${host} served the fewest addresses of the able hosts`;
    case 'least-loaded':
      return `${owner}; ${host} was the least loaded of the able hosts`;
    case 'random':
      return `${owner}; ${host} was picked at random among the able hosts`;
    case 'fail-back':
      return `its preferred host ${preferred ?? '(none)'} is back and takes it over from ${host}`;
    case 'move-away':
      return `the operator moved it away from ${host}`;
    case 'duplicate':
      return `another host serves it as well and keeps it; ${host} gives it up`;
    case 'expired':
      return 'its orphan countdown ended: its preferred host was silent for too long';
    case 'forgotten':
      return 'the operator ended its orphan countdown';
    case 'unknown':
      return 'no host prefers it and the group does not know it';
    case 'failed':
      return `${host} is failed`;
    case 'leaving':
      return `${host} leaves the group`;
    case 'lease-ended':
      return `${host} did not renew its lease in time`;
    case 'paused':
      return `${host} was paused for longer than its timeout`;
  }
}
