// What scenarios wait for, and what they have operators do. Every wait has an event behind it.

import type { HistoryEntry } from '../../src/ipc/operator-messages.js';
import type { Host } from './host.js';
import { BOUND_MS, type Stage } from './stage.js';
import { waitUntil } from './wait.js';

/** So many answers show that nothing moves: they take three timeouts, and 300 ms at least. One comes each millisecond. */
const answersOf = (stage: Stage): number => Math.max(300, 3 * stage.options.timeoutMs);

export const others = (stage: Stage, ...hosts: Host[]): Host[] =>
  [...stage.members].filter((member) => !hosts.includes(member));

export const stateOf =
  (host: Host, state: string) => (group: { hosts: readonly { id: string; state: string }[] }) =>
    group.hosts.find(({ id }) => id === host.id)?.state === state;

/** Every address of the host is answered by one of the others, and a member sees it online there. */
export async function waitForTakeover(stage: Stage, host: Host): Promise<void> {
  const rest = others(stage, host);
  for (const address of stage.addressesOf(host)) {
    await stage.waitForAnswer(address, rest);
    // On a busy host it may move once more meanwhile.
    await stage.waitForGroup(rest[0]!, `${address} online where it is answered`, ({ addresses }) => {
      const row = addresses.find((each) => each.address === address);
      const holder = rest.find(({ id }) => id === row?.host);
      return row?.state === 'online' && holder?.name === stage.prober.hostOf(address);
    });
  }
}

/** The address is answered by that host, and every member sees it online there. */
export async function waitForHolder(stage: Stage, address: string, holder: Host): Promise<void> {
  await stage.waitForAnswer(address, [holder]);
  for (const member of stage.members) await stage.waitForAddress(member, address, holder);
}

/** Every address of the host is answered by itself. */
export async function waitForFailBack(stage: Stage, host: Host): Promise<void> {
  for (const address of stage.addressesOf(host)) await waitForHolder(stage, address, host);
}

/** Until the host's history has an event of that name, since then (wall clock). */
export const waitForEvent = (stage: Stage, host: Host, event: string, since: number): Promise<void> =>
  waitUntil(
    `${host.name} tells ${event}`,
    async () => {
      const told = await stage.historySince(since);
      return told.some((entry) => entry.host === host.id && entry.event === event) ? null : eventsIn(told);
    },
    BOUND_MS,
  );

const eventsIn = (history: readonly HistoryEntry[]): string =>
  `told: ${[...new Set(history.map(({ event }) => event))].join(', ')}`;

/** The client goes on being answered for every address. */
export async function answersGoOn(stage: Stage): Promise<void> {
  for (const address of stage.addresses)
    await stage.prober.waitForAnswers(address, answersOf(stage), BOUND_MS);
}

/** And no other host than before answers. */
export async function nothingMoves(stage: Stage): Promise<void> {
  await answersGoOn(stage);
  const moved = (await stage.prober.report()).addresses.filter(({ changes }) => changes > 0);
  if (moved.length > 0) throw new Error(`moved: ${moved.map(({ address }) => address).join(', ')}`);
}

export async function raisctl(host: Host, ...args: string[]): Promise<void> {
  const { code, stderr } = await host.daemon.ctl(...args);
  if (code !== 0)
    throw new Error(`raisctl ${args.join(' ')} on ${host.name}: exit ${String(code)}: ${stderr.trim()}`);
}
