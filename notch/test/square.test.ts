import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inside, middle, moved, zoomOf, zoomed, type Square } from "../src/square.ts";

const photo = { width: 4000, height: 3000 };
const fits = ({ x, y, side }: Square): boolean =>
  x - side / 2 >= -1e-6 && y - side / 2 >= -1e-6 && x + side / 2 <= photo.width + 1e-6 && y + side / 2 <= photo.height + 1e-6;

describe("the square of a picture", () => {
  it("is at first the largest one, in the middle", () => {
    assert.deepEqual(middle(photo), { x: 2000, y: 1500, side: 3000 });
    assert.equal(zoomOf(middle(photo), photo), 0);
  });

  it("never leaves the picture, whatever is done to it", () => {
    let square = middle(photo);
    for (let step = 0; step < 200; step++) {
      square = step % 3 === 0 ? zoomed(square, (step * 37) % 130, photo, { x: (step % 7) / 6, y: (step % 5) / 4 }) : moved(square, Math.sin(step) * 2, Math.cos(step) * 2, photo);
      assert.ok(fits(square), JSON.stringify(square));
    }
  });

  it("keeps the point under the pointer where it is", () => {
    const at = { x: 0.25, y: 0.75 };
    const point = ({ x, y, side }: Square): [number, number] => [x + (at.x - 0.5) * side, y + (at.y - 0.5) * side];
    const [before, after] = [point(middle(photo)), point(zoomed(middle(photo), 60, photo, at))];
    assert.ok(Math.hypot(before[0] - after[0], before[1] - after[1]) < 1e-6);
  });

  it("tells the zoom that it was given", () => {
    for (const zoom of [0, 10, 50, 100]) assert.ok(Math.abs(zoomOf(zoomed(middle(photo), zoom, photo), photo) - zoom) < 1e-9);
  });

  it("of a tiny picture is all of it", () => {
    const tiny = { width: 20, height: 30 };
    assert.deepEqual(inside({ x: 500, y: -3, side: 900 }, tiny), { x: 10, y: 10, side: 20 });
    assert.equal(zoomOf(middle(tiny), tiny), 0);
  });
});
