// The looks of what `/notch.js` puts on people's pages. The colours are those of `css/tokens.css`, where this cannot ask.
// What a page says of all its elements it says of the host too. So the host's own rules are important: of those the inner win.
// The host stands at the page's origin, so that stickers scroll with the page, and has no size; the bar is fixed.

export const style =
  ":host{all:initial!important;position:absolute!important;inset:0 auto auto 0!important;z-index:2147483647!important;display:block!important;color-scheme:light dark!important}" +
  "@media print{:host{display:none!important}}" +
  "div,iframe{position:fixed;inset-inline-end:12px;bottom:12px;display:flex}" +
  "iframe{bottom:46px;width:24px;height:24px;border:0;pointer-events:none}" +
  "div,.o{border-radius:25px;border:1px solid #8a7866;background:#fbf7f1;box-shadow:0 2px 12px #0003;pointer-events:auto}" +
  "@media(prefers-color-scheme:dark){div,.o{background:#261d17}}" +
  ".o{bottom:72px;width:384px;height:min(640px,100dvh - 88px)}" +
  "@media(width<521px){.o{inset:auto 0 0;width:100%;height:88dvh;border-radius:25px 25px 0 0;box-shadow:0 0 0 99in #0006}}" +
  "button{all:unset;display:flex;padding:8px;border-radius:25px;cursor:pointer}" +
  "button:hover{background:#e8543a33}" +
  "button:focus-visible{outline:3px solid #e8543a}" +
  "svg{width:2pc;height:2pc;fill:none;stroke-linecap:round}" +
  "@media(forced-colors:active){path{stroke:CanvasText}}";
