// Which files may be changed. The product says it in the system prompt: a line that speaks of the only files that may be
// changed, and patterns after it, in the line itself or as a list below.

import { matchesGlob } from 'node:path';

const SPEAKS_OF_IT = /\bonly\b[^\n]*\b(?:modify|change|edit|touch)\b[^\n]*|\b(?:modify|change|edit|touch)\b[^\n]*\bonly\b[^\n]*/i;
const PATTERN = /^[\w@*?{}[\],./!+-]*[*/.][\w@*?{}[\],./!+-]*$/;

function patternsIn(line: string): string[] {
  const quoted = [...line.matchAll(/[`"']([^`"']+)[`"']/g)].map((match) => match[1] ?? '');
  const words = quoted.length > 0 ? quoted : line.replace(/^\s*[-*•]\s+/, '').split(/,\s+|\s+/);
  return words.map((word) => word.replace(/[.:;]$/, '')).filter((word) => PATTERN.test(word));
}

/** The patterns of a system prompt; empty when it allows everything. */
export function allowedPatterns(system: string): string[] {
  const lines = system.split('\n');
  const at = lines.findIndex((line) => SPEAKS_OF_IT.test(line) && /\b(?:file|pattern|path)s?\b/i.test(line));
  if (at < 0) return [];
  const line = lines[at] ?? '';
  const patterns = patternsIn(line.includes(':') ? line.slice(line.indexOf(':') + 1) : line);
  for (const below of lines.slice(at + 1)) {
    const found = patternsIn(below);
    if (found.length === 0) {
      if (below.trim() === '' && patterns.length === 0) continue;
      break;
    }
    patterns.push(...found);
  }
  return patterns;
}

function matches(path: string, pattern: string): boolean {
  if (pattern.endsWith('/')) return path.startsWith(pattern);
  return matchesGlob(path, pattern) || (!pattern.includes('/') && matchesGlob(path.slice(path.lastIndexOf('/') + 1), pattern));
}

/**
 * True when the file, by its path from the workspace, may be changed. A pattern without a slash means a name anywhere, one
 * that begins with `!` takes files out again.
 */
export function mayChange(path: string, patterns: readonly string[]): boolean {
  const clean = patterns.map((pattern) => pattern.replace(/^(!?)\.?\//, '$1'));
  const wanted = clean.filter((pattern) => !pattern.startsWith('!'));
  const unwanted = clean.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  return (wanted.length === 0 || wanted.some((pattern) => matches(path, pattern))) && !unwanted.some((pattern) => matches(path, pattern));
}
