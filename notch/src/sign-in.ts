// The sign-in dialog: an address, then the six digits. Speaks BetterAuth's wire; owns the words for what goes wrong.

import { ask, type Failure } from "./api.ts";
import { digitsOf, isWhole } from "./code.ts";
import { blame, find, need, say } from "./dom.ts";
import { countdown } from "./format.ts";
import { type Pending, forget, recall, remember } from "./pending.ts";
import { wordsFor } from "./sign-in-words.ts";
import { isWaiting, wait } from "./wait.ts";

function goOn(next: string | undefined): void {
  location.assign(next === undefined ? "/after-sign-in" : `/after-sign-in?next=${encodeURIComponent(next)}`);
}

/** Between two mails to the same address. */
const RESEND_AFTER_MS = 30_000;

/** `arrive` goes on once somebody is signed in; without one that is to the page they wanted, or home. */
export function wireSignIn(arrive: (next: string | undefined) => void = goOn): void {
  const dialog = find("sign-in", HTMLDialogElement);
  if (dialog === null) return;
  const title = need("sign-in-title", HTMLElement);
  const providers = find("sign-in-providers", HTMLElement);
  const emailForm = need("sign-in-email", HTMLFormElement);
  const email = need("email", HTMLInputElement);
  const emailWrong = need("email-wrong", HTMLElement);
  const codeStep = need("sign-in-code", HTMLElement);
  const codeForm = need("code-form", HTMLFormElement);
  const code = need("code", HTMLInputElement);
  const codeWrong = need("code-wrong", HTMLElement);
  const codeState = need("code-state", HTMLElement);
  const again = need("code-again", HTMLFormElement);
  const againButton = again.querySelector("button");
  const emailButton = emailForm.querySelector<HTMLButtonElement>("button[type=submit]");
  const codeButton = codeForm.querySelector<HTMLButtonElement>("button[type=submit]");
  let pending: Pending | null = null;
  let busy = false;
  /** The code was right, and the page is on its way: what is pressed now would only try a used code. */
  let signedIn = false;
  // A page that somebody comes back to is as they left it.
  addEventListener("pageshow", () => (signedIn = false));

  const showEmail = (): void => {
    pending = null;
    forget();
    codeStep.hidden = true;
    emailForm.hidden = false;
    if (providers !== null) providers.hidden = false;
    say(title, "Sign in or start");
    email.focus();
    email.select();
  };

  const showCode = (next: Pending): void => {
    pending = next;
    for (const failure of dialog.querySelectorAll(".failure")) failure.remove();
    if (providers !== null) providers.hidden = true;
    emailForm.hidden = true;
    codeStep.hidden = false;
    say(title, "Check your mail");
    for (const place of codeStep.querySelectorAll("[data-email]")) say(place, next.email);
    for (const field of codeStep.querySelectorAll<HTMLInputElement>("input[name=email]")) field.value = next.email;
    code.value = "";
    blame(code, codeWrong, "");
    code.focus();
    tick();
  };

  const tick = (): void => {
    if (pending === null || againButton === null || isWaiting(againButton)) return;
    const left = pending.sentAt + RESEND_AFTER_MS - Date.now();
    againButton.disabled = left > 0;
    say(againButton, left > 0 ? `Send a new code in ${countdown(left / 1000)}` : "Send a new code");
    if (left > 0) setTimeout(tick, 1000);
  };

  /** Says what went wrong; when it is only a matter of time, the button wakes up by itself and the words go. */
  const blameFor = (failed: Failure, input: HTMLInputElement, wrong: HTMLElement, button: HTMLButtonElement | null): void => {
    blame(input, wrong, wordsFor(failed));
    if (failed.status === 429 && failed.retryAfter !== null && button !== null) wait(button, failed.retryAfter, () => blame(input, wrong, ""));
  };

  const send = async (address: string): Promise<Failure | null> => {
    const answer = await ask("/api/auth/email-otp/send-verification-otp", { method: "POST", body: { email: address, type: "sign-in" } });
    return answer.ok ? null : answer;
  };

  const alone = async (form: HTMLFormElement, work: () => Promise<void>): Promise<void> => {
    if (busy || signedIn) return;
    busy = true;
    form.setAttribute("aria-busy", "true");
    try {
      await work();
    } finally {
      busy = false;
      form.removeAttribute("aria-busy");
    }
  };

  const signIn = (): Promise<void> =>
    alone(codeForm, async () => {
      if (codeButton !== null && isWaiting(codeButton)) return;
      const address = pending?.email ?? email.value.trim();
      const otp = digitsOf(code.value);
      if (!isWhole(otp)) {
        blame(code, codeWrong, "The code has six digits.");
        return;
      }
      blame(code, codeWrong, "");
      say(codeState, "Looking at the code…");
      const answer = await ask("/api/auth/sign-in/email-otp", { method: "POST", body: { email: address, otp } });
      if (answer.ok) {
        signedIn = true;
        say(codeState, "That is right. One moment.");
        forget();
        arrive(dialog.dataset["next"]);
        return;
      }
      say(codeState, "");
      const meanwhile = digitsOf(code.value);
      if (isWhole(meanwhile) && meanwhile !== otp) {
        // Another code was typed while this one was being looked at, and nobody heard it.
        setTimeout(() => void signIn());
        return;
      }
      blameFor(answer, code, codeWrong, codeButton);
      code.focus();
      code.select();
    });

  emailForm.addEventListener("submit", (event) => {
    event.preventDefault();
    void alone(emailForm, async () => {
      const address = email.value.trim();
      blame(email, emailWrong, "");
      const failed = await send(address);
      if (failed !== null) {
        blameFor(failed, email, emailWrong, emailButton);
        email.focus();
        return;
      }
      showCode(remember(address, Date.now()));
    });
  });

  again.addEventListener("submit", (event) => {
    event.preventDefault();
    const address = pending?.email;
    if (address === undefined) return;
    void alone(again, async () => {
      blame(code, codeWrong, "");
      const failed = await send(address);
      if (failed !== null) {
        blameFor(failed, code, codeWrong, againButton);
        return;
      }
      showCode(remember(address, Date.now()));
      say(codeState, "A new code is on its way. Only the newest one works.");
    });
  });

  codeForm.addEventListener("submit", (event) => {
    event.preventDefault();
    void signIn();
  });

  code.addEventListener("input", () => {
    const digits = digitsOf(code.value);
    if (digits !== code.value) code.value = digits;
    if (codeWrong.textContent !== "" && !(codeButton !== null && isWaiting(codeButton))) blame(code, codeWrong, "");
    if (isWhole(digits)) void signIn();
  });
  // Without this a pasted mail would be cut at the field's length before it is read.
  code.addEventListener("paste", (event) => {
    const pasted = digitsOf(event.clipboardData?.getData("text") ?? "");
    if (!isWhole(pasted)) return;
    event.preventDefault();
    code.value = pasted;
    void signIn();
  });

  for (const link of dialog.querySelectorAll("[data-other-address]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      showEmail();
    });
  }

  // A phone may drop the page while its owner reads the mail; the way back leads to the same step. A page that came
  // with the code step open was sent by the server just now.
  const came = codeStep.hidden ? recall(Date.now()) : { email: codeStep.querySelector("[data-email]")?.textContent ?? "", sentAt: Date.now() };
  if (came !== null) {
    const words = codeWrong.textContent ?? "";
    if (!dialog.open) dialog.showModal();
    showCode(came);
    if (words !== "") blame(code, codeWrong, words);
  }
}
