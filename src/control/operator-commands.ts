// What each operator command does: reads the monitors, or hands an event to them and answers when it is decided.

import { parseAddress, type Address, type HostId } from '../core/address.js';
import type { GroupRequest } from '../core/event.js';
import { planWithout } from '../core/plan.js';
import type { Instant } from '../core/time.js';
import type { SinkStatus } from '../ipc/notification.js';
import type { GroupStatus, HistoryEntry, OperatorRequest, Plan, Status } from '../ipc/operator-messages.js';
import type { Group } from './group.js';
import type { History } from './history.js';
import type { Conversation } from './operator-socket.js';

/** Entries that `explain` shows at the most. */
const EXPLAINED_ENTRIES = 20;

export interface CommandContext {
  readonly groups: ReadonlyMap<string, Group>;
  readonly history: History;
  now(): Instant;
  /** Everything of `Status` but the groups and the sinks. */
  header(): Omit<Status, 'groups' | 'snmp'>;
  sinks(): readonly SinkStatus[];
  statusOf(group: Group): GroupStatus;
  /** Asks the supervisor; the answer is a list of faults, empty if the new configuration is in force. */
  reload(answer: (errors: readonly string[]) => void): void;
  /** Likewise; empty if the restart has begun. */
  restart(answer: (errors: readonly string[]) => void): void;
}

type Handlers = {
  readonly [K in OperatorRequest['command']]: (
    context: CommandContext,
    request: Extract<OperatorRequest, { command: K }>,
    conversation: Conversation,
  ) => void;
};

const handlers: Handlers = {
  status: (context, { group }, conversation) => {
    const groups = selectGroups(context, group);
    if (groups === null) return refuseGroup(context, group, conversation);
    const statuses = groups.map((each): [string, GroupStatus] => [each.name, context.statusOf(each)]);
    conversation.result({
      ...context.header(),
      groups: Object.fromEntries(statuses),
      snmp: { sinks: context.sinks() },
    });
  },
  explain,
  history: showHistory,
  quiesce: (context, request, conversation) => {
    setQuiesced(context, request.group, 'quiesce', conversation);
  },
  resume: (context, request, conversation) => {
    setQuiesced(context, request.group, 'resume', conversation);
  },
  move: (context, request, conversation) => {
    const address = addressOf(request.address, conversation);
    const host = address === null ? null : addressOf(request.host, conversation);
    if (address !== null && host !== null)
      askGroup(context, request.group, { kind: 'move', address, host }, conversation);
  },
  'fail-back': (context, request, conversation) => {
    if (request.address === undefined) {
      askGroup(context, request.group, { kind: 'fail-back', address: null }, conversation);
      return;
    }
    const address = addressOf(request.address, conversation);
    if (address !== null) askGroup(context, request.group, { kind: 'fail-back', address }, conversation);
  },
  forget: (context, request, conversation) => {
    const address = addressOf(request.address, conversation);
    if (address !== null) askGroup(context, request.group, { kind: 'forget', address }, conversation);
  },
  plan,
  reload: (context, _request, conversation) => {
    context.reload((errors) => {
      if (errors.length === 0) conversation.result({ done: ['the configuration is read anew and in force'] });
      else conversation.refuse(`nothing is changed:\n${errors.join('\n')}`);
    });
  },
  restart: (context, _request, conversation) => {
    context.restart((errors) => {
      if (errors.length === 0)
        conversation.result({
          done: [
            'the supervisor is the program on disk; the other processes follow one after the other; the log says when the restart is done',
          ],
        });
      else conversation.refuse(`nothing is changed:\n${errors.join('\n')}`);
    });
  },
};

/** Carries out one request of an operator. */
export function runOperatorCommand(
  context: CommandContext,
  request: OperatorRequest,
  conversation: Conversation,
): void {
  // The table has for each command a handler of just that command; TypeScript cannot follow the correlation.
  const handler = handlers[request.command] as (
    context: CommandContext,
    request: OperatorRequest,
    conversation: Conversation,
  ) => void;
  handler(context, request, conversation);
}

