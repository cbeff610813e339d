/** The rows of all tables of a Markdown text, cell by cell, without their heads. */
export function rows(text: string): string[][] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const isHead = /^\|[-\s:|]+\|$/.test(lines[at + 1] ?? '');
    if (!line.startsWith('|') || isHead || /^\|[-\s:|]+\|$/.test(line)) return [];
    return [line.slice(1, line.lastIndexOf('|')).split('|').map((cell) => cell.trim())];
  });
}
