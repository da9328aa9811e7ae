// The enterprise number stands in one place, the MIB, which is shipped: what is sent and what a management station
// decodes cannot disagree.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const MIB_FILE = fileURLToPath(new URL('../../../../mib/RAISD-MIB', import.meta.url));

/** The number under `enterprises` in the MIB. Throws where the file is missing or has none. */
export function enterpriseNumber(file: string = MIB_FILE): number {
  const digits = /^raisd\s+OBJECT IDENTIFIER\s*::=\s*\{\s*enterprises\s+(\d+)\s*\}/m.exec(
    readFileSync(file, 'utf8'),
  )?.[1];
  if (digits === undefined)
    throw new Error(`${file}: no line "raisd OBJECT IDENTIFIER ::= { enterprises N }"`);
  return Number(digits);
}
