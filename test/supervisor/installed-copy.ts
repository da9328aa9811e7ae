// A raisd of its own on disk, which a test can break or exchange while it runs.

import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url));
const COPIED = ['package.json', 'bin', 'dist/src'];
const LINKED = ['node_modules', 'build', 'mib'];

export class InstalledCopy {
  readonly #directory = mkdtempSync(join(tmpdir(), 'raisd-installed-'));

  constructor() {
    chmodSync(this.#directory, 0o755);
    mkdirSync(join(this.#directory, 'dist'));
    for (const name of COPIED) cpSync(join(PACKAGE, name), join(this.#directory, name), { recursive: true });
    for (const name of LINKED) symlinkSync(join(PACKAGE, name), join(this.#directory, name));
  }

  get program(): string {
    return join(this.#directory, 'bin/raisd');
  }

  /** Other text for a file of it; null: the file is gone. Undoes what was done to it before. */
  change(name: string, change: (text: string) => string | null): void {
    const path = join(this.#directory, name);
    const text = change(readFileSync(join(PACKAGE, name), 'utf8'));
    if (text === null) rmSync(path);
    else writeFileSync(path, text);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }
}
