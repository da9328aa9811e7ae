// How much room text takes on a terminal, and how it is brought to a width at its spaces.

import { stripVTControlCharacters } from 'node:util';

/** Without what only colours it. */
export const visibleLength = (text: string): number => stripVTControlCharacters(text).length;

/** Rows of the terminal that the line takes: at its end the terminal goes on below. */
export const rowsOf = (line: string, columns: number): number =>
  Math.max(1, Math.ceil(visibleLength(line) / columns));

/** The words in lines of at most `width` characters; a word that is longer has a line of its own. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && visibleLength(line) + 1 + visibleLength(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
