// The pages, rendered from data.

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => String(text).replace(/[&<>"']/g, (character) => entities[character]);

function layout(title, body) {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escape(title)}</title>
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <header>
    <a class="brand" href="/">Tide Tables</a>
    <nav aria-label="Pages"><a href="/">Harbours</a> <a href="/about">About</a></nav>
  </header>
  <main>
${body}
  </main>
  <footer>A simple model. Not for navigation.</footer>
</body>
</html>
`;
}

export function homePage(harbours, next) {
  const cards = harbours.map(
    (harbour) => `    <li class="card">
      <h2><a href="/harbours/${harbour.id}">${escape(harbour.name)}</a></h2>
      <p class="region">${escape(harbour.region)}</p>
      <p>${next(harbour)}</p>
    </li>`,
  );
  return layout('Tide Tables', `    <h1>When is the water high?</h1>
    <p class="lead">High and low water for small harbours, so that you can plan your day around the sea.</p>
    <ul class="cards">
${cards.join('\n')}
    </ul>`);
}

export function harbourPage(harbour, date, tides) {
  const rows = tides.map(({ time, kind, metres }) => `      <tr class="${kind}"><th scope="row">${time}</th><td>${kind === 'high' ? 'High water' : 'Low water'}</td><td>${metres} m</td></tr>`);
  return layout(`${harbour.name} · Tide Tables`, `    <h1>${escape(harbour.name)}</h1>
    <p class="lead">${escape(harbour.region)}, ${escape(date)}</p>
    <table>
${rows.join('\n')}
    </table>
    <p class="note">${escape(harbour.note)}</p>
    <p><a class="button" href="/">All harbours</a></p>`);
}

export function aboutPage() {
  return layout('About · Tide Tables', `    <h1>About these tables</h1>
    <p>They are made by people who have stood in rubber boots on the wrong side of a causeway.</p>
    <ul>
      <li>Times are in UTC</li>
      <li>Heights are above chart datum</li>
      <li>Wind and weather are not in them</li>
    </ul>`);
}

export function notFoundPage() {
  return layout('Not here · Tide Tables', '    <h1>The tide took this page</h1>\n    <p><a href="/">Back to the harbours</a></p>');
}
