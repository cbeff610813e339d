// Drawings in the hand of the mark: 24 units square, strokes with round ends. Made element by element: nothing of a drawing is
// ever read as markup, so one that came from elsewhere can be a bad picture and nothing else.

const SVG = "http://www.w3.org/2000/svg";

/** What a signal looks like: whether it is of the coral family, what it says, its shape, lines that are only stroked, and where a dot is. */
export type Drawing = [coral: 0 | 1, says: string, shape: string, lines?: string, dotY?: number];

/** Makes an element of a drawing. */
export function svg(tag: string, attributes: Record<string, unknown>, ...inside: Element[]): Element {
  const element = document.createElementNS(SVG, tag);
  for (const name in attributes) element.setAttribute(name, String(attributes[name]));
  element.append(...inside);
  return element;
}

/** A drawing, as decoration: the words stand on what holds it. How large it is and how it is stroked is for the styles to say. */
export const picture = (attributes: Record<string, unknown>, ...inside: Element[]): Element => svg("svg", { viewBox: "0 0 24 24", "aria-hidden": true, ...attributes }, ...inside);

/** Draws a signal. */
export function draw([coral, , shape, lines, dotY]: Drawing): Element {
  const stroke = coral ? "#E8543A" : "#6B8C7D";
  const drawn = picture({ stroke }, svg("path", coral ? { d: shape, fill: "#FDDCCC" } : { d: shape, fill: stroke, "fill-opacity": 0.2 }));
  if (lines) drawn.append(svg("path", { d: lines }));
  if (dotY) drawn.append(svg("circle", { cx: 12, cy: dotY, r: 1.5, fill: stroke, stroke: "none" }));
  return drawn;
}
