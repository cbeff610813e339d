// Rules and declarations in a stylesheet's source, by their places. In a page, only what stands in its style elements.

/** `selector { … }`. */
export interface Rule {
  selector: string;
  bodyStart: number;
  bodyEnd: number;
}

/** `property: value`. */
export interface Declaration {
  property: string;
  value: string;
  /** The place of the value. */
  start: number;
  end: number;
}

const blank = (part: string): string => part.replace(/[^\n]/g, ' ');

/** The source with everything that is no CSS blanked out. */
function onlyStyles(source: string, path: string): string {
  const css = /\.(?:css|scss|sass|less)$/.test(path) ? source : keptStyles(source);
  return css.replace(/\/\*[\s\S]*?\*\//g, blank);
}

function keptStyles(source: string): string {
  let kept = '';
  let at = 0;
  for (const match of source.matchAll(/(<style\b[^>]*>)([\s\S]*?)<\/style>/gi)) {
    const start = match.index + (match[1] ?? '').length;
    kept += blank(source.slice(at, start)) + (match[2] ?? '');
    at = start + (match[2] ?? '').length;
  }
  return kept + blank(source.slice(at));
}

/** The innermost rules of a file, in their order. Selectors are without line breaks. */
export function rules(source: string, path: string): Rule[] {
  return [...onlyStyles(source, path).matchAll(/([^{};]+)\{([^{}]*)\}/g)].map((match) => {
    const bodyStart = match.index + (match[1] ?? '').length + 1;
    return { selector: (match[1] ?? '').replace(/\s+/g, ' ').trim(), bodyStart, bodyEnd: bodyStart + (match[2] ?? '').length };
  });
}

/** The declarations of a rule. */
export function declarations(source: string, { bodyStart, bodyEnd }: Rule): Declaration[] {
  const body = source.slice(bodyStart, bodyEnd).replace(/\/\*[\s\S]*?\*\//g, blank);
  return [...body.matchAll(/(?<=^|[;{\s])(--[\w-]+|[a-z-]+)\s*:\s*([^;]+?)(?=\s*(?:;|$))/g)].map((match) => {
    const value = match[2] ?? '';
    const start = bodyStart + match.index + match[0].length - value.length;
    return { property: match[1] ?? '', value, start, end: start + value.length };
  });
}

/** The name in `var(--name)`, when the value is nothing but that. */
export const variableIn = (value: string): string | null => /^var\(\s*(--[\w-]+)\s*(?:,[^)]*)?\)$/.exec(value.trim())?.[1] ?? null;

/** Where the next rule may be put: at the end of the styles. */
export function endOfStyles(source: string, path: string): number | null {
  const last = rules(source, path).at(-1);
  return last ? last.bodyEnd + 1 : /\.(?:css|scss|less)$/.test(path) ? source.trimEnd().length : null;
}
