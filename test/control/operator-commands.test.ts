// What each operator command does, with real groups.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { History } from '../../src/control/history.js';
import { runOperatorCommand, type CommandContext } from '../../src/control/operator-commands.js';
import type { Conversation } from '../../src/control/operator-socket.js';
import { groupStatus } from '../../src/control/status.js';
import type { Group } from '../../src/control/group.js';
import type {
  Explanation,
  HistoryEntry,
  OperatorRequest,
  OperatorResult,
  Plan,
  Status,
} from '../../src/ipc/operator-messages.js';
import { A, B, C, hostInformation, X, Y } from '../core/builders.js';
import { leadingGroups, Notebook } from './fake-ports.js';

const groups: Group[] = [];
afterEach(() => {
  for (const group of groups.splice(0)) group.close();
});

/** A host in the groups `web`, where it serves X, and `news`. */
function host() {
  const notebook = new Notebook();
  const [web, news] = leadingGroups(notebook, { group: 'web', preferred: [X] }, { group: 'news' }) as [
    Group,
    Group,
  ];
  web.step({ kind: 'configured', address: X, error: null });
  groups.push(web, news);
  const history = new History(assert.fail);
  const faults: string[] = [];
  const context: CommandContext = {
    groups: new Map([
      ['web', web],
      ['news', news],
    ]),
    history,
    now: () => notebook.clock,
    header: () => ({ host: B, version: '0.1.0', startedAt: '2026-11-24T08:00:00.000Z', uptimeMs: 5 }),
    sinks: () => [],
    statusOf: (group) =>
      groupStatus(group.monitor, {
        now: notebook.clock,
        interfaces: ['ctl0'],
        counters: {},
        interfaceFaults: new Map(),
        warnings: [],
        fence: { kind: 'bpf', wanted: 'bpf', reason: null },
      }),
    reload: (answer) => {
      answer(faults);
    },
    restart: (answer) => {
      answer(faults);
    },
  };
  return { notebook, web, news, history, faults, context };
}

interface Talk {
  readonly results: OperatorResult[];
  readonly errors: string[];
  readonly events: HistoryEntry[];
  hangUp(): void;
}

function ask(context: CommandContext, request: OperatorRequest): Talk {
  const closed: (() => void)[] = [];
  const talk: Talk = {
    results: [],
    errors: [],
    events: [],
    hangUp: () => {
      for (const callback of closed) callback();
    },
  };
  const conversation: Conversation = {
    result: (result) => talk.results.push(result),
    refuse: (error) => talk.errors.push(error),
    event: (event) => talk.events.push(event),
    onClosed: (callback) => closed.push(callback),
  };
  runOperatorCommand(context, request, conversation);
  return talk;
}

const doneIn = (talk: Talk): readonly string[] => {
  const [result] = talk.results;
  assert.ok(result !== undefined && 'done' in result, talk.errors.join());
  return result.done;
};

const entry = (changes: Partial<HistoryEntry> = {}): HistoryEntry => ({
  at: new Date(Date.UTC(2026, 10, 24)).toISOString(),
  host: B,
  group: 'web',
  event: 'acquire',
  address: X,
  message: 'web: it happened',
  ...changes,
});

test('R58: status shows the host and every group, sorted by name', () => {
  const [status] = ask(host().context, { command: 'status' }).results as [Status];
  assert.deepEqual(Object.keys(status.groups), ['news', 'web']);
  assert.equal(status.host, B);
  assert.equal(status.groups['web']?.addresses[0]?.host, B);
});

test('R58: status of one group shows that one', () => {
  const [status] = ask(host().context, { command: 'status', group: 'web' }).results as [Status];
  assert.deepEqual(Object.keys(status.groups), ['web']);
});

test('R58: a group that this host is not in is refused, with those that it is in', () => {
  const requests: OperatorRequest[] = [
    { command: 'status', group: 'mail' },
    { command: 'quiesce', group: 'mail' },
    { command: 'resume', group: 'mail' },
    { command: 'move', group: 'mail', address: X, host: C },
    { command: 'fail-back', group: 'mail' },
    { command: 'forget', group: 'mail', address: X },
    { command: 'plan', group: 'mail', without: [] },
    { command: 'history', group: 'mail' },
  ];
  for (const request of requests)
    assert.deepEqual(ask(host().context, request).errors, [
      'mail: no such group on this host; it is in: news, web',
    ]);
});

test('R58: what is no address is refused by what it is', () => {
  const requests: OperatorRequest[] = [
    { command: 'explain', address: 'web' },
    { command: 'history', address: 'web' },
    { command: 'move', group: 'web', address: 'web', host: C },
    { command: 'move', group: 'web', address: X, host: 'web' },
    { command: 'fail-back', group: 'web', address: 'web' },
    { command: 'forget', group: 'web', address: 'web' },
    { command: 'plan', without: ['web'] },
  ];
  for (const request of requests) {
    const talk = ask(host().context, request);
    assert.deepEqual(talk.errors, ['web: not an IP address']);
    assert.deepEqual(talk.results, []);
  }
});

test('R58: explain shows where an address is, why, and how it came about', () => {
  const { context, history } = host();
  for (let count = 0; count < 30; count++) history.add(entry({ message: String(count) }));
  history.add(entry({ address: Y }));
  history.add(entry({ group: 'news' }));
  const [explanation] = ask(context, { command: 'explain', address: X }).results as [Explanation];
  assert.equal(explanation.group, 'web');
  assert.equal(explanation.host, B);
  assert.equal(explanation.reason, `${B} is its preferred host`);
  assert.equal(explanation.history.length, 20);
  assert.equal(explanation.history.at(-1)?.message, '29');
});

