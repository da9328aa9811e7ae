// A misspelling is answered with the word that was probably meant.

/** Insertions, removals, replacements and swaps of neighbours that turn `from` into `to`. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let best = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    [beforeLast, last] = [last, row];
  }
  return last[to.length] ?? 0;
}

const LONGEST = 64;

/** The candidate that `word` was probably meant to be, or null if none is close: a third of its letters may differ. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > LONGEST) return null;
  const plain = simplified(word);
  let found: string | null = null;
  let smallest = Infinity;
  for (const candidate of candidates) {
    const distance = editDistance(plain, simplified(candidate));
    if (distance < smallest && distance <= Math.max(plain.length, candidate.length) / 3)
      [found, smallest] = [candidate, distance];
  }
  return found;
}

/** `highWater`, `high_water` and `High-Water` all mean `high-water`. */
const simplified = (word: string): string =>
  word
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();

/** `; did you mean web?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const meant = nearest(word, candidates);
  return meant === null ? '' : `; did you mean ${meant}?`;
}
