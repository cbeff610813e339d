// `/connect`: the window in which somebody agrees to be known in the frame on a site, or signs in first. It was opened by the
// frame and talks with that alone; the page around the frame can neither open it nor hear it. What is agreed to becomes a
// code, which the frame redeems with a secret of its own.

import { ask } from "./api.ts";
import { wireDialogs } from "./dialogs.ts";
import { find, need, say } from "./dom.ts";
import { type FromPopup, fromFrame } from "./handover.ts";
import { object, text } from "./json.ts";
import { wireSignIn } from "./sign-in.ts";

/** Nobody who was about to click on something else reads and agrees in less. */
const ARM_AFTER_MS = 700;
/** How long the frame may take to say where it stands. */
const ANSWER_MS = 4_000;
/** Windows of ours that end signed in say so here. All of them are pages of one origin at the top, so all hear it. */
const CHANNEL = "vetka-signed-in";

const MISMATCH = "The button that opened this window stands on another page than it says. Nothing was agreed to: close this window.";
const SILENT = "The page that opened this window does not answer. Close it and press the button there again.";

// Once more at the same address, by this page itself: the server takes the window for the frame's only when it came from us.
const again = (): void => location.replace(location.pathname + location.search);

const agree = find("agree", HTMLElement);
if (agree !== null) wireAgree(agree);
else if (find("signed-in", HTMLElement) !== null) {
  new BroadcastChannel(CHANNEL).postMessage("signed-in");
  window.close();
} else {
  wireDialogs();
  wireSignIn(again);
  // The provider's page may cut every tie to the window that opened it, and so to the frame. It gets a window of its own.
  for (const form of document.querySelectorAll<HTMLFormElement>("form[action='/sign-in/social']")) form.target = "_blank";
  new BroadcastChannel(CHANNEL).addEventListener("message", again);
}

function wireAgree(agree: HTMLElement): void {
  const { challenge = "", state = "", origin = "" } = agree.dataset;
  const app = location.origin;
  const opener = window.opener as Window | null;
  const yes = need("agree-yes", HTMLButtonElement);
  const no = need("agree-no", HTMLButtonElement);
  const form = need("agree-form", HTMLFormElement);
  const share = need("agree-share", HTMLInputElement);
  const wrong = need("agree-wrong", HTMLElement);
  let heard = opener === null;
  let armed = false;

  const settle = (): void => {
    yes.disabled = no.disabled = !(heard && armed);
  };
  const tell = (message: FromPopup): void => opener?.postMessage(message, app);
  const refuse = (why: string): void => {
    heard = false;
    settle();
    say(wrong, why);
  };

  setTimeout(() => {
    armed = true;
    settle();
  }, ARM_AFTER_MS);

  if (opener !== null) {
    const late = setTimeout(() => heard || refuse(SILENT), ANSWER_MS);
    addEventListener("message", (event) => {
      const who = fromFrame(event, opener, app, state);
      if (who === null) return;
      clearTimeout(late);
      if (who.origin !== origin || !standsOn(opener, origin)) return refuse(MISMATCH);
      heard = true;
      say(wrong, "");
      settle();
    });
    tell({ t: "hello", s: state });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!event.isTrusted || yes.disabled) return;
    void (async () => {
      yes.disabled = no.disabled = true;
      say(wrong, "");
      const answer = await ask("/api/notch/grants", { method: "POST", body: { challenge, origin, share: share.checked, typed: opener === null } });
      const code = answer.ok ? text(object(answer.body) ?? {}, "code") : "";
      if (!answer.ok || code === "") {
        if (!answer.ok && answer.status === 401) return again();
        say(wrong, answer.ok ? SILENT : answer.message);
        return settle();
      }
      if (opener === null) return showCode(code);
      tell({ t: "code", s: state, code });
      window.close();
    })();
  });

  no.addEventListener("click", () => {
    tell({ t: "no", s: state });
    window.close();
  });

  need("agree-other", HTMLButtonElement).addEventListener("click", () => {
    void ask("/api/auth/sign-out", { method: "POST", body: {} }).then(again);
  });

  function showCode(code: string): void {
    form.hidden = true;
    need("agree-change", HTMLElement).hidden = true;
    const typed = need("agree-typed", HTMLElement);
    typed.hidden = false;
    need("agree-code", HTMLElement).textContent = `${code.slice(0, 4)}-${code.slice(4)}`;
  }
}

/** Whether the frame that opened us stands on a page of that origin itself. The browser says so, where it does; the frame has too. */
function standsOn(frame: Window, origin: string): boolean {
  try {
    const around = (frame.location as Location & { ancestorOrigins?: DOMStringList }).ancestorOrigins;
    return around === undefined || (around.length === 1 && around[0] === origin);
  } catch {
    // It is no page of ours any more.
    return false;
  }
}
