// argv → what to do. Whatever is wrong with a command line is said here, before anything is asked of the daemon.

import { readFileSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { parseAddress } from '../core/address.js';
import type { OperatorRequest } from '../ipc/operator-messages.js';
import { parseDuration } from '../config/duration.js';
import { parseSince } from './since.js';
import { ToolError } from './tool-error.js';

export interface Invocation {
  readonly socket: string;
  readonly json: boolean;
  /** Milliseconds. */
  readonly answerWithin: number;
  /** `status`, `watch`: every host and address has its row. */
  readonly all: boolean;
  readonly request: OperatorRequest;
  /** `watch`: milliseconds from one look to the next; null: ask once. */
  readonly every: number | null;
  /** `drain`: milliseconds that it may take; null: another command. */
  readonly drainWithin: number | null;
}

/** Either a thing to do, or a text (help, version) to show. */
export type CommandLine = { readonly invocation: Invocation } | { readonly show: string };

const DEFAULT_SOCKET = '/run/raisd/raisd.sock';
const DEFAULT_ANSWER_WITHIN = '10s';
/** The program on disk is tried first, and takes the place of the one that runs: seconds on a busy host. */
const RESTART_ANSWER_WITHIN = '1m';
const DEFAULT_EVERY = '1s';
const DEFAULT_DRAIN_WITHIN = '5m';
/** `watch` asks no more often than this, so that it is no load on the control process. */
const SHORTEST_EVERY_MS = 100;
/** Longer than a day would overflow a timer. */
const LONGEST_BOUND_MS = 86_400_000;

interface Chosen {
  readonly request: OperatorRequest;
  readonly every?: number;
  readonly drainWithin?: number;
}

/** Reads the arguments after the program's name. Throws a ToolError `usage` that names what is wrong. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  for (const arg of args) refuseHalfTruth(arg);
  let chosen: Chosen | null = null;
  const parser = define((choice) => (chosen = choice));
  let shown = '';
  // Thrown from within, or yargs would go on to the command with what is wrong.
  parser.fail((message, error) => {
    throw usageError(args, message, error as Error | undefined);
  });
  const parsed = parser.parseSync([...args], {}, (_error, _parsed, output) => {
    shown = output;
  });
  if (shown !== '') return { show: `${shown}\n` };
  return { invocation: invocationOf(parsed, chosen) };
}

/** yargs takes any value but `true` for false. */
function refuseHalfTruth(arg: string): void {
  const [, flag, value] = /^--(json|all|follow|help|version)=(.*)$/s.exec(arg) ?? [];
  if (flag === undefined || value === 'true' || value === 'false') return;
  throw new ToolError('usage', `--${flag}: ${JSON.stringify(value)} is neither true nor false`);
}

function usageError(args: readonly string[], message: string, error: Error | undefined): Error {
  if (error !== undefined && error.name !== 'YError') return error;
  const cause = plainly((error?.message ?? message).replaceAll('\n', ' '), args);
  return new ToolError('usage', `${cause}; see raisctl --help`);
}

/** What the commands cannot do without. */
const NEEDED: Readonly<Record<string, string>> = {
  explain: 'ADDRESS',
  move: 'GROUP ADDRESS HOST',
  'fail-back': 'GROUP',
  forget: 'GROUP ADDRESS',
};

/** yargs counts what is missing; an operator wants its name. */
function plainly(cause: string, args: readonly string[]): string {
  const command = args.find((arg) => NEEDED[arg] !== undefined);
  if (cause.startsWith('Not enough non-option arguments') && command !== undefined)
    return `${command} needs ${NEEDED[command] ?? ''}`;
  return cause.replace(/^Not enough arguments following: (\S+)$/, '--$1 needs a value');
}

function invocationOf(parsed: Readonly<Record<string, unknown>>, chosen: Chosen | null): Invocation {
  if (chosen === null) throw new ToolError('usage', 'no command; see raisctl --help');
  const socket = String(parsed['socket']);
  if (socket === '') throw new ToolError('usage', '--socket: the path is empty');
  return {
    socket,
    json: parsed['json'] === true,
    answerWithin: bounded('--answer-within', String(parsed['answer-within']), 1),
    all: parsed['all'] === true,
    request: chosen.request,
    every: chosen.every ?? null,
    drainWithin: chosen.drainWithin ?? null,
  };
}

type Choose = (choice: Chosen) => void;

function define(choose: Choose): Argv {
  const parser = yargs()
    .scriptName('raisctl')
    .usage("$0 COMMAND: the operator's tool of raisd")
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'duplicate-arguments-array': true,
      'greedy-arrays': true,
    })
    .option('socket', text('PATH', 'where raisd listens', DEFAULT_SOCKET))
    .option('json', {
      type: 'boolean',
      default: false,
      describe: 'write the result as JSON, one object a line',
    })
    .option('answer-within', text('T', 'how long raisd may take to answer', DEFAULT_ANSWER_WITHIN))
    .middleware(refuseRepeated, true)
    .strict()
    .recommendCommands()
    .demandCommand(1, 1, 'no command')
    .version(packageVersion())
    .help()
    .epilogue('Exit: 0 done, 1 refused or failed, 2 usage, 3 no daemon.\nDurations: 20ms, 5s, 10m, 2h, 30d.')
    .exitProcess(false);
  defineLooking(parser, choose);
  defineDoing(parser, choose);
  return parser;
}

