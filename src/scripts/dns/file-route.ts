// R40, by the zone file: read it, write it anew beside the old one, check it, put it in its place in one step, tell the name
// server, and put the old one back if that refuses it. All of it runs as the user that the configuration names.

import { dirname } from 'node:path';
import type { ServiceAddress } from '../../core/address.js';
import { messageOf } from '../../log/error-message.js';
import type { User } from '../user.js';
import { TOOL_TIMEOUT, type Published, type Route } from './route.js';
import { runTool } from './tool.js';
import { readAddresses, withAddresses, type Advertisement } from './zone-file.js';

export interface FileRouteSettings extends Advertisement {
  readonly path: string;
  /** Empty: nobody is told. */
  readonly notify: readonly string[];
  /** Null: as this process, which is root. */
  readonly user: string | null;
}

/** $1 the file. First a line that changes whenever the file does, then the file. Symbolic links are followed. */
const READ = 'set -eu; stat -L -c %d:%i:%.9Y:%s -- "$1"; exec cat -- "$1"';

/**
 * $1 the file, $2 what the first line of READ must be, $3 the zone; the new file comes on standard input. The new file has the
 * owner and mode of the old one, and is never there by halves. A file that named-checkzone refuses is not used, unless it
 * refuses the old one as well: then it cannot judge it here.
 */
const WRITE = `set -eu
file=$(readlink -e -- "$1"); new=$file.raisd-new
umask 077
rm -f -- "$new"
trap 'rm -f -- "$new"' EXIT
set -C; cat > "$new"; set +C
chown --reference="$file" -- "$new"
chmod --reference="$file" -- "$new"
if check=$(command -v named-checkzone) && ! said=$("$check" "$3" "$new" 2>&1) && "$check" "$3" "$file" >/dev/null 2>&1
then printf 'named-checkzone refuses the new file: %s\\n' "$said" >&2; exit 65; fi
sync -- "$new"
if [ "$(stat -L -c %d:%i:%.9Y:%s -- "$file")" != "$2" ]
then echo 'somebody else has changed it meanwhile' >&2; exit 75; fi
mv -fT -- "$new" "$file"
sync -- "$4" || true`;

/** The name server is not there, which is no judgement on the file: it reads it when it comes. */
const AWAY = /connection refused|connect failed|not running|timed out|no such file|failed to connect/i;

export class FileRoute implements Route {
  readonly #settings: FileRouteSettings;
  readonly #lookUp: (name: string) => Promise<User>;
  #text = '';
  #stamp = '';
  /** The file may be newer than what the name server was told of: at first, because its last writer may have died. */
  #notifyOwed = true;

  constructor(settings: FileRouteSettings, lookUp: (name: string) => Promise<User>) {
    this.#settings = settings;
    this.#lookUp = lookUp;
  }

  async read(): Promise<Published> {
    const { path } = this.#settings;
    const { error, output } = await this.#shell(READ, [path]);
    if (error !== null) throw new Error(`zone file ${path} cannot be read: ${error}`);
    const end = output.indexOf('\n');
    this.#stamp = output.slice(0, end);
    this.#text = output.slice(end + 1);
    return this.#inFile(() => readAddresses(this.#text, this.#settings));
  }

  async write(addresses: readonly ServiceAddress[]): Promise<void> {
    const before = this.#text;
    const text = this.#inFile(() => withAddresses(before, this.#settings, addresses));
    await this.#replace(text);
    await this.#tell(before);
  }

  async catchUp(): Promise<void> {
    await this.#tell(null);
  }

  #inFile<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw new Error(`zone file ${this.#settings.path}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** The file as a whole; `read` has told what it replaces. */
  async #replace(text: string): Promise<void> {
    const { path, zone } = this.#settings;
    const { error } = await this.#shell(WRITE, [path, this.#stamp, zone, dirname(path)], text);
    if (error !== null) throw new Error(`zone file ${path} cannot be written: ${error}`);
    this.#notifyOwed = true;
  }

  /** `before`: what is put back if the name server refuses; null: there is nothing to put back. */
  async #tell(before: string | null): Promise<void> {
    const { notify, path } = this.#settings;
    if (notify.length === 0 || !this.#notifyOwed) return;
    const error = await this.#runNotify();
    if (error === null) {
      this.#notifyOwed = false;
      return;
    }
    if (AWAY.test(error))
      throw new Error(`zone file ${path} is right, but the name server cannot be told: ${error}`);
    if (before === null) throw new Error(`the name server cannot be told of zone file ${path}: ${error}`);
    await this.#putBack(before);
    throw new Error(`the name server refuses zone file ${path}, the old one was put back: ${error}`);
  }

  async #putBack(before: string): Promise<void> {
    await this.read();
    await this.#replace(before);
    await this.#runNotify();
    this.#notifyOwed = false;
  }

  async #runNotify(): Promise<string | null> {
    const { notify } = this.#settings;
    const { error } = await runTool({ command: notify, user: await this.#user(), timeout: TOOL_TIMEOUT });
    return error;
  }

  async #shell(script: string, words: readonly string[], input = '') {
    const command = ['/bin/sh', '-c', script, 'raisd-zone-file', ...words];
    return runTool({ command, user: await this.#user(), input, timeout: TOOL_TIMEOUT });
  }

  async #user(): Promise<User | null> {
    const { user } = this.#settings;
    if (user === null) return null;
    try {
      return await this.#lookUp(user);
    } catch (error) {
      throw new Error(`user ${user}: ${messageOf(error)}`, { cause: error });
    }
  }
}
