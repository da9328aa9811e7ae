import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommandLine } from '../../src/ctl/command-line.js';
import { ToolError } from '../../src/ctl/tool-error.js';
import type { OperatorRequest } from '../../src/ipc/operator-messages.js';

function requestOf(args: readonly string[]): OperatorRequest {
  const commandLine = parseCommandLine(args);
  assert.ok('invocation' in commandLine);
  return commandLine.invocation.request;
}

const cases: readonly (readonly [args: readonly string[], request: OperatorRequest])[] = [
  [['status'], { command: 'status' }],
  [['status', 'web'], { command: 'status', group: 'web' }],
  [['status', '007'], { command: 'status', group: '007' }],
  [['explain', '10.77.0.101'], { command: 'explain', address: '10.77.0.101' }],
  [['explain', '2001:DB8::0:1'], { command: 'explain', address: '2001:db8::1' }],
  [['history'], { command: 'history' }],
  [
    ['history', '--group', 'web', '--address', '10.77.0.101', '--since', '2026-11-05T10:00Z'],
    { command: 'history', group: 'web', address: '10.77.0.101', since: Date.UTC(2026, 10, 5, 10) },
  ],
  [['quiesce'], { command: 'quiesce' }],
  [['quiesce', 'web'], { command: 'quiesce', group: 'web' }],
  [['drain'], { command: 'quiesce' }],
  [['drain', 'web', '--timeout', '2m'], { command: 'quiesce', group: 'web' }],
  [['resume', 'web'], { command: 'resume', group: 'web' }],
  [
    ['move', 'web', '10.77.0.101', '10.77.1.12'],
    { command: 'move', group: 'web', address: '10.77.0.101', host: '10.77.1.12' },
  ],
  [['fail-back', 'web'], { command: 'fail-back', group: 'web' }],
  [['fail-back', 'web', '10.77.0.101'], { command: 'fail-back', group: 'web', address: '10.77.0.101' }],
  [['forget', 'web', '10.77.0.101'], { command: 'forget', group: 'web', address: '10.77.0.101' }],
  [['plan'], { command: 'plan', without: [] }],
  [
    ['plan', '--without', '10.77.1.11', '10.77.1.12', '--without', '10.77.1.13', '--group', 'web'],
    { command: 'plan', without: ['10.77.1.11', '10.77.1.12', '10.77.1.13'], group: 'web' },
  ],
  [['reload'], { command: 'reload' }],
];

for (const [args, request] of cases) {
  test(`raisctl ${args.join(' ')} asks what the operator means`, () => {
    assert.deepEqual(requestOf(args), request);
  });
}

test('history --since 10m goes back from now', () => {
  const before = Date.now() - 600_000;
  const request = requestOf(['history', '--since', '10m']);
  assert.ok(request.command === 'history' && request.since !== undefined);
  assert.ok(request.since >= before && request.since <= Date.now() - 600_000);
});

test('a restart may take longer to be answered, unless the operator says otherwise', () => {
  const boundOf = (...args: string[]): number => {
    const commandLine = parseCommandLine(args);
    assert.ok('invocation' in commandLine);
    return commandLine.invocation.answerWithin;
  };
  assert.deepEqual(
    [boundOf('status'), boundOf('restart'), boundOf('restart', '--answer-within', '3s')],
    [10_000, 60_000, 3000],
  );
});

test('options may stand before and after the command', () => {
  const commandLine = parseCommandLine([
    '--socket',
    '/run/x',
    'watch',
    'web',
    '--json',
    '--every',
    '2s',
    '--all',
    '--answer-within',
    '3s',
  ]);
  assert.deepEqual(commandLine, {
    invocation: {
      socket: '/run/x',
      json: true,
      answerWithin: 3000,
      all: true,
      every: 2000,
      drainWithin: null,
      request: { command: 'status', group: 'web' },
    },
  });
});

test('where nothing is said the daemon of this host is asked', () => {
  assert.deepEqual(parseCommandLine(['reload']), {
    invocation: {
      socket: '/run/raisd/raisd.sock',
      json: false,
      answerWithin: 10_000,
      all: false,
      every: null,
      drainWithin: null,
      request: { command: 'reload' },
    },
  });
});

const usage: readonly (readonly [args: readonly string[], error: string])[] = [
  [[], 'no command; see raisctl --help'],
  [['statsu'], 'Did you mean status?; see raisctl --help'],
  [['quite-another'], 'Unknown argument: quite-another; see raisctl --help'],
  [['status', '--bogus'], 'Unknown argument: bogus; see raisctl --help'],
  [['status', 'a', 'b'], 'Unknown argument: b; see raisctl --help'],
  [['explain'], 'explain needs ADDRESS; see raisctl --help'],
  [['move', 'web', '10.77.0.101'], 'move needs GROUP ADDRESS HOST; see raisctl --help'],
  [['explain', '10.77.0.300'], 'ADDRESS: "10.77.0.300" is not an IP address'],
  [['explain', '10.77.0.101/24'], 'ADDRESS: "10.77.0.101/24" is not an IP address'],
  [['move', 'web', '10.77.0.101', 'hostb'], 'HOST: "hostb" is not an IP address'],
  [['plan', '--without', 'x'], '--without: "x" is not an IP address'],
  [['history', '--address', 'x'], '--address: "x" is not an IP address'],
  [
    ['history', '--since', 'yesterday'],
    '--since: "yesterday": expected a duration back like 10m, or a time like 2026-11-05T13:00',
  ],
  [['history', '--since', '1m', '--since', '2m'], '--since is given 2 times'],
  [['history', '--group'], '--group needs a value; see raisctl --help'],
  [['status', '--json=maybe'], '--json: "maybe" is neither true nor false'],
  [['history', '--follow='], '--follow: "" is neither true nor false'],
  [['status', '--socket', ''], '--socket: the path is empty'],
  [['status', '--answer-within', '5'], '--answer-within: "5" is not a duration like 5s'],
  [['watch', '--every', '10ms'], '--every: 10ms is less than 100ms'],
];

for (const [args, message] of usage) {
  test(`raisctl ${args.join(' ')} is refused: ${message}`, () => {
    assert.throws(
      () => parseCommandLine(args),
      (error) => error instanceof ToolError && error.kind === 'usage' && error.message === message,
    );
  });
}