/** The commands that change nothing. */
function defineLooking(parser: Argv, choose: Choose): void {
  const all = {
    type: 'boolean',
    default: false,
    describe: 'a row for every host and address, however many',
  } as const;
  parser.command(
    'status [group]',
    'hosts and addresses; what is not as it should be comes first',
    (command) => command.positional('group', word('only this group')).option('all', all),
    ({ group }) => {
      choose({ request: { command: 'status', ...optional('group', group) } });
    },
  );
  parser.command(
    'watch [group]',
    'the same, live',
    (command) =>
      command
        .positional('group', word('only this group'))
        .option('all', all)
        .option('every', text('T', 'how often to look', DEFAULT_EVERY)),
    ({ group, every }) => {
      const period = bounded('--every', every, SHORTEST_EVERY_MS);
      choose({ request: { command: 'status', ...optional('group', group) }, every: period });
    },
  );
  parser.command(
    'explain <address>',
    'where an address is, and the reasons of the decisions that put it there',
    (command) => command.positional('address', word('a service address')).demandOption('address'),
    ({ address }) => {
      choose({ request: { command: 'explain', address: addressArgument('ADDRESS', address) } });
    },
  );
  defineHistory(parser, choose);
  parser.command(
    'plan',
    'what the leader would do; changes nothing',
    (command) =>
      command
        .option('without', {
          type: 'string',
          array: true,
          requiresArg: true,
          describe: 'HOST...: as if these were gone',
        })
        .option('group', text('GROUP', 'only this group')),
    ({ without = [], group }) => {
      const hosts = without.map((host) => addressArgument('--without', host));
      choose({ request: { command: 'plan', without: hosts, ...optional('group', group) } });
    },
  );
}

function defineHistory(parser: Argv, choose: Choose): void {
  parser.command(
    'history',
    'the events, newest last',
    (command) =>
      command
        .option('follow', {
          type: 'boolean',
          default: false,
          describe: 'go on with new events until interrupted',
        })
        .option('group', text('GROUP', 'only events of this group'))
        .option('address', text('ADDRESS', 'only events of this service address'))
        .option('since', text('T', 'from then on: ISO 8601 date or time, or how far back (10m)')),
    ({ follow, group, address, since }) => {
      const request: OperatorRequest = {
        command: 'history',
        ...optional('group', group),
        ...(address === undefined ? {} : { address: addressArgument('--address', address) }),
        ...(since === undefined ? {} : { since: sinceArgument(since) }),
        ...(follow ? { follow } : {}),
      };
      choose({ request });
    },
  );
}

