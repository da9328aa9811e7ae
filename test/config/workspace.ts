// A directory of its own for each suite, with a key file and whatever configuration a test writes there.

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Configuration } from '../../src/config/configuration.js';
import { formatFault } from '../../src/config/fault.js';
import { loadConfiguration, type LoadOptions, type LoadResult } from '../../src/config/load.js';

export class Workspace {
  readonly directory = mkdtempSync(join(tmpdir(), 'raisd-config-'));

  constructor() {
    this.write('web.key', 'sixteen bytes and more\n', 0o600);
    this.write('tsig.key', 'c2l4dGVlbiBieXRlcw==\n', 0o600);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Writes a file with exactly that mode; its path. */
  write(name: string, content: string | Buffer, mode = 0o600): string {
    const path = this.path(name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  load(yaml: string | Buffer, options?: LoadOptions): LoadResult {
    return loadConfiguration(this.write('raisd.yaml', yaml), options);
  }

  /** The configuration of a file that must be good. */
  configuration(yaml: string): Configuration {
    const result = this.load(yaml);
    assert.deepEqual(result.ok ? [] : result.faults.map(formatFault), []);
    assert(result.ok);
    return result.configuration;
  }

  /** `LINE:COLUMN: key: message` of each fault of a file that must be bad. */
  faults(yaml: string | Buffer, options?: LoadOptions): string[] {
    const result = this.load(yaml, options);
    assert(!result.ok, 'the configuration was accepted');
    return result.faults.map((fault) => this.short(formatFault(fault)));
  }

  warnings(yaml: string, options?: LoadOptions): string[] {
    const result = this.load(yaml, options);
    assert.deepEqual(result.ok ? [] : result.faults.map(formatFault), []);
    assert(result.ok);
    return result.warnings.map((fault) => this.short(formatFault(fault)));
  }

  /** Without the directory, which is another one each time. */
  short(text: string): string {
    return text.replaceAll(`${this.directory}/raisd.yaml:`, '').replaceAll(this.directory, 'DIR');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The smallest good configuration, with lines put in: into the group, and below everything. */
export const minimal = (group = '', below = ''): string =>
  [
    'control: [ctl0]',
    'groups:',
    '  web:',
    '    address: 239.255.77.1:5405',
    '    key: web.key',
    '    interface: svc0',
    ...(group === '' ? [] : group.split('\n').map((line) => `    ${line}`)),
    ...(below === '' ? [] : [below]),
    '',
  ].join('\n');
