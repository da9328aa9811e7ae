// The command line of raisd.

import yargs from 'yargs';
import type { Argv } from 'yargs';
import type { SupervisorOptions } from './main.js';
import { version } from './version.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** What other processes' code does on behalf of this command line; each resolves with the exit code. */
export interface Commands {
  run(options: SupervisorOptions): Promise<number>;
  clean(operatorSocket: string): Promise<number>;
}

/** Does what the arguments (without the program's name) say; sets the exit code, or ends the process with it. */
export async function runCommandLine(args: readonly string[], commands: Commands): Promise<void> {
  await yargs([...args])
    .scriptName('raisd')
    .usage('$0: keeps service addresses reachable on a farm of servers')
    .command('$0', 'run the daemon in the foreground', withDaemonOptions, async (options) => {
      process.exit(await commands.run(options));
    })
    .command('check', 'check the configuration', withConfig, async ({ config }) => {
      mindReaders();
      const { checkCommand } = await import('../config/commands.js');
      process.exitCode = checkCommand(config, process.stdout, process.stderr);
    })
    .command(
      'print',
      'print the configuration with its defaults filled in',
      withConfig,
      async ({ config }) => {
        mindReaders();
        const { printCommand } = await import('../config/commands.js');
        process.exitCode = printCommand(config, process.stdout, process.stderr);
      },
    )
    .command(
      'clean',
      'remove the addresses that a killed raisd left on this host',
      withSocket,
      async ({ socket }) => {
        mindReaders();
        process.exitCode = await commands.clean(socket);
      },
    )
    .command('schema', 'print the JSON Schema of the configuration', {}, async () => {
      mindReaders();
      const { schemaCommand } = await import('../config/commands.js');
      process.exitCode = schemaCommand(process.stdout);
    })
    .version(version())
    .help()
    .strict()
    .fail((message, error) => {
      failUsage(message, error as Error | undefined);
    })
    .parseAsync();
}

/** One that goes away (`| head`) has seen what it wanted, and the exit code stands. Any other output that is lost is a failure. */
function mindReaders(): void {
  process.stderr.on('error', () => undefined); // Nobody is left to tell.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`raisd: cannot write to standard output: ${error.code ?? error.message}\n`);
    process.exitCode = EXIT_FAILED;
  });
}

/** Ends the process where the command line is wrong; what went wrong in a command is thrown on. */
function failUsage(message: string | null, error: Error | undefined): void {
  if (error !== undefined && error.name !== 'YError') throw error;
  const cause = (error?.message ?? message ?? 'wrong usage').replace(
    /^Not enough arguments following: (\S+)$/,
    '--$1 needs a value',
  );
  process.stderr.write(`raisd: ${cause}; see raisd --help\n`);
  process.exit(EXIT_USAGE);
}

const withConfig = (parser: Argv) =>
  withPath(parser, 'config', '/etc/raisd/raisd.yaml', 'configuration file');

const withSocket = <T>(parser: Argv<T>) =>
  withPath(parser, 'socket', '/run/raisd/raisd.sock', 'operator socket');

const withDaemonOptions = (parser: Argv) =>
  withPath(withSocket(withConfig(parser)), 'state', '/var/lib/raisd', 'state directory');

/** An option that is given once and names a path. */
const withPath = <T, N extends string>(parser: Argv<T>, name: N, standard: string, describe: string) =>
  parser.option(name, {
    type: 'string',
    requiresArg: true,
    default: standard,
    describe,
    coerce: (value: unknown) => onePath(name, value),
  });

function onePath(name: string, value: unknown): string {
  if (Array.isArray(value)) throw new UsageError(`--${name} is given twice`);
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${name}: the path is empty`);
  return value;
}

class UsageError extends Error {
  override readonly name = 'YError';
}
