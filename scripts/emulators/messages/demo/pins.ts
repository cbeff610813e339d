// Pins: elements of the preview that a person pointed at. The product names them below the message, a line for each:
//   They pointed at these places in the preview:
//   1. Ann points at the heading “Welcome”; on the page "/"; selector "main > h1"; which says "Welcome"; the preview was 390
//      pixels wide. What Ann wishes there: warmer
// (in one line).

export interface Pin {
  /** Name of the element, lower case; empty when it was not said. */
  element: string;
  selector: string;
  text: string;
  /** What is wished there; empty when nothing is said of it. */
  wish: string;
}

const BEGINNING = /^They pointed at these places in the preview:$/;

/** What stands in quotation marks after a word, as JSON has it. */
function said(line: string, word: string): string {
  const quoted = new RegExp(`; ${word} ("(?:[^"\\\\]|\\\\.)*")`).exec(line)?.[1];
  return quoted === undefined ? '' : String(JSON.parse(quoted));
}

function parsePin(line: string): Pin {
  const selector = said(line, 'selector');
  const element = /([a-z][a-z0-9]*)[^\s>]*$/i.exec(selector)?.[1] ?? '';
  return { element: element.toLowerCase(), selector, text: said(line, 'which says'), wish: /\. What (?:is wished|.+? wishes) there: (.+)$/.exec(line)?.[1] ?? '' };
}

/** Takes the pins out of a message. What is wished at one of them is part of the words. */
export function parsePins(message: string): { words: string; pins: Pin[] } {
  const lines = message.split('\n');
  const at = lines.findIndex((line) => BEGINNING.test(line));
  if (at === -1) return { words: message.trim(), pins: [] };
  const pins = lines.slice(at + 1).filter((line) => /^\d+\. /.test(line)).map(parsePin);
  const wishes = pins.flatMap(({ wish }) => (wish === '' ? [] : [wish]));
  return { words: [...lines.slice(0, at), ...wishes].join('\n').trim(), pins };
}