test('R58: explain takes any spelling of an address, and refuses one of no group', () => {
  const { context } = host();
  assert.deepEqual(ask(context, { command: 'explain', address: '2001:DB8:0::1' }).errors, [
    '2001:db8::1: not a service address of any group on this host',
  ]);
});

test('R58: history is filtered by group, address and time', () => {
  const { context, history } = host();
  const entries = [entry(), entry({ group: 'news', address: null }), entry({ address: Y })];
  for (const each of entries) history.add(each);
  const asked = (request: Omit<Extract<OperatorRequest, { command: 'history' }>, 'command'>) =>
    ask(context, { command: 'history', ...request }).results[0];
  assert.deepEqual(asked({}), { entries });
  assert.deepEqual(asked({ group: 'news' }), { entries: [entries[1]] });
  assert.deepEqual(asked({ address: Y }), { entries: [entries[2]] });
  assert.deepEqual(asked({ since: Date.parse(entry().at) + 1 }), { entries: [] });
});

test('R58: history --follow goes on with what matches, until the client hangs up', () => {
  const { context, history } = host();
  const talk = ask(context, { command: 'history', group: 'web', address: X, follow: true });
  history.add(entry({ message: 'yes' }));
  history.add(entry({ group: 'news' }));
  history.add(entry({ address: Y }));
  talk.hangUp();
  history.add(entry({ message: 'no' }));
  assert.deepEqual(
    talk.events.map((event) => event.message),
    ['yes'],
  );
});

test('R44: quiesce and resume mean every group unless one is named, and say what they found', () => {
  const { context, web, news } = host();
  assert.deepEqual(doneIn(ask(context, { command: 'quiesce', group: 'web' })), [
    `web: host ${B} is quiesced`,
  ]);
  assert.equal(web.monitor.quiesced, true);
  assert.equal(news.monitor.quiesced, false);
  assert.deepEqual(doneIn(ask(context, { command: 'quiesce' })), [
    `news: host ${B} is quiesced`,
    `web: host ${B} is already quiesced`,
  ]);
  assert.deepEqual(doneIn(ask(context, { command: 'resume' })), [
    `news: host ${B} is resumed`,
    `web: host ${B} is resumed`,
  ]);
  assert.equal(news.monitor.quiesced, false);
  assert.deepEqual(doneIn(ask(context, { command: 'resume', group: 'web' })), [
    `web: host ${B} was not quiesced`,
  ]);
});

test('R8: a request to the group is answered by the group', () => {
  const { context } = host();
  assert.deepEqual(ask(context, { command: 'move', group: 'web', address: X, host: C }).errors, [
    `web: ${C} is not a live host of this group`,
  ]);
  assert.deepEqual(ask(context, { command: 'forget', group: 'web', address: X }).errors, [
    `web: ${X} cannot be forgotten: its preferred host ${B} is live`,
  ]);
  assert.deepEqual(doneIn(ask(context, { command: 'fail-back', group: 'web' })), [
    'web: nothing to do: every address is where it belongs',
  ]);
  assert.deepEqual(doneIn(ask(context, { command: 'fail-back', group: 'web', address: X })), [
    `web: nothing to do: ${X} is where it belongs`,
  ]);
});

function withC(group: Group, notebook: Notebook): void {
  const at = notebook.clock;
  const report = {
    id: C,
    incarnation: 1n,
    sequence: 1n,
    permit: true,
    joining: false,
    leaving: false,
    observer: false,
    term: 1,
    permittedAt: at,
    relayedAt: at,
    links: [at],
  };
  group.step({ kind: 'heard', at, reports: [report] });
  group.step({
    kind: 'information',
    information: { host: hostInformation(C), others: [], addresses: [] },
    incarnation: 1n,
    at,
  });
}

test('R58: a plan says for each group what would move without those hosts', () => {
  const { context, web, notebook } = host();
  withC(web, notebook);
  const [plan] = ask(context, { command: 'plan', without: [B] }).results as [Plan];
  assert.deepEqual(Object.keys(plan.groups), ['news', 'web']);
  assert.deepEqual(plan.groups['news'], []);
  assert.deepEqual(
    plan.groups['web']?.map(({ address, from, to }) => [address, from, to]),
    [[X, B, C]],
  );
});

test('R58: a plan without a host that no group knows is refused', () => {
  assert.deepEqual(ask(host().context, { command: 'plan', without: [A] }).errors, [
    `${A}: no such host in news, web`,
  ]);
});

test('R53: restart says that it has begun, or what is wrong and that nothing is changed', () => {
  const { context, faults } = host();
  assert.deepEqual(doneIn(ask(context, { command: 'restart' })), [
    'the supervisor is the program on disk; the other processes follow one after the other; the log says when the restart is done',
  ]);
  faults.push('raisd.yaml:1:1: nonsense');
  assert.deepEqual(ask(context, { command: 'restart' }).errors, [
    'nothing is changed:\nraisd.yaml:1:1: nonsense',
  ]);
});

test('R56: reload says that the new configuration is in force, or what is wrong and that nothing is changed', () => {
  const { context, faults } = host();
  assert.deepEqual(doneIn(ask(context, { command: 'reload' })), [
    'the configuration is read anew and in force',
  ]);
  faults.push('raisd.yaml:3:5: groups.web.key: no such file');
  assert.deepEqual(ask(context, { command: 'reload' }).errors, [
    'nothing is changed:\nraisd.yaml:3:5: groups.web.key: no such file',
  ]);
});
