// The looks of what lies on the page itself. The signals look the same on every site and in both schemes: the chip is white.

export const style =
  // Drawings keep what their attributes say.
  ".s,.s :not(svg,svg *){all:unset;box-sizing:border-box}" +
  ".s{position:absolute;inset:0 auto auto 0;display:block;width:0;height:0;font:14px/1.4 system-ui,sans-serif;color:#2c2018}" +
  ".s[hidden]{display:none}" +
  ".s li{position:absolute;display:block;width:44px;height:44px}" +
  ".s li:is(:hover,:focus-within){z-index:1}" +
  ".s button{position:relative;display:grid;place-items:center;width:44px;height:44px;border-radius:13px;background:#fff;box-shadow:0 1px 2px #2c201833,0 3px 10px #2c201838;cursor:pointer;rotate:var(--tilt)}" +
  ".s button:hover{background:#fff}" +
  ".s button:focus-visible{outline:3px solid #e8543a;outline-offset:2px}" +
  ".s svg{width:26px;height:26px;fill:none;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round;overflow:visible}" +
  ".s b{position:absolute;top:-7px;inset-inline-end:-7px;min-width:21px;height:21px;padding:0 5px;border-radius:11px;border:2px solid #fff;background:#2c2018;color:#fff;font:600 11.5px/17px system-ui,sans-serif;text-align:center}" +
  ".s p{position:absolute;top:100%;inset-inline-start:50%;display:none;width:max-content;max-width:240px;margin-top:6px;padding:8px 12px;border-radius:12px;background:#2c2018;color:#fff;box-shadow:0 4px 16px #0005;overflow-wrap:anywhere}" +
  ".s p.up{top:auto;bottom:100%;margin:0 0 6px}" +
  ".s p.at{inset-inline:auto 0}" +
  ".s p::before{content:'';position:absolute;inset:-8px 0}" +
  ".s li:is(:hover,:focus-within) p{display:block}" +
  ".s p *{position:relative}" +
  ".s strong{display:block;font-weight:600}" +
  ".s a{text-decoration:underline;cursor:pointer}" +
  ".s a:focus-visible{outline:2px solid #fff}" +
  ".s i{position:absolute;background:#e8543a33;border-radius:4px;pointer-events:none}" +
  ".s .new{animation:land .3s cubic-bezier(.2,1.6,.4,1)}" +
  ".s .look button{animation:look .5s 3}" +
  "@keyframes land{from{scale:0;rotate:0deg}}@keyframes look{50%{scale:1.25}}" +
  "@media(prefers-reduced-motion:reduce){.s *{animation:none!important}}" +
  "@media(forced-colors:active){.s button,.s p{border:2px solid}}" +
  ".f{position:absolute;bottom:58px;inset-inline-end:0;display:grid;gap:12px;width:232px;padding:16px;border-radius:16px;background:#2c2018;color:#fff;box-shadow:0 4px 16px #0005;font:14px/1.4 system-ui,sans-serif}" +
  ".f[hidden]{display:none}" +
  ".f *{all:unset}" +
  ".f :is(a,button){text-decoration:underline;cursor:pointer}" +
  ".f :focus-visible{outline:2px solid #fff}";
