// Colours by lightness, chroma and hue (OKLCH), so that a palette made for one hue reads the same in any
// other, and the WCAG contrast that every text colour is pushed to.
// OKLab matrices: Björn Ottosson, https://bottosson.github.io/posts/oklab/

export interface Oklch {
  /** 0 black to 1 white. */
  l: number;
  /** 0 grey to about 0.3. */
  c: number;
  /** Degrees. */
  h: number;
}

type Rgb = readonly [number, number, number];

function linearRgb({ l, c, h }: Oklch): Rgb {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
}

const encode = (value: number): number => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
const decode = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

/** `#rrggbb`; a colour that no screen shows loses chroma until one does. */
export function hex(color: Oklch): string {
  let { c } = color;
  let rgb = linearRgb({ ...color, c });
  while (c > 0 && rgb.some((value) => value < -0.0005 || value > 1.0005)) {
    c = Math.max(0, c - 0.004);
    rgb = linearRgb({ ...color, c });
  }
  const byte = (value: number) => Math.round(encode(Math.min(1, Math.max(0, value))) * 255).toString(16).padStart(2, '0');
  return `#${rgb.map(byte).join('')}`;
}

function luminance(color: string): number {
  const channel = (at: number) => decode(parseInt(color.slice(at, at + 2), 16) / 255);
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

/** WCAG 2 contrast of two `#rrggbb` colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** `color`, made darker or lighter until it stands out from every background by `least`. */
export function readable(color: Oklch, backgrounds: readonly string[], least: number): string {
  const darkGround = luminance(backgrounds[0] ?? '#ffffff') < 0.2;
  let { l } = color;
  let result = hex(color);
  while (backgrounds.some((ground) => contrast(result, ground) < least) && l > 0 && l < 1) {
    l = Math.min(1, Math.max(0, l + (darkGround ? 0.01 : -0.01)));
    result = hex({ ...color, l });
  }
  return result;
}
