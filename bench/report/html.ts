// The two things that the report writes over and over.

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');

type Cell = string | { readonly bad: string };

/** Cells are text, not markup; a bad one stands out. */
export function htmlTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cell = (content: Cell): string =>
    typeof content === 'string'
      ? `<td>${escapeHtml(content)}</td>`
      : `<td class="bad">${escapeHtml(content.bad)}</td>`;
  const heads = head.map((each) => `<th>${escapeHtml(each)}</th>`).join('');
  const lines = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`);
  return `<table><tr>${heads}</tr>\n${lines.join('\n')}</table>`;
}
