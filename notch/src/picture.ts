// Choosing a picture of oneself: it is cut to a square and encoded anew here, so that what is sent holds nothing but the
// pixels that are shown. Where and when it was taken never leaves this machine.

import { failure, type Answer } from "./api.ts";
import { find, h, need, say } from "./dom.ts";
import { type Wire, object, text } from "./json.ts";
import { type Size, type Square, inside, middle, moved, zoomOf, zoomed } from "./square.ts";

/** Width and height of what is sent, which the server insists on. */
const SIDE = 512;
const MAX_BYTES = 300 * 1024;
/** A phone's picture has some 12 million points; beyond this a tab may run out of memory. */
const MAX_POINTS = 120_000_000;
const QUALITIES = [0.9, 0.8, 0.65, 0.5, 0.35];

export function wirePicture(said: (words: string) => void): void {
  const choose = find("choose-picture", HTMLButtonElement);
  if (choose === null) return;
  const file = need("picture-file", HTMLInputElement);
  const wrong = need("picture-wrong", HTMLElement);
  const dialog = need("crop", HTMLDialogElement);
  const view = need("crop-view", HTMLCanvasElement);
  const zoom = need("zoom", HTMLInputElement);
  const use = need("use-picture", HTMLButtonElement);
  const cropWrong = need("crop-wrong", HTMLElement);
  const pen = view.getContext("2d");
  if (pen === null) return;
  let picture: ImageBitmap | null = null;
  let square: Square = { x: 0, y: 0, side: 1 };

  const draw = (next: Square): void => {
    if (picture === null) return;
    square = next;
    // Transparent places become white, as on paper.
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(picture, square.x - square.side / 2, square.y - square.side / 2, square.side, square.side, 0, 0, SIDE, SIDE);
    zoom.value = String(Math.round(zoomOf(square, picture)));
  };
  const size = (): Size => picture ?? { width: 1, height: 1 };
  const enlarge = (by: number): void => draw(zoomed(square, zoomOf(square, size()) + by, size()));

  choose.addEventListener("click", () => file.click());
  file.addEventListener("change", () => void open());

  async function open(): Promise<void> {
    const chosen = file.files?.[0];
    file.value = "";
    if (chosen === undefined) return;
    say(wrong, "");
    try {
      picture?.close();
      picture = null;
      picture = await createImageBitmap(chosen, { imageOrientation: "from-image" });
      if (picture.width * picture.height > MAX_POINTS) throw new RangeError("too many points");
    } catch {
      say(wrong, "This browser cannot read that picture. Choose another one, a photo in JPEG or PNG say.");
      return;
    }
    say(cropWrong, "");
    draw(inside(middle(picture), picture));
    dialog.showModal();
    view.focus();
  }

  wireMoves(view, { now: () => square, size, draw, enlarge });
  zoom.addEventListener("input", () => draw(zoomed(square, Number(zoom.value), size())));
  need("smaller", HTMLButtonElement).addEventListener("click", () => enlarge(-10));
  need("larger", HTMLButtonElement).addEventListener("click", () => enlarge(10));
  dialog.addEventListener("close", () => {
    picture?.close();
    picture = null;
    choose.focus();
  });

  use.addEventListener("click", async () => {
    if (use.getAttribute("aria-disabled") === "true") return;
    use.setAttribute("aria-disabled", "true");
    say(use, "Saving it…");
    say(cropWrong, "");
    const encoded = await encode(view);
    const answer = encoded === null ? failure(0, null, null) : await send(encoded);
    use.removeAttribute("aria-disabled");
    say(use, "Use this picture");
    if (!answer.ok) {
      say(cropWrong, encoded === null ? "This browser could not save the picture. Try another browser." : answer.message);
      return;
    }
    show(text(object<Wire<"Account">>(answer.body) ?? { image: "" }, "image"));
    say(choose, "Choose another picture");
    need("remove-picture", HTMLFormElement).hidden = false;
    dialog.close();
    said("Your new picture is saved.");
  });
}

interface Hands {
  now: () => Square;
  size: () => Size;
  draw: (square: Square) => void;
  enlarge: (by: number) => void;
}

/** Dragging with one finger, pinching with two, the wheel, and the keys. */
function wireMoves(view: HTMLCanvasElement, { now, size, draw, enlarge }: Hands): void {
  const fingers = new Map<number, { x: number; y: number }>();
  const apart = (): number => {
    const [one, two] = [...fingers.values()];
    return one === undefined || two === undefined ? 0 : Math.hypot(one.x - two.x, one.y - two.y);
  };

  view.addEventListener("pointerdown", (event) => {
    view.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    view.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
  view.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    const distance = apart();
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const shown = view.getBoundingClientRect().width;
    const share = 1 / Math.max(1, fingers.size);
    draw(moved(now(), ((before.x - event.clientX) / shown) * share, ((before.y - event.clientY) / shown) * share, size()));
    if (distance > 0 && apart() > 0) {
      const square = now();
      draw(inside({ ...square, side: square.side * (distance / apart()) }, size()));
    }
  });
  view.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const box = view.getBoundingClientRect();
      const at = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
      draw(zoomed(now(), zoomOf(now(), size()) - Math.sign(event.deltaY) * 4, size(), at));
    },
    { passive: false },
  );
  view.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.2 : 0.04;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => draw(moved(now(), -step, 0, size())),
      ArrowRight: () => draw(moved(now(), step, 0, size())),
      ArrowUp: () => draw(moved(now(), 0, -step, size())),
      ArrowDown: () => draw(moved(now(), 0, step, size())),
      "+": () => enlarge(5),
      "=": () => enlarge(5),
      "-": () => enlarge(-5),
    };
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  });
}

/** WebP, or JPEG where a browser cannot write it, small enough to be taken. */
async function encode(view: HTMLCanvasElement): Promise<Blob | null> {
  for (const type of ["image/webp", "image/jpeg"]) {
    for (const quality of QUALITIES) {
      const blob = await new Promise<Blob | null>((resolve) => view.toBlob(resolve, type, quality));
      // A browser that cannot write a type gives PNG instead.
      if (blob?.type !== type) break;
      if (blob.size <= MAX_BYTES) return blob;
    }
  }
  return null;
}

async function send(picture: Blob): Promise<Answer> {
  try {
    const response = await fetch("/api/account/picture", {
      method: "PUT",
      credentials: "same-origin",
      headers: { accept: "application/json", "content-type": picture.type },
      body: picture,
    });
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return { ok: true, status: response.status, body };
    return failure(response.status, body, response.headers.get("retry-after"));
  } catch {
    return failure(0, null, null);
  }
}

/** In every place of the page where it stands. */
function show(address: string): void {
  for (const avatar of document.querySelectorAll(".avatar[data-own]")) {
    avatar.replaceChildren(h("img", { src: new URL(address).pathname, alt: "", width: SIDE, height: SIDE }));
  }
}
