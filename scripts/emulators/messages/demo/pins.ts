// Pins: elements of the preview that a person pointed at. The product puts a line for each in front of the message:
//   [Pinned: element h1, selector main > h1, text 'Welcome']

export interface Pin {
  /** Name of the element, lower case; empty when it was not said. */
  element: string;
  selector: string;
  text: string;
}

const unquoted = (text: string): string => text.trim().replace(/^["'“‘`](.*)["'”’`]$/s, '$1').trim();

function parsePin(inside: string): Pin {
  const textAt = /[\s,;]text:?\s*(?=["'“‘])/.exec(inside);
  const text = textAt ? unquoted(inside.slice(textAt.index + textAt[0].length)) : '';
  const rest = textAt ? inside.slice(0, textAt.index) : inside;
  const selector = /\bselector:?\s+(.+?)\s*[,;]?\s*$/s.exec(rest)?.[1] ?? '';
  const element = /\belement:?\s+[<"'`]?([a-z][a-z0-9-]*)/i.exec(rest)?.[1] ?? /([a-z][a-z0-9]*)[^\s>]*$/i.exec(unquoted(selector))?.[1] ?? '';
  return { element: element.toLowerCase(), selector: unquoted(selector), text };
}

/** Takes the pins out of a message. */
export function parsePins(message: string): { words: string; pins: Pin[] } {
  const pins: Pin[] = [];
  const words = message
    .split('\n')
    .filter((line) => {
      const inside = /^\s*\[Pinned:(.*)\]\s*$/i.exec(line)?.[1];
      if (inside === undefined) return true;
      pins.push(parsePin(` ${inside}`));
      return false;
    })
    .join('\n')
    .trim();
  return { words, pins };
}
