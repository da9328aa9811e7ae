// HTML as text: what is inserted is escaped, unless it is HTML already.

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Insert = Html | readonly Html[] | string | number;

/** html`<b>${name}</b>` */
export function html(parts: TemplateStringsArray, ...inserts: readonly Insert[]): Html {
  const texts = inserts.map(textOf);
  return new Html(parts.map((part, index) => part + (texts[index] ?? '')).join(''));
}

function textOf(insert: Insert): string {
  if (insert instanceof Html) return insert.text;
  if (typeof insert === 'object') return insert.map(({ text }) => text).join('');
  return escape(String(insert));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
