// A page to try the frame out on that changes its address without loading, as many out on the web do.

const nav = document.querySelector("nav");
nav?.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-step]") : null;
  if (link === null) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  show();
});
addEventListener("popstate", show);

function show(): void {
  const step = new URLSearchParams(location.search).get("step") ?? "";
  const heading = document.querySelector("h1");
  if (heading !== null) heading.textContent = `Step ${step}`;
  document.title = `Step ${step}`;
}
