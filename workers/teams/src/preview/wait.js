// On the page that stands where a preview is going to be: says how far things are, and opens the preview when it is there.
const text = document.getElementById('text');
const usual = document.getElementById('usual');
const began = Date.now();

/** Sooner at first; a preview that has not come for a minute is not waited for as closely. */
const pause = () => (Date.now() - began < 60_000 ? 1500 : 5000);

async function look() {
  try {
    const response = await fetch('/__vetka/state', { headers: { accept: 'application/json' }, cache: 'no-store' });
    if (response.status === 401) return location.reload();
    if (response.ok) {
      const state = await response.json();
      if (text.textContent !== state.text) text.textContent = state.text;
      usual.textContent = state.usual ? `This usually takes ${state.usual}.` : '';
      if (state.over) return location.reload();
      const page = await fetch(location.href, { method: 'HEAD', headers: { accept: 'text/html' }, cache: 'no-store' });
      if (page.status !== 503) return location.replace(location.href);
    }
  } catch {
    // No network for a moment; it is looked again.
  }
  setTimeout(look, pause());
}
setTimeout(look, pause());
