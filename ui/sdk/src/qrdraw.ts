import QRCode from 'qrcode';
import { invalid } from './error.ts';

/** The share of the code's edge that the logo takes: its area of 4 % is well within the 30 % that level H can lose. */
const share = 0.2;

const canvases = new WeakMap<Element, HTMLCanvasElement>();

/** Draws a text as a QR code into a canvas, or into one that is put into the element, with a logo in the middle. */
export async function drawCode(element: Element, text: string, logo: CanvasImageSource | Element | null, size = 256): Promise<void> {
  const canvas = canvasOf(element);
  const scale = globalThis.devicePixelRatio || 1;
  // Off the page first: what is shown is always a whole code.
  const draft = document.createElement('canvas');
  await QRCode.toCanvas(draft, text, { errorCorrectionLevel: 'H', margin: 4, width: Math.round(size * scale), color: { dark: '#000000', light: '#ffffff' } });
  const picture = logo && (await usable(logo));
  const context = draft.getContext('2d');
  if (!context) throw invalid('the element cannot be drawn into', 'element-invalid');
  if (picture) drawLogo(context, draft.width, picture);
  canvas.width = draft.width;
  canvas.height = draft.height;
  canvas.style.width = canvas.style.height = `${size}px`;
  canvas.getContext('2d')?.drawImage(draft, 0, 0);
  canvas.setAttribute('role', 'img');
  canvas.dataset.code = text;
}

function canvasOf(element: Element): HTMLCanvasElement {
  if (element instanceof HTMLCanvasElement) return element;
  let canvas = canvases.get(element);
  if (!canvas) canvases.set(element, (canvas = document.createElement('canvas')));
  if (canvas.parentNode !== element) element.append(canvas);
  return canvas;
}

function drawLogo(context: CanvasRenderingContext2D, edge: number, { image, width, height }: Picture): void {
  const box = edge * share;
  const ratio = Math.min(box / width, box / height);
  const [w, h] = [width * ratio, height * ratio];
  const rim = box * 0.1;
  context.fillStyle = '#ffffff';
  context.fillRect((edge - box) / 2 - rim, (edge - box) / 2 - rim, box + 2 * rim, box + 2 * rim);
  context.drawImage(image, (edge - w) / 2, (edge - h) / 2, w, h);
}

interface Picture {
  image: CanvasImageSource;
  width: number;
  height: number;
}

/** A logo that can be drawn; one that cannot is left away, the code is what counts. */
async function usable(logo: CanvasImageSource | Element): Promise<Picture | undefined> {
  try {
    if (logo instanceof SVGSVGElement) return await fromSVG(logo);
    const inner = logo instanceof Element && !('width' in logo) ? logo.querySelector('img, canvas, svg') : undefined;
    if (inner) return await usable(inner);
    if (logo instanceof HTMLImageElement) {
      await logo.decode();
      return { image: logo, width: logo.naturalWidth || 64, height: logo.naturalHeight || 64 };
    }
    const { width, height } = logo as unknown as { width: number; height: number };
    return width > 0 && height > 0 ? { image: logo as CanvasImageSource, width, height } : undefined;
  } catch {
    return undefined;
  }
}

async function fromSVG(svg: SVGSVGElement): Promise<Picture> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width || 64));
  copy.setAttribute('height', String(height || 64));
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return { image, width: width || 64, height: height || 64 };
}