/** The groups meant: all, or the one named; null: there is no such group. */
function selectGroups(context: CommandContext, name: string | undefined): Group[] | null {
  if (name === undefined) return [...context.groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const group = context.groups.get(name);
  return group === undefined ? null : [group];
}

function refuseGroup(context: CommandContext, name: string | undefined, conversation: Conversation): void {
  const known = [...context.groups.keys()].sort().join(', ');
  conversation.refuse(`${name ?? ''}: no such group on this host; it is in: ${known}`);
}

function addressOf(text: string, conversation: Conversation): Address | null {
  const address = parseAddress(text);
  if (address === null) conversation.refuse(`${text}: not an IP address`);
  return address;
}

function explain(
  context: CommandContext,
  request: Extract<OperatorRequest, { command: 'explain' }>,
  conversation: Conversation,
): void {
  const address = addressOf(request.address, conversation);
  if (address === null) return;
  for (const group of context.groups.values()) {
    const status = context.statusOf(group).addresses.find((each) => each.address === address);
    if (status === undefined) continue;
    const history = context.history.query({ group: group.name, address }).slice(-EXPLAINED_ENTRIES);
    conversation.result({ ...status, group: group.name, history });
    return;
  }
  conversation.refuse(`${address}: not a service address of any group on this host`);
}

function showHistory(
  context: CommandContext,
  request: Extract<OperatorRequest, { command: 'history' }>,
  conversation: Conversation,
): void {
  const address = request.address === undefined ? undefined : addressOf(request.address, conversation);
  if (address === null) return;
  const { group } = request;
  if (group !== undefined && !hasHistory(context, group)) {
    refuseGroup(context, group, conversation);
    return;
  }
  const query = { group, address, since: request.since };
  conversation.result({ entries: context.history.query(query) });
  if (request.follow !== true) return;
  const wanted = (entry: HistoryEntry): boolean =>
    (request.group === undefined || entry.group === request.group) &&
    (address === undefined || entry.address === address);
  const unfollow = context.history.follow((entry) => {
    if (wanted(entry)) conversation.event(entry);
  });
  conversation.onClosed(unfollow);
}

/** A group that a reload took away may still have entries. */
const hasHistory = ({ groups, history }: CommandContext, group: string): boolean =>
  groups.has(group) || history.query({ group }).length > 0;

function setQuiesced(
  context: CommandContext,
  name: string | undefined,
  kind: 'quiesce' | 'resume',
  conversation: Conversation,
): void {
  const groups = selectGroups(context, name);
  if (groups === null) {
    refuseGroup(context, name, conversation);
    return;
  }
  const done = groups.map((group) => {
    const isSo = group.monitor.quiesced === (kind === 'quiesce');
    group.step({ kind });
    const state =
      kind === 'quiesce' ? `is ${isSo ? 'already ' : ''}quiesced` : isSo ? 'was not quiesced' : 'is resumed';
    return `${group.name}: host ${group.monitor.settings.id} ${state}`;
  });
  conversation.result({ done });
}

function askGroup(
  context: CommandContext,
  name: string,
  request: GroupRequest,
  conversation: Conversation,
): void {
  const group = context.groups.get(name);
  if (group === undefined) {
    refuseGroup(context, name, conversation);
    return;
  }
  group.ask(request, (answer) => {
    if ('error' in answer) conversation.refuse(answer.error);
    else conversation.result({ done: answer.done });
  });
}

function plan(
  context: CommandContext,
  request: Extract<OperatorRequest, { command: 'plan' }>,
  conversation: Conversation,
): void {
  const groups = selectGroups(context, request.group);
  if (groups === null) {
    refuseGroup(context, request.group, conversation);
    return;
  }
  const without = new Set<HostId>();
  for (const text of request.without) {
    const host = addressOf(text, conversation);
    if (host === null) return;
    if (!groups.some((group) => isMember(group, host))) {
      conversation.refuse(`${host}: no such host in ${groups.map((group) => group.name).join(', ')}`);
      return;
    }
    without.add(host);
  }
  const moves = groups.map((group): [string, Plan['groups'][string]] => [
    group.name,
    planWithout(group.monitor, without, context.now()),
  ]);
  conversation.result({ groups: Object.fromEntries(moves) });
}

const isMember = (group: Group, host: HostId): boolean =>
  host === group.monitor.settings.id || group.monitor.peers.has(host);
