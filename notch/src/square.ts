// Which square of a picture is shown: pure geometry. Lengths are in the picture's own pixels.

/** The middle of the square and its side. */
export interface Square {
  x: number;
  y: number;
  side: number;
}

export interface Size {
  width: number;
  height: number;
}

/** How much smaller than the largest one the square may be: more than this shows blurred pixels and nothing else. */
const MOST = 8;

/** The largest square, in the middle. */
export function middle({ width, height }: Size): Square {
  return { x: width / 2, y: height / 2, side: Math.min(width, height) };
}

/** The same square, moved back to where it is inside the picture. */
export function inside(square: Square, size: Size): Square {
  const largest = Math.min(size.width, size.height);
  const side = clamp(square.side, smallest(size), largest);
  return { side, x: clamp(square.x, side / 2, size.width - side / 2), y: clamp(square.y, side / 2, size.height - side / 2) };
}

/** Moved by parts of its own side: 1 is a whole square to the right, or down. */
export function moved(square: Square, right: number, down: number, size: Size): Square {
  return inside({ ...square, x: square.x + right * square.side, y: square.y + down * square.side }, size);
}

/** How large the picture is shown, from 0 (all that fits) to 100. Each step enlarges by the same factor. */
export function zoomOf(square: Square, size: Size): number {
  const range = Math.log(Math.min(size.width, size.height) / smallest(size));
  return range <= 0 ? 0 : (Math.log(Math.min(size.width, size.height) / square.side) / range) * 100;
}

/** Shown that large. The point `at`, in parts of the side from the upper left, stays where it is. */
export function zoomed(square: Square, zoom: number, size: Size, at = { x: 0.5, y: 0.5 }): Square {
  const largest = Math.min(size.width, size.height);
  const side = largest * (smallest(size) / largest) ** (clamp(zoom, 0, 100) / 100);
  const grown = square.side - side;
  return inside({ side, x: square.x + (at.x - 0.5) * grown, y: square.y + (at.y - 0.5) * grown }, size);
}

function smallest(size: Size): number {
  const largest = Math.min(size.width, size.height);
  return Math.min(largest, Math.max(largest / MOST, 64));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
