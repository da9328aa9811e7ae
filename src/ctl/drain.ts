// `drain`: this host is quiesced, then each address that it serves is moved to where the leader would put it if this host
// were gone. All of it is asked for over the operator socket; once the last one has left, nothing depends on this host.

import { setTimeout as pause } from 'node:timers/promises';
import type { AddressStatus, Plan, PlannedMove, Status } from '../ipc/operator-messages.js';
import { openConnection, type OperatorConnection } from './connection.js';
import { formatDuration } from './duration.js';
import { planShape, statusShape } from './reply-shape.js';
import { checked } from './result-text.js';
import type { Stream } from './streams.js';
import { ToolError } from './tool-error.js';

/** From one look to the next. */
const LOOK_MILLISECONDS = 100;
/** A move that was asked for and is not seen by then is asked for once more: another host may have to take it. */
const PATIENCE_MILLISECONDS = 5000;

interface Held {
  readonly group: string;
  readonly address: string;
  readonly status: AddressStatus;
}

/** What has been asked for and what has come of it. */
interface Progress {
  /** Address → when its move was asked for last. */
  readonly asked: Map<string, number>;
  readonly waiting: Map<string, Held>;
  /** Why the last question was refused: nobody led just then, or the host that was chosen has failed since. */
  readonly refusals: Map<string, string>;
  /** Why no other host could take it, when it was asked last. The others move on meanwhile. */
  readonly stuck: Map<string, string>;
  readonly moved: string[];
}

const newProgress = (): Progress => ({
  asked: new Map(),
  waiting: new Map(),
  refusals: new Map(),
  stuck: new Map(),
  moved: [],
});

const keyOf = ({ group, address }: Pick<Held, 'group' | 'address'>): string => `${group} ${address}`;

/**
 * Drains one group, or all of them. `timeout`: milliseconds. Throws a ToolError `refused` where an address cannot be
 * moved (all others have been by then), or is still here when the time is over or `stop` was asked for: this host stays quiesced
 * then.
 */
export async function drain(stream: Stream, group: string | undefined, timeout: number): Promise<void> {
  const deadline = Date.now() + timeout;
  const connection = await openConnection(stream.socket, stream.answerWithin);
  const progress = newProgress();
  const only = group === undefined ? {} : { group };
  try {
    await connection.ask({ command: 'quiesce', ...only });
    for (;;) {
      const status = await statusOf(stream, connection, only);
      const left = heldBy(status);
      await tellMoved(stream, progress, left, status);
      if (left.length === 0) break;
      if (stream.stop.aborted) throw unfinished(left, 'interrupted');
      if (Date.now() >= deadline) throw unfinished(left, whyLate(progress, left, timeout));
      await askForMoves({ stream, connection, progress, self: status.host }, left);
      if (left.every((held) => progress.stuck.has(keyOf(held))))
        throw unfinished(left, causesOf(progress.stuck, left));
      await pause(LOOK_MILLISECONDS);
    }
    await tell(stream, { drained: true, moved: progress.moved }, doneText(progress.moved));
  } finally {
    connection.close();
  }
}

async function statusOf(
  stream: Stream,
  connection: OperatorConnection,
  only: { readonly group?: string },
): Promise<Status> {
  return checked<Status>(statusShape, await connection.ask({ command: 'status', ...only }), stream.how);
}

/** What this host serves, acquires or releases. */
function heldBy({ groups }: Status): Held[] {
  return Object.entries(groups).flatMap(([group, { hosts, addresses }]) => {
    const serving = hosts.find(({ self }) => self)?.serving ?? [];
    return serving
      .filter(({ state }) => state !== 'not serving')
      .flatMap(({ address }) => {
        const status = addresses.find((each) => each.address === address);
        return status === undefined ? [] : [{ group, address, status }];
      });
  });
}

interface Asking {
  readonly stream: Stream;
  readonly connection: OperatorConnection;
  readonly progress: Progress;
  /** This host's id. */
  readonly self: string;
}

async function askForMoves(asking: Asking, left: readonly Held[]): Promise<void> {
  const { asked } = asking.progress;
  const due = left.filter(
    (held) => Date.now() - (asked.get(keyOf(held)) ?? -Infinity) >= PATIENCE_MILLISECONDS,
  );
  for (const group of new Set(due.map((held) => held.group))) {
    const ofGroup = due.filter((each) => each.group === group);
    const moves = await plannedMoves(asking, group, ofGroup);
    for (const held of ofGroup) {
      const move = moves.find(({ address }) => address === held.address);
      if (move === undefined) continue;
      asked.set(keyOf(held), Date.now());
      if (move.to === null) await noteStuck(asking, held, move.reason);
      else await askForMove(asking, held, move.to);
    }
  }
}

