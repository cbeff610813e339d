// Text into HTML. What a person wrote goes through `escape`, always; a `Markup` is what already has.

/** HTML that is safe to put into a page as it is. */
export interface Markup {
  readonly html: string;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

type Value = string | number | Markup | readonly Markup[] | null;

function render(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return escape(value);
  if (typeof value === 'number') return String(value);
  return 'html' in value ? value.html : value.map(({ html }) => html).join('\n');
}

/** A template whose every hole is escaped unless it holds markup. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Markup {
  return { html: parts.reduce((result, part, index) => result + render(values[index - 1] ?? null) + part) };
}

/** Markup that this program wrote itself, such as a drawing. Never for a person's text. */
export function trusted(markup: string): Markup {
  return { html: markup };
}
