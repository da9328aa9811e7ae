// `raisd clean`: takes away what a daemon that was killed has left on this host (R52). The kernel would do so by itself,
// seconds later; the service manager runs this as soon as the supervisor is gone.

import { connect } from 'node:net';
import { constants } from 'node:os';
import { addressFromBytes } from '../core/address.js';
import { messageOf } from '../log/error-message.js';
import { networkAddon } from './addon.js';
import type { AddressEvent, NetworkAddon } from './addon.js';
import { VALID_SECONDS } from './address-writer.js';
import { errorName, hostPrefix } from './placement.js';
import { removeFences } from './remove-fences.js';

/** What was removed, and what could not be, one line each. */
export interface Cleaned {
  readonly removed: readonly string[];
  readonly failed: readonly string[];
}

/** A network process that is just dying may have written once more: look again, so many times. */
const PASSES = 3;
/** The daemon's processes end with their supervisor, but not in the same moment. */
const END_PATIENCE_MILLISECONDS = 2000;
const LOOK_PERIOD_MILLISECONDS = 20;

/** One entry for each kind of thing that may outlive the processes, in the order in which it has to go. */
const CLEANERS: readonly ((addon: NetworkAddon) => Cleaned)[] = [removeTaggedAddresses, removeFences];

/**
 * Removes what is left; 1 where something cannot be removed, or a daemon runs still: it listens on the operator socket, or
 * `keepOthersOut` throws, whose lock keeps others from starting meanwhile.
 */
export async function cleanCommand(
  operatorSocket: string,
  keepOthersOut: () => { release(): void },
  output: NodeJS.WritableStream,
  errors: NodeJS.WritableStream,
): Promise<number> {
  if (!(await hasEnded(operatorSocket))) {
    errors.write(`raisd: nothing is removed: a daemon answers on ${operatorSocket}; stop it first\n`);
    return 1;
  }
  let lock;
  try {
    lock = keepOthersOut();
  } catch (error) {
    errors.write(`raisd: nothing is removed: ${messageOf(error)}\n`);
    return 1;
  }
  try {
    return cleanAll(output, errors);
  } finally {
    lock.release();
  }
}

function cleanAll(output: NodeJS.WritableStream, errors: NodeJS.WritableStream): number {
  const cleaned = CLEANERS.map((clean) => clean(networkAddon));
  for (const line of cleaned.flatMap(({ removed }) => removed)) output.write(`removed ${line}\n`);
  const failed = cleaned.flatMap((each) => each.failed);
  for (const line of failed) errors.write(`raisd: cannot remove ${line}\n`);
  return failed.length === 0 ? 0 : 1;
}

/** Every address that bears the daemon's tag. */
export function removeTaggedAddresses(addon: NetworkAddon): Cleaned {
  const requests = new addon.RequestSocket();
  const removed = new Set<string>();
  let failed: string[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const { links, left } = lookForLeftovers(requests.dump());
    if (left.length === 0) return { removed: [...removed], failed: [] };
    const outcomes = requests.apply('remove', left, VALID_SECONDS);
    failed = left.flatMap(({ index, address }, position) => {
      const errno = outcomes[position] ?? 0;
      const line = `${addressFromBytes(address)} from ${links.get(index) ?? String(index)}`;
      if (errno !== 0 && errno !== constants.errno.EADDRNOTAVAIL) return [`${line}: ${errorName(errno)}`];
      removed.add(line);
      return [];
    });
  }
  return { removed: [...removed], failed };
}

function lookForLeftovers(events: ReturnType<InstanceType<NetworkAddon['RequestSocket']>['dump']>): {
  readonly links: ReadonlyMap<number, string>;
  readonly left: readonly AddressEvent[];
} {
  const links = new Map<number, string>();
  const left: AddressEvent[] = [];
  for (const event of events) {
    if (event.kind === 'link') links.set(event.index, event.name);
    else if (event.tagged && event.prefix === hostPrefix(addressFromBytes(event.address))) left.push(event);
  }
  return { links, left };
}

async function hasEnded(operatorSocket: string): Promise<boolean> {
  const deadline = Date.now() + END_PATIENCE_MILLISECONDS;
  while (await answers(operatorSocket)) {
    if (Date.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_PERIOD_MILLISECONDS));
  }
  return true;
}

/** Whether some process still has the listening socket. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
