// What an operator reads, compared with test/ctl/golden/*.txt (see `assertGolden` for how to write those anew).

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { parseCommandLine } from '../../src/ctl/command-line.js';
import { resultText } from '../../src/ctl/result-text.js';
import { screenOf } from '../../src/ctl/screen.js';
import { NOT_ARRIVED } from '../../src/ipc/operator-messages.js';
import { answering, cleanUp } from './fake-control.js';
import { assertGolden, raisctl } from './raisctl.js';
import * as samples from './samples.js';

afterEach(cleanUp);

/** What the command line would print for that result, without a terminal. */
function shown(result: unknown, ...args: readonly string[]): string {
  const commandLine = parseCommandLine(args);
  assert.ok('invocation' in commandLine);
  const { request, json, all, socket } = commandLine.invocation;
  const pipe = { isTTY: false } as NodeJS.WriteStream;
  return resultText(request.command, result, { json, all, socket, screen: screenOf(pipe, {}) });
}

const cases: readonly (readonly [
  sentence: string,
  golden: string,
  result: unknown,
  args: readonly string[],
])[] = [
  [
    'R58: status of a group in which all is well, in numeric order',
    'status-healthy',
    samples.healthy,
    ['status'],
  ],
  ['R58: status begins with what is not as it should be', 'status-troubled', samples.troubled, ['status']],
  ['status of a daemon without groups', 'status-no-groups', samples.status({}), ['status']],
  [
    'status of a group of which nothing is known yet',
    'status-joining',
    samples.status({ web: samples.group({ state: 'joining', leader: null }) }),
    ['status', 'web'],
  ],
  [
    'R58: status of 64 hosts with 1,000 addresses is summed up where all is well',
    'status-large',
    samples.large(false),
    ['status'],
  ],
  [
    'R58: status of 64 hosts with 1,000 addresses shows what is not as it should be, the worst if there is too much',
    'status-large-troubled',
    samples.large(true),
    ['status', 'farm'],
  ],
  [
    'R58: explain says where an address is, why, and how that came about',
    'explain',
    samples.explanation,
    ['explain', '10.77.0.103'],
  ],
  [
    'explain of an address that is served by nobody',
    'explain-unserved',
    {
      ...samples.explanation,
      host: null,
      state: 'unserved',
      preferredHost: null,
      orphanMsLeft: null,
      history: [],
    },
    ['explain', '10.77.0.103'],
  ],
  ['R58: history is aligned, newest last', 'history', { entries: samples.entries }, ['history']],
  ['history without events says so', 'history-empty', { entries: [] }, ['history']],
  ['plan begins with what nobody could serve', 'plan', samples.plan, ['plan', '--without', '10.77.1.11']],
  [
    'what a command did is told line by line',
    'done',
    { done: ['web: host 10.77.1.11 is quiesced', 'mail: host 10.77.1.11 is quiesced'] },
    ['quiesce'],
  ],
];

for (const [sentence, golden, result, args] of cases) {
  test(sentence, () => {
    assertGolden(golden, shown(result, ...args));
  });
}

test('--all gives every host and address a row', () => {
  const output = shown(samples.large(true), 'status', '--all');
  for (const { id } of samples.large(true).groups['farm']!.hosts)
    assert.match(output, new RegExp(`^  ${id} `, 'm'));
  for (const { address } of samples.large(true).groups['farm']!.addresses) {
    assert.match(output, new RegExp(`^  ${address} `, 'm'));
  }
  assert.doesNotMatch(output, /--all/);
});

test('a terminal does not obey what a host reports', () => {
  const evil = { ...samples.explanation, reason: 'up\u001b[2J\u009b31m\nreason  forged\u2028x' };
  const output = shown(evil, 'explain', '10.77.0.103');
  assert.match(output, /^ {2}reason {10}up \[2J 31m reason {2}forged x$/m);
});

const jsonCases: readonly (readonly [unknown, readonly string[]])[] = [
  [samples.troubled, ['status']],
  [samples.explanation, ['explain', '10.77.0.103']],
  [{ entries: samples.entries }, ['history']],
  [samples.plan, ['plan']],
  [{ done: ['reloaded'] }, ['reload']],
  // What a later daemon adds, and what raisctl could not show, goes through.
  [{ later: { version: 2 }, text: '\u001b[2J' }, ['status']],
];

for (const [result, args] of jsonCases) {
  test(`--json writes exactly the result of ${args.join(' ')}`, () => {
    assert.equal(shown(result, ...args, '--json'), `${JSON.stringify(result)}\n`);
  });
}

test('the program prints that text, or that JSON, and nothing else', async () => {
  const control = await answering(samples.troubled);
  const [text, json] = await Promise.all([
    raisctl('status', '--socket', control.path),
    raisctl('status', '--json', '--socket', control.path),
  ]);
  const output = shown(samples.troubled, 'status');
  assert.deepEqual(text, { code: 0, signal: null, output, errors: '' });
  assert.deepEqual(json, {
    code: 0,
    signal: null,
    output: `${JSON.stringify(samples.troubled)}\n`,
    errors: '',
  });
  assert.deepEqual(
    control.requests.map(({ id, command }) => ({ id, command })),
    [
      { id: 1, command: 'status' },
      { id: 1, command: 'status' },
    ],
  );
});

test('a host that has said nothing of itself yet is not called a hot spare', () => {
  const spare = samples.host('10.77.1.12');
  const unknown = samples.host('10.77.1.13', { ok: false, failures: [NOT_ARRIVED] });
  const text = shown(samples.status({ web: samples.group({ hosts: [spare, unknown] }) }), 'status');
  assert.match(text, /10\.77\.1\.12 .* hot spare$/m);
  assert.match(text, /10\.77\.1\.13 .* 4 ms {2}its information has not arrived yet$/m);
});
