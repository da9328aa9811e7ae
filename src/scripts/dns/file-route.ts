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
 * `loads ZONE FILE`: whether named-checkzone, where it is installed, would load it; if not, `said` is why. From which directory the
 * name server looks for what $INCLUDE names by a relative path nobody knows: any of the usual ones will do. Names of other
 * zones are not looked up: named does not either.
 */
const LOADS = `set -eu
loads() {
  command -v named-checkzone >/dev/null || return 0
  said=$(named-checkzone -i local -w / "$1" "$2" 2>&1) && return 0
  for at in "\${2%/*}/" /var/cache/bind
  do named-checkzone -i local -w "$at" "$1" "$2" >/dev/null 2>&1 && return 0; done
  return 1
}
`;

/** $1 the file, $2 the zone. What named-checkzone says goes to standard output if the file cannot be loaded. */
const CHECK = `${LOADS}
loads "$2" "$(readlink -e -- "$1")" || { printf '%s\\n' "$said"; exit 65; }`;
const UNLOADABLE = 65;

/**
 * $1 the file, $2 what the first line of READ must be, $3 the zone; the new file comes on standard input. The new file has the
 * owner and mode of the old one, and is never there by halves. A file that cannot be loaded is not used, unless the old one cannot
 * either: then it is no worse, and right as soon as somebody mends it. Says that line of the new file, if it can be loaded.
 */
const WRITE = `${LOADS}
file=$(readlink -e -- "$1"); new=$file.raisd-new
umask 077
rm -f -- "$new"
trap 'rm -f -- "$new"' EXIT
set -C; cat > "$new"; set +C
chown --reference="$file" -- "$new"
chmod --reference="$file" -- "$new"
sound=yes
if ! loads "$3" "$new"
then
  sound=no; why=$said
  if loads "$3" "$file"; then printf 'named-checkzone refuses the new file: %s\\n' "$why" >&2; exit 65; fi
fi
sync -- "$new"
if [ "$(stat -L -c %d:%i:%.9Y:%s -- "$file")" != "$2" ]
then echo 'somebody else has changed it meanwhile' >&2; exit 75; fi
mv -fT -- "$new" "$file"
if [ $sound = yes ]; then stat -L -c %d:%i:%.9Y:%s -- "$file"; fi
sync -- "$4" || true`;

/** The line that says why: before it come warnings, after it what follows from it. */
function causeOf(said: string): string {
  const lines = said
    .split('\n')
    .filter((line) => line !== '' && !/: (loading from|not loaded due)/.test(line));
  return (lines.at(-1) ?? 'it says nothing').replace(/^dns_\w+: /, '');
}

/** The name server is not there, which is no judgement on the file: it reads it when it comes. */
const AWAY = /connection refused|connect failed|not running|timed out|no such file|failed to connect/i;

/** What rndc says of itself, before the server has looked at anything: the server's own words begin with `'reload' failed`. */
const RNDC_ITSELF = /\brndc: (?!exit |'[\w-]+' failed)/;

/** It hangs up without a word on whoever has no key of its `controls`. */
const NOT_LET_IN = /connection to remote host closed/;

const untoldBecause = (error: string): string =>
  NOT_LET_IN.test(error)
    ? `does not let rndc in: compare rndc's key with that of the server's controls, and their clocks; ${error}`
    : `cannot be told: ${error}`;

export class FileRoute implements Route {
  readonly #settings: FileRouteSettings;
  readonly #lookUp: (name: string) => Promise<User>;
  #text = '';
  #stamp = '';
  /** The file may be newer than what the name server was told of: at first, because its last writer may have died. */
  #notifyOwed = true;
  /** The stamp of the file that was found to be one that can be loaded; empty: of none. */
  #soundStamp = '';

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
    if (this.#soundStamp === '') await this.#judge();
  }

  async catchUp(): Promise<void> {
    if (this.#stamp !== this.#soundStamp) await this.#judge();
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
    const { error, output } = await this.#shell(WRITE, [path, this.#stamp, zone, dirname(path)], text);
    if (error !== null) throw new Error(`zone file ${path} cannot be written: ${error}`);
    this.#soundStamp = output.trimEnd();
    this.#notifyOwed = true;
  }

  /**
   * `rndc reload` returns 0 also where named then cannot load the file, so that somebody else has to look. Throws until the file
   * has been mended; then the name server is told of it once more.
   */
  async #judge(): Promise<void> {
    const { path, zone } = this.#settings;
    const { error, code, output } = await this.#shell(CHECK, [path, zone]);
    if (error === null) {
      this.#soundStamp = this.#stamp;
      return;
    }
    this.#soundStamp = '';
    this.#notifyOwed = true;
    if (code !== UNLOADABLE) throw new Error(`zone file ${path} cannot be checked: ${error}`);
    const cause = causeOf(output);
    const include = cause.includes('file not found') ? ', or name what it includes by its absolute path' : '';
    throw new Error(
      `zone file ${path} cannot be loaded: ${cause} (named-checkzone); the name server keeps what it had: mend the file${include}`,
    );
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
    if (AWAY.test(error) || RNDC_ITSELF.test(error))
      throw new Error(`zone file ${path} is right, but the name server ${untoldBecause(error)}`);
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
