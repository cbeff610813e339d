// A model into the files of a site. Pure: the same model gives the same bytes, so a change of one thing shows
// up in the files of that thing and nowhere else.

import { favicon } from './art.ts';
import { html, type Markup } from './html.ts';
import { writeModel, type Page, type SiteModel } from './model.ts';
import { art, sectionMarkup } from './sections.ts';
import { stylesheet } from './style.ts';

export const fileOf = (page: Page): string => `${page.slug}.html`;

/** Links of the navigation: the pages, or the sections when there is only one page. */
function navigation(site: SiteModel, current: Page): Markup[] {
  if (site.pages.length > 1) {
    return site.pages.map((page) =>
      page === current
        ? html`<li><a href="${fileOf(page)}" aria-current="page">${page.title}</a></li>`
        : html`<li><a href="${fileOf(page)}">${page.title}</a></li>`,
    );
  }
  return current.sections.filter(({ type }) => type !== 'quote').slice(0, 5).map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`);
}

/** Where the button under the headline leads: the page's first section that asks to be read, or the next page. */
function action(site: SiteModel, page: Page): Markup | null {
  const next = page.slug === 'index' ? site.pages[1] : undefined;
  const contact = page.sections.find(({ type }) => type === 'contact');
  const section = page.sections.find(({ type }) => type === 'list' || type === 'gallery' || type === 'posts') ?? page.sections.find(({ type }) => type !== 'quote' && type !== 'contact');
  const links = [
    ...(section ? [html`<a class="button" href="#${section.id}">${section.heading}</a>`] : []),
    ...(next ? [html`<a class="button second" href="${fileOf(next)}">${next.title}</a>`] : []),
    ...(!next && contact && contact !== section ? [html`<a class="button second" href="#${contact.id}">${contact.heading}</a>`] : []),
  ];
  return links.length === 0 || page.slug !== 'index' ? null : html`<p class="actions">${links}</p>`;
}

function pageMarkup(site: SiteModel, page: Page): string {
  const isHome = page.slug === 'index';
  const title = isHome ? `${site.name} — ${page.kicker || page.headline}` : `${page.title} — ${site.name}`;
  const links = navigation(site, page);
  const { email, phone, address } = site.contact;
  const facts = [...(address ? [html`<p>${address}</p>`] : []), ...(email ? [html`<p><a href="mailto:${email}">${email}</a></p>`] : []), ...(phone ? [html`<p>${phone}</p>`] : [])];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<meta name="description" content="${isHome ? site.description : page.lead}">
<link rel="icon" href="favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="style.css">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<div class="inner">
<a class="brand" href="index.html">${site.name}</a>
${links.length > 0 ? html`<nav aria-label="${site.pages.length > 1 ? 'Pages' : 'On this page'}">
<ul>
${links}
</ul>
</nav>` : null}
</div>
</header>
<main id="main">
<div class="hero ${isHome ? 'hero-home' : 'hero-page'}">
<div class="inner">
<div class="words">
${page.kicker ? html`<p class="kicker">${page.kicker}</p>
` : null}<h1>${page.headline}</h1>
<p class="lead">${page.lead}</p>
${action(site, page)}
</div>
<figure class="stage">${art(page.art)}</figure>
</div>
</div>
${page.sections.map((section) => sectionMarkup(section, site))}
</main>
<footer class="bottom">
<div class="inner">
<p class="sign">${site.name}</p>
${facts.length > 0 ? html`<div class="facts">
${facts}
</div>` : null}
</div>
</footer>
</body>
</html>
`.html;
}

/** Every text file of the site, by path. The person's pictures are added by whoever publishes. */
export function render(site: SiteModel): Map<string, string> {
  const files = new Map<string, string>();
  for (const page of site.pages) files.set(fileOf(page), pageMarkup(site, page));
  files.set('style.css', stylesheet(site));
  files.set('favicon.svg', favicon([...site.name.trim()][0] ?? ''));
  files.set('site.json', writeModel(site));
  return files;
}
