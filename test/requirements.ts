// `npm run requirements`: which test proves which requirement. A requirement that has to be proven by now and is named
// by no test is an error, and so is a test that is skipped.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What has been built so far, by the numbers of the requirements. */
const BUILT: readonly (number | readonly [from: number, to: number])[] = [
  [1, 45],
  [50, 61],
];

interface Proof {
  readonly file: string;
  readonly name: string;
}

const proofs = new Map<number, Proof[]>();
const skipped: Proof[] = [];

for (const file of testFiles('test')) {
  const source = readFileSync(file, 'utf8');
  for (const match of source.matchAll(
    /\b(?:test|it)(\.skip|\.todo|\.only)?\(\s*(['"`])((?:\\.|(?!\2)[^\\])*)\2/gs,
  )) {
    const [, modifier, , name = ''] = match;
    if (modifier !== undefined) skipped.push({ file, name });
    for (const number of requirementsIn(name))
      proofs.set(number, [...(proofs.get(number) ?? []), { file, name }]);
  }
}

/** `R24, R26: …` and `R1–R3: …` at the head of a name, or anywhere in it. */
function requirementsIn(name: string): Set<number> {
  return new Set([...name.matchAll(/\bR(\d{1,2})\b/g)].map((match) => Number(match[1])));
}

function testFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return testFiles(path);
      return entry.name.endsWith('.test.ts') ? [path] : [];
    })
    .sort();
}

const required = BUILT.flatMap((entry) => {
  if (typeof entry === 'number') return [entry];
  const [from, to] = entry;
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
});

if (process.argv.includes('--list')) {
  for (const number of [...proofs.keys()].sort((a, b) => a - b)) {
    console.log(`R${String(number)}`);
    for (const { file, name } of proofs.get(number) ?? []) console.log(`    ${file}: ${name}`);
  }
}

const unproven = required.filter((number) => !proofs.has(number));
for (const number of unproven) console.error(`R${String(number)}: no test names it`);
for (const { file, name } of skipped) console.error(`${file}: skipped or exclusive: ${name}`);
console.log(
  `${String(required.length)} requirements built, ${String(unproven.length)} of them without a test`,
);
process.exitCode = unproven.length + skipped.length === 0 ? 0 : 1;
