// Elements in the source of a page, by their places: in HTML, in the templates of frameworks and in JSX. It reads what
// is written and runs nothing, so what a program puts together is not found.

/** An element in the source. */
export interface Element {
  name: string;
  start: number;
  end: number;
  attributes: string;
  attributesStart: number;
  inner: string;
  innerStart: number;
  innerEnd: number;
  /** What a reader sees of it. */
  text: string;
}

const ATTRIBUTES = '((?:"[^"]*"|\'[^\']*\'|\\{(?:[^{}]|\\{[^{}]*\\})*\\}|[^>"\'{])*?)';
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', ndash: '–', mdash: '—', rsquo: '’', lsquo: '‘', ldquo: '“', rdquo: '”', hellip: '…', copy: '©', eacute: 'é', uuml: 'ü', ouml: 'ö', auml: 'ä' };

export const isJsx = (path: string): boolean => /\.(?:jsx|tsx)$/.test(path);
const isMarkdown = (path: string): boolean => /\.mdx?$/.test(path);

/** What entities stand for. */
export function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,8}));/gi, (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** What a reader sees of a piece of source. */
export function visible(source: string): string {
  return decoded(source.replace(/<!--[\s\S]*?-->/g, '').replace(/<[^>]*>/g, ' ').replace(/\{['"`]([^{}]*?)['"`]\}/g, '$1')).replace(/\s+/g, ' ').trim();
}

/** A text as the source of this file writes it. */
export function written(text: string, path: string): string {
  if (isMarkdown(path)) return text;
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return isJsx(path) ? safe.replaceAll('{', '&#123;').replaceAll('}', '&#125;') : /\.(?:vue|svelte|astro|hbs|njk|liquid)$/.test(path) ? safe.replaceAll('{', '&#123;') : safe;
}

/** The source with what is no markup blanked out, every other character in its place. */
function onlyMarkup(source: string, path: string): string {
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ');
  const withoutComments = source.replace(/<!--[\s\S]*?-->/g, blank).replace(/\{\/\*[\s\S]*?\*\/\}/g, blank);
  if (isJsx(path)) return withoutComments;
  return withoutComments.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/gi, blank).replace(/^---\n[\s\S]*?\n---/, blank);
}

/** Elements with one of these names (a regular expression), in their order; of nested ones of one name, the inner end. */
export function elements(source: string, path: string, names: string): Element[] {
  const found: Element[] = [];
  const markup = onlyMarkup(source, path);
  const open = new RegExp(`<(${names})(?=[\\s>/])${ATTRIBUTES}>`, 'g');
  for (const match of markup.matchAll(open)) {
    const [whole, name = '', attributes = ''] = match;
    if (attributes.endsWith('/')) continue;
    const innerStart = match.index + whole.length;
    const innerEnd = closing(markup, name, innerStart);
    if (innerEnd < 0) continue;
    const inner = source.slice(innerStart, innerEnd);
    found.push({
      name: name.toLowerCase(),
      start: match.index,
      end: innerEnd + name.length + 3,
      attributes,
      attributesStart: match.index + 1 + name.length,
      inner,
      innerStart,
      innerEnd,
      text: visible(inner),
    });
  }
  return found;
}

/** Where the element that begins before `from` is closed, or -1. */
function closing(markup: string, name: string, from: number): number {
  const tag = new RegExp(`<(/?)${name}(?=[\\s>/])${ATTRIBUTES}>`, 'g');
  tag.lastIndex = from;
  for (let open = 1; ; ) {
    const match = tag.exec(markup);
    if (!match) return -1;
    if (match[1] === '/') open -= 1;
    else if (!(match[2] ?? '').endsWith('/')) open += 1;
    if (open === 0) return match.index;
  }
}

/** The value of an attribute that is written as text, and its place in the source. */
export function attribute(element: Element, names: string): { value: string; start: number; end: number } | null {
  const match = new RegExp(`(?:^|\\s)(?:${names})=(?:\\{\\s*)?(["'])(.*?)\\1`, 's').exec(element.attributes);
  if (!match) return null;
  const value = match[2] ?? '';
  const start = element.attributesStart + match.index + match[0].lastIndexOf(value + (match[1] ?? ''));
  return { value, start, end: start + value.length };
}

/** Headings of Markdown, as elements: `# A heading`. */
export function markdownHeadings(source: string): Element[] {
  return [...source.matchAll(/^(#{1,4})[ \t]+(.+?)[ \t]*#*$/gm)].map((match) => {
    const inner = match[2] ?? '';
    const innerStart = match.index + match[0].indexOf(inner);
    const innerEnd = innerStart + inner.length;
    return { name: `h${(match[1] ?? '').length}`, start: match.index, end: match.index + match[0].length, attributes: '', attributesStart: match.index, inner, innerStart, innerEnd, text: inner };
  });
}

/** Headings of a file, whatever it is written in. */
export function headings(source: string, path: string): Element[] {
  return isMarkdown(path) ? markdownHeadings(source) : elements(source, path, 'h[1-4]');
}
