// One network namespace of a farm: a host, the switch, a client.

import { run } from './command.js';

export class Namespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes the namespaces, with their loopback interfaces up. Throws a CommandError where one exists already. */
  static create(names: readonly string[]): Namespace[] {
    run('ip', ['-batch', '-'], names.map((name) => `netns add ${name}\n`).join(''));
    const namespaces = names.map((name) => new Namespace(name));
    for (const namespace of namespaces) namespace.ip(['link set lo up']);
    return namespaces;
  }

  /** Runs the lines by one `ip -batch` in the namespace: a spawn of `ip` costs more than what it does. */
  ip(lines: readonly string[]): void {
    run('ip', ['-n', this.name, '-batch', '-'], lines.map((line) => `${line}\n`).join(''));
  }

  /** What `ip -json …` prints in the namespace, parsed. */
  ipJson(args: readonly string[]): unknown {
    return JSON.parse(run('ip', ['-n', this.name, '-json', ...args]) || '[]');
  }

  /** Applies an nftables script as one transaction. */
  nft(script: string): void {
    this.run('nft', ['-f', '-'], script);
  }

  /** Runs a program in the namespace to its end and returns what it printed. */
  run(program: string, args: readonly string[], input = ''): string {
    return run('ip', this.command(program, args), input);
  }

  /** The arguments with which `ip` becomes that program in the namespace, under the same process id. */
  command(program: string, args: readonly string[]): string[] {
    return ['netns', 'exec', this.name, program, ...args];
  }
}
