/** A tenant's accent as the three custom properties that tokens.css derives everything from. */
export interface Accent {
  h: number;
  s: number;
  l: number;
  /** Text colour that is readable on the accent. */
  on: '#ffffff' | '#14171c';
  /** Lightness at which the hue is readable as text on white. */
  text: number;
}

/** Reads `#rgb` or `#rrggbb`; anything else gives undefined and the default accent stays. */
export function parseAccent(colour: string | null | undefined): Accent | undefined {
  const m = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec((colour ?? '').trim());
  if (!m) return undefined;
  const hex = m[1]!.length === 3 ? [...m[1]!].map((c) => c + c).join('') : m[1]!;
  const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255) as [number, number, number];
  const max = Math.max(r, g, b);
  const min = Math.min(r, g, b);
  const l = (max + min) / 2;
  const d = max - min;
  const s = d === 0 ? 0 : d / (1 - Math.abs(2 * l - 1));
  let h = 0;
  if (d !== 0) {
    if (max === r) h = ((g - b) / d + 6) % 6;
    else if (max === g) h = (b - r) / d + 2;
    else h = (r - g) / d + 4;
  }
  const hue = Math.round(h * 60);
  return {
    h: hue,
    s: Math.round(s * 100),
    l: Math.round(l * 100),
    text: readable(hue, s),
    on: contrast(luminance(r, g, b), 1) >= 4.5 ? '#ffffff' : '#14171c',
  };
}

/** Sets the accent on an element (documentElement, or the widget's host). */
export function applyAccent(element: HTMLElement, colour: string | null | undefined): void {
  const accent = parseAccent(colour);
  if (!accent) return;
  element.style.setProperty('--sb-accent-h', String(accent.h));
  element.style.setProperty('--sb-accent-s', `${accent.s}%`);
  element.style.setProperty('--sb-accent-l', `${accent.l}%`);
  element.style.setProperty('--sb-accent-text-l', `${accent.text}%`);
  element.style.setProperty('--sb-on-accent', accent.on);
}

/** The lightest shade of a hue that has a contrast of 4.6 with white, in percent. */
function readable(h: number, s: number): number {
  for (let l = 45; l > 10; l--) {
    if (contrast(luminance(...fromHSL(h, s, l / 100)), 1) >= 4.6) return l;
  }
  return 10;
}

function fromHSL(h: number, s: number, l: number): [number, number, number] {
  const f = (n: number) => {
    const k = (n + h / 30) % 12;
    return l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  return [f(0), f(8), f(4)];
}

/** Relative luminance, WCAG 2.2. */
function luminance(r: number, g: number, b: number): number {
  const f = (c: number) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
}

function contrast(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
