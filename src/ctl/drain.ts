// `drain`: this host is quiesced, then each address that it serves is moved to where the leader would put it if this host
// were gone. All of it is asked for over the operator socket; once the last one has left, nothing depends on this host.

import { setTimeout as pause } from 'node:timers/promises';
import type { AddressStatus, Plan, Status } from '../ipc/operator-messages.js';
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
  readonly moved: string[];
}

const keyOf = ({ group, address }: Pick<Held, 'group' | 'address'>): string => `${group} ${address}`;

/**
 * Drains one group, or all of them. `timeout`: milliseconds. Throws a ToolError `refused` where an address cannot be
 * moved, or is still here when the time is over or `stop` was asked for: this host stays quiesced then.
 */
export async function drain(stream: Stream, group: string | undefined, timeout: number): Promise<void> {
  const deadline = Date.now() + timeout;
  const connection = await openConnection(stream.socket, stream.answerWithin);
  const progress: Progress = { asked: new Map(), waiting: new Map(), refusals: new Map(), moved: [] };
  const only = group === undefined ? {} : { group };
  try {
    await connection.ask({ command: 'quiesce', ...only });
    for (;;) {
      const status = await statusOf(stream, connection, only);
      const left = heldBy(status);
      await tellMoved(stream, progress, left, status);
      if (left.length === 0) break;
      if (stream.stop.aborted) throw unfinished(left, 'interrupted');
      if (Date.now() >= deadline) throw unfinished(left, whyLate(progress, timeout));
      await askForMoves(stream, connection, progress, left, status.host);
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

async function askForMoves(
  stream: Stream,
  connection: OperatorConnection,
  progress: Progress,
  left: readonly Held[],
  self: string,
): Promise<void> {
  const due = left.filter((held) => {
    const asked = progress.asked.get(keyOf(held));
    return asked === undefined || Date.now() - asked >= PATIENCE_MILLISECONDS;
  });
  for (const group of new Set(due.map((held) => held.group))) {
    const plan = checked<Plan>(
      planShape,
      await connection.ask({ command: 'plan', group, without: [self] }),
      stream.how,
    );
    for (const held of due.filter((each) => each.group === group)) {
      const move = plan.groups[group]?.find(({ address }) => address === held.address);
      if (move === undefined) continue;
      if (move.to === null) throw stuck(held, move.reason, left);
      progress.asked.set(keyOf(held), Date.now());
      const refusal = await refusalOf(
        connection.ask({ command: 'move', group, address: held.address, host: move.to }),
      );
      if (refusal !== null) {
        progress.refusals.set(keyOf(held), refusal);
        continue;
      }
      if (!progress.waiting.has(keyOf(held)))
        await tell(
          stream,
          { moving: held.address, group, to: move.to },
          `${group}: ${held.address} moves to ${move.to}`,
        );
      progress.refusals.delete(keyOf(held));
      progress.waiting.set(keyOf(held), held);
    }
  }
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

function whyLate({ refusals }: Progress, timeout: number): string {
  const late = `not done within ${formatDuration(timeout)}`;
  return refusals.size === 0 ? late : `${late} (${[...refusals.values()].join('; ')})`;
}

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

function stuck({ group, address }: Held, reason: string, left: readonly Held[]): ToolError {
  return unfinished(left, `${group}: no other host can take ${address} (${reason})`);
}