/** None where that is refused: another group may have a leader all the same. */
async function plannedMoves(
  { stream, connection, progress, self }: Asking,
  group: string,
  due: readonly Held[],
): Promise<readonly PlannedMove[]> {
  const answer = connection.ask({ command: 'plan', group, without: [self] });
  const refusal = await refusalOf(answer);
  if (refusal === null) return checked<Plan>(planShape, await answer, stream.how).groups[group] ?? [];
  for (const held of due) {
    progress.asked.set(keyOf(held), Date.now());
    progress.refusals.set(keyOf(held), refusal);
  }
  return [];
}

async function noteStuck({ stream, progress }: Asking, held: Held, reason: string): Promise<void> {
  const { group, address } = held;
  const isNew = !progress.stuck.has(keyOf(held));
  progress.refusals.delete(keyOf(held));
  progress.stuck.set(keyOf(held), `${group}: no other host can take ${address} (${reason})`);
  if (isNew)
    await tell(
      stream,
      { stuck: address, group, reason },
      `${group}: ${address} stays for now: no other host can take it (${reason})`,
    );
}

async function askForMove({ stream, connection, progress }: Asking, held: Held, to: string): Promise<void> {
  const { group, address } = held;
  progress.stuck.delete(keyOf(held));
  const refusal = await refusalOf(connection.ask({ command: 'move', group, address, host: to }));
  if (refusal !== null) {
    progress.refusals.set(keyOf(held), refusal);
    return;
  }
  if (!progress.waiting.has(keyOf(held)))
    await tell(stream, { moving: address, group, to }, `${group}: ${address} moves to ${to}`);
  progress.refusals.delete(keyOf(held));
  progress.waiting.set(keyOf(held), held);
}

async function tellMoved(
  stream: Stream,
  progress: Progress,
  left: readonly Held[],
  status: Status,
): Promise<void> {
  const here = new Set(left.map(keyOf));
  for (const [key, { group, address }] of progress.waiting) {
    const now = status.groups[group]?.addresses.find((each) => each.address === address);
    if (here.has(key) || (now !== undefined && now.state !== 'online')) continue;
    progress.waiting.delete(key);
    progress.moved.push(address);
    const host = now?.host ?? null;
    const total = progress.moved.length + progress.waiting.size;
    const text = `${group}: ${address} is at ${host ?? 'no host'} (${String(progress.moved.length)} of ${String(total)})`;
    await tell(stream, { moved: address, group, host }, text);
  }
}

const doneText = (moved: readonly string[]): string =>
  moved.length === 0
    ? 'drained: this host serves nothing; it stays quiesced until raisctl resume'
    : 'drained: this host serves nothing; it stays quiesced until raisctl resume, and its addresses stay away until raisctl fail-back';

const tell = (stream: Stream, event: object, text: string): Promise<void> =>
  stream.output.write(stream.how.json ? `${JSON.stringify(event)}\n` : `${text}\n`);

function whyLate({ refusals, stuck }: Progress, left: readonly Held[], timeout: number): string {
  const late = `not done within ${formatDuration(timeout)}`;
  const causes = [causesOf(refusals, left), causesOf(stuck, left)].filter((each) => each !== '');
  return causes.length === 0 ? late : `${late} (${causes.join('; ')})`;
}

/** What holds for many is said once. */
const causesOf = (causes: ReadonlyMap<string, string>, left: readonly Held[]): string =>
  [...new Set(left.flatMap((held) => causes.get(keyOf(held)) ?? []))].join('; ');

/** Null: granted. What else goes wrong is thrown on. */
async function refusalOf(answer: Promise<unknown>): Promise<string | null> {
  try {
    await answer;
    return null;
  } catch (error) {
    if (error instanceof ToolError && error.kind === 'refused') return error.message;
    throw error;
  }
}

const REMAINS = 'this host stays quiesced; what has moved stays where it is; raisctl resume ends the quiesce';

function unfinished(left: readonly Held[], why: string): ToolError {
  const addresses = left.map(({ group, address }) => `${group}: ${address}`).join(', ');
  return new ToolError('refused', `drain: ${why}: still here: ${addresses}; ${REMAINS}`);
}
