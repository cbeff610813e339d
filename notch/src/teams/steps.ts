// Setting a project up, a step at a time. The step stands in the address, so that going back goes back one.

export interface Steps {
  /** On to the next one. */
  next: () => void;
}

/** Wires the steps, on a page that has them. */
export function wireSteps(): Steps | null {
  const sections = [...document.querySelectorAll<HTMLElement>("#setup .step")];
  if (sections.length === 0) return null;
  const links = [...document.querySelectorAll<HTMLAnchorElement>("#setup .steps a")];
  const current = (): number => Math.max(0, sections.findIndex(({ id }) => `#${id}` === location.hash));

  const show = (moved: boolean): void => {
    const at = current();
    for (const [index, section] of sections.entries()) section.hidden = index !== at;
    for (const [index, link] of links.entries()) {
      if (index === at) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
      link.parentElement?.classList.toggle("passed", index < at);
    }
    if (!moved) return;
    scrollTo({ top: 0 });
    sections[at]?.querySelector("h2")?.focus({ preventScroll: true });
  };
  const to = (at: number): void => {
    const id = sections[at]?.id;
    if (id !== undefined) location.hash = id;
  };
  window.addEventListener("hashchange", () => show(true));
  for (const button of document.querySelectorAll("#setup [data-back]")) button.addEventListener("click", () => to(current() - 1));
  show(false);
  return { next: () => to(current() + 1) };
}
