// The sections of a page as HTML. Nothing here knows a colour: looks are in `style.ts`.

import { picture } from './art.ts';
import { html, type Markup } from './html.ts';
import type { Art, Section, SiteModel } from './model.ts';

export function art(of: Art, shape: 'wide' | 'square' = 'wide'): Markup {
  if ('photo' in of) return html`<img class="photo" src="${of.photo}" alt="${of.alt}" loading="lazy">`;
  return picture(of.motif, of.number, shape);
}

function body(section: Section, site: SiteModel): Markup {
  switch (section.type) {
    case 'text':
      return html`<div class="prose">
${section.paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}
</div>${section.art ? html`
<figure class="side">${art(section.art)}</figure>` : null}`;
    case 'cards':
      return html`<ul class="cards">
${section.items.map(({ title, text }) => html`<li><h3>${title}</h3><p>${text}</p></li>`)}
</ul>`;
    case 'gallery':
      return html`<div class="gallery">
${section.items.map((item) => html`<figure>${art(item.art, 'square')}<figcaption>${item.caption}</figcaption></figure>`)}
</div>`;
    case 'list':
      return html`<ul class="rows">
${section.items.map(({ name, detail, price }) => html`<li><div><h3>${name}</h3>${detail ? html`<p>${detail}</p>` : null}</div>${price ? html`<p class="price">${price}</p>` : null}</li>`)}
</ul>`;
    case 'hours':
      return html`<table class="hours">
<caption class="quiet">${section.heading}</caption>
<thead class="quiet"><tr><th scope="col">Day</th><th scope="col">Open</th></tr></thead>
<tbody>
${section.rows.map(({ days, hours }) => html`<tr><th scope="row">${days}</th><td>${hours}</td></tr>`)}
</tbody>
</table>`;
    case 'quote':
      return html`<figure class="quote"><blockquote><p>${section.text}</p></blockquote>${section.by ? html`<figcaption>${section.by}</figcaption>` : null}</figure>`;
    case 'posts':
      return html`<div class="posts">
${section.items.map(({ title, text }) => html`<article><h3>${title}</h3><p>${text}</p></article>`)}
</div>`;
    case 'contact': {
      const { email, phone, address } = site.contact;
      const facts = [
        ...(email ? [html`<p><span>Mail</span> <a href="mailto:${email}">${email}</a></p>`] : []),
        ...(phone ? [html`<p><span>Phone</span> <a href="tel:${phone.replace(/[^+\d]/g, '')}">${phone}</a></p>`] : []),
        ...(address ? [html`<p><span>Address</span> ${address}</p>`] : []),
      ];
      return html`<div class="prose"><p>${section.text}</p></div>${facts.length > 0 ? html`
<address>
${facts}
</address>` : null}`;
    }
  }
}

export function sectionMarkup(section: Section, site: SiteModel): Markup {
  return html`<section class="band ${section.type}" id="${section.id}" aria-labelledby="${section.id}-heading">
<div class="inner">
<h2 id="${section.id}-heading">${section.heading}</h2>
${body(section, site)}
</div>
</section>`;
}