/** The commands that change something. */
function defineDoing(parser: Argv, choose: Choose): void {
  for (const name of ['quiesce', 'resume'] as const) {
    parser.command(
      `${name} [group]`,
      name === 'quiesce' ? 'this host acquires nothing more' : 'this host acquires again',
      (command) => command.positional('group', word('only in this group')),
      ({ group }) => {
        choose({ request: { command: name, ...optional('group', group) } });
      },
    );
  }
  parser.command(
    'drain [group]',
    'quiesce this host, move everything away, and wait for it',
    (command) =>
      command
        .positional('group', word('only in this group'))
        .option('timeout', text('T', 'how long it may take', DEFAULT_DRAIN_WITHIN)),
    ({ group, timeout }) => {
      const drainWithin = bounded('--timeout', timeout, 1);
      choose({ request: { command: 'quiesce', ...optional('group', group) }, drainWithin });
    },
  );
  parser.command(
    'move <group> <address> <host>',
    'a planned move, until the host fails or you say otherwise',
    (command) => groupAndAddress(command).positional('host', word('id of the host')).demandOption('host'),
    ({ group, address, host }) => {
      const to = addressArgument('HOST', host);
      choose({ request: { command: 'move', group, address: addressArgument('ADDRESS', address), host: to } });
    },
  );
  parser.command(
    'fail-back <group> [address]',
    'back to the preferred host, where the policy is `never`',
    (command) =>
      command
        .positional('group', word('the group'))
        .demandOption('group')
        .positional('address', word('only this service address')),
    ({ group, address }) => {
      const one = address === undefined ? {} : { address: addressArgument('ADDRESS', address) };
      choose({ request: { command: 'fail-back', group, ...one } });
    },
  );
  parser.command(
    'forget <group> <address>',
    "ends an orphan's countdown now",
    (command) => groupAndAddress(command),
    ({ group, address }) => {
      choose({ request: { command: 'forget', group, address: addressArgument('ADDRESS', address) } });
    },
  );
  parser.command(
    'reload',
    'read the configuration again',
    (command) => command,
    () => {
      choose({ request: { command: 'reload' } });
    },
  );
  parser.command(
    'restart',
    'go over to the program and the configuration on disk, one process after the other; nothing moves',
    (command) => command.default('answer-within', RESTART_ANSWER_WITHIN),
    () => {
      choose({ request: { command: 'restart' } });
    },
  );
}

const groupAndAddress = (command: Argv) =>
  command
    .positional('group', word('the group'))
    .demandOption('group')
    .positional('address', word('a service address'))
    .demandOption('address');

const word = (describe: string) => ({ type: 'string', describe }) as const;

function text(name: string, describe: string): { type: 'string'; requiresArg: true; describe: string };
function text(
  name: string,
  describe: string,
  value: string,
): { type: 'string'; requiresArg: true; describe: string; default: string };
function text(name: string, describe: string, value?: string): object {
  const option = { type: 'string', requiresArg: true, describe: `${name}: ${describe}` };
  return value === undefined ? option : { ...option, default: value };
}

const optional = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, string>);

/** yargs makes a list of an option that is given twice; only `--without` is one. */
function refuseRepeated(parsed: Readonly<Record<string, unknown>>): void {
  if (parsed['--'] !== undefined) throw new ToolError('usage', 'nothing may follow --');
  for (const [name, value] of Object.entries(parsed)) {
    if (Array.isArray(value) && name !== 'without' && name !== '_') {
      throw new ToolError('usage', `--${name} is given ${String(value.length)} times`);
    }
  }
}

function addressArgument(what: string, value: string): string {
  const address = parseAddress(value);
  if (address === null)
    throw new ToolError('usage', `${what}: ${JSON.stringify(value)} is not an IP address`);
  return address;
}

function sinceArgument(value: string): number {
  const moment = parseSince(value, Date.now());
  if (moment === null) {
    const expected = 'expected a duration back like 10m, or a time like 2026-11-05T13:00';
    throw new ToolError('usage', `--since: ${JSON.stringify(value)}: ${expected}`);
  }
  return moment;
}

function bounded(name: string, value: string, least: number): number {
  const span = parseDuration(value);
  if (span === null)
    throw new ToolError('usage', `${name}: ${JSON.stringify(value)} is not a duration like 5s`);
  if (span < least) throw new ToolError('usage', `${name}: ${value} is less than ${String(least)}ms`);
  if (span > LONGEST_BOUND_MS) throw new ToolError('usage', `${name}: ${value} is more than 1d`);
  return span;
}

function packageVersion(): string {
  const place = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(place, 'utf8')) as { readonly version: string }).version;
}
