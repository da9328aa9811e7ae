// R56: the configuration is parsed whole, checked whole and then frozen. Every fault is reported at once, each with
// its place; a configuration with a fault is never handed out.

import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { assemble } from './assemble.js';
import { checkKeyFiles } from './check-files.js';
import { checkGroups } from './check-groups.js';
import {
  checkHost,
  checkInterfaceFamilies,
  checkRefusedFamilies,
  isHere,
  warnOfMissing,
} from './check-host.js';
import { checkObjects, secretIn } from './check-objects.js';
import { checkScriptPaths, checkScripts } from './check-scripts.js';
import type { Configuration } from './configuration.js';
import { Collection } from './collection.js';
import { readDocument, type MapValue } from './document.js';
import { draftOf, type CompleteConfiguration, type DraftConfiguration } from './draft.js';
import type { Fault, Findings } from './fault.js';
import { hostFacts, type HostFacts } from './host-facts.js';
import { MAX_CONFIGURATION_BYTES, MAX_KEY_BYTES } from './limits.js';
import { readText } from './text-file.js';

export type LoadResult =
  | { readonly ok: true; readonly configuration: Configuration; readonly warnings: readonly Fault[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export interface LoadOptions {
  /** True: it is to be used here, so that interfaces, users and programs must exist. False: it may be another host's. */
  readonly onHost?: boolean;
  /**
   * True: where every interface that the file names is here, this is taken for its host as far as the families of
   * addresses go. Without `onHost` no interface, user or program needs to exist.
   */
  readonly familiesIfHere?: boolean;
  /** True: it is to be used here, although much may be missing yet; only what can never be is a fault (`checkRefusedFamilies`). */
  readonly certainOnly?: boolean;
}

/** Reads and checks a configuration file. Never throws; what is wrong comes back as faults, sorted by place. */
export function loadConfiguration(path: string, options: LoadOptions = {}): LoadResult {
  const read = readText(path);
  if ('fault' in read) return { ok: false, faults: [{ file: path, key: 'file', ...read.fault }] };
  const document = readDocument(read.text);
  const collected = new Collection(path, document.root);
  for (const fault of document.faults) collected.unreadable(fault);
  const { root } = document;
  if (root?.kind !== 'map') {
    if (root === null || collected.faulty) return refused(collected);
    const empty = root.kind === 'scalar' && root.value === null;
    const message = empty
      ? 'is empty: at least control and groups are needed'
      : 'must be a map: control: …, groups: …';
    collected.take({ ...root.place, key: 'file', message });
    return refused(collected);
  }
  return check(root, path, options, collected);
}

const refused = (collected: Collection): LoadResult => ({ ok: false, faults: collected.faults });

function check(root: MapValue, path: string, options: LoadOptions, collected: Collection): LoadResult {
  const facts = hostFacts(options.onHost === true);
  const directory = dirname(resolve(path));
  const draft = draftOf(root, collected);
  checkGroups(draft, collected);
  checkObjects(draft, collected);
  checkScriptPaths(draft, collected);
  checkScripts(draft, facts, collected);
  checkKeyFiles(draft, directory, collected);
  checkSecrets(draft, path, collected);
  if (facts.onHost) checkHost(draft, facts, collected);
  else if (options.certainOnly === true) checkRefusedFamilies(draft, facts, collected);
  else if (options.familiesIfHere === true) checkIfHere(draft, facts, collected);
  if (collected.faulty) return refused(collected);
  // Without a fault nothing of the draft is missing: what is left out is always reported.
  const configuration = assemble(draft as CompleteConfiguration, directory);
  checkSize(configuration, collected);
  return collected.faulty ? refused(collected) : { ok: true, configuration, warnings: collected.warnings };
}

function checkIfHere(draft: DraftConfiguration, facts: HostFacts, findings: Findings): void {
  if (isHere(draft, facts)) checkInterfaceFamilies(draft, facts, findings);
  else warnOfMissing(draft, facts, findings);
}

/** It must reach every role in one message. */
function checkSize(configuration: Configuration, findings: Findings): void {
  const keys = Object.values(configuration.groups).reduce((count, group) => count + group.key.length, 0);
  const bytes = Buffer.byteLength(JSON.stringify(configuration)) + keys * Math.ceil(MAX_KEY_BYTES / 3) * 4;
  if (bytes > MAX_CONFIGURATION_BYTES)
    findings.fault(
      ['groups'],
      `all of it together is too large (${String(bytes)} bytes where ${String(MAX_CONFIGURATION_BYTES)} are allowed): fewer groups, addresses or keys`,
    );
}

function checkSecrets(draft: DraftConfiguration, path: string, findings: Findings): void {
  const key = secretIn(draft);
  if (key === null) return;
  if ((modeOf(path) & 0o077) !== 0)
    findings.fault(key, `stands in a file that others can read: chmod 600 ${path}`);
}

function modeOf(path: string): number {
  try {
    return statSync(path).mode;
  } catch {
    return 0;
  }
}
