// What status says of a group's fence (R52): what was wanted, what stands there, and why that is not the same.

import type { FenceStatus } from '../ipc/operator-messages.js';

type Wanted = FenceStatus['wanted'];

/** `report`: what network said of the service interface: null, it is fenced; undefined, nothing yet. */
export function fenceStatus(wanted: Wanted, report: string | null | undefined): FenceStatus {
  if (wanted === 'none') return { kind: 'none', wanted, reason: 'fence: none is configured' };
  if (report === undefined)
    return { kind: 'none', wanted, reason: 'the service interface has not been there yet' };
  if (report !== null) return { kind: 'none', wanted, reason: report };
  return { kind: 'bpf', wanted, reason: wanted === 'nftables' ? BPF_IN_ITS_PLACE : null };
}

const BPF_IN_ITS_PLACE =
  'BPF serves for nftables, whose timeouts run in steps of some milliseconds and would have to be renewed by a process with rights';
