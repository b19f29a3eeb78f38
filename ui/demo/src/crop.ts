import { html, type TemplateResult } from 'lit';
import { Dialog } from './dialog.ts';
import { draw } from './icons.ts';
import { t } from './strings/index.ts';

/** Edge of the picture that is sent. */
const edge = 512;

/** Cuts a square out of a picture: drag to move it, slide, scroll or use + and - to zoom. */
class Crop extends Dialog {
  static override properties = { zoom: { state: true } };
  declare zoom: number;
  picture!: ImageBitmap;
  result?: File;
  #x = 0.5;
  #y = 0.5;
  #grab?: { x: number; y: number };

  constructor() {
    super();
    this.zoom = 1;
    this.sticky = true;
  }

  protected override heading(): string {
    return t.cropHeading;
  }

  protected override body(): TemplateResult {
    return html`<div class="dialog-body crop">
        <canvas width=${edge} height=${edge} tabindex="0" role="img" aria-label=${t.cropHelp} autofocus
          @pointerdown=${this.#onGrab} @pointermove=${this.#onMove} @pointerup=${() => (this.#grab = undefined)} @wheel=${this.#onWheel} @keydown=${this.#onKey}></canvas>
        <label class="zoom">${draw('minus', 16)}<input type="range" min="1" max="4" step="0.01" aria-label=${t.zoom} .value=${String(this.zoom)} @input=${(e: InputEvent) => (this.zoom = Number((e.target as HTMLInputElement).value))} />${draw('plus', 16)}</label>
        <p class="soft">${t.cropHelp}</p>
      </div>
      <footer>
        <button class="sb-button plain" @click=${() => this.close()}>${t.cancel}</button>
        <button class="sb-button" @click=${this.#take}>${t.usePicture}</button>
      </footer>`;
  }

  protected override updated(): void {
    const pen = this.$<HTMLCanvasElement>('canvas')!.getContext('2d')!;
    const { width, height } = this.picture;
    const side = Math.min(width, height) / this.zoom;
    const keep = (at: number, whole: number) => Math.max(side / 2 / whole, Math.min(at, 1 - side / 2 / whole));
    this.#x = keep(this.#x, width);
    this.#y = keep(this.#y, height);
    pen.imageSmoothingQuality = 'high';
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, edge, edge);
    pen.drawImage(this.picture, this.#x * width - side / 2, this.#y * height - side / 2, side, side, 0, 0, edge, edge);
  }

  #shift(dx: number, dy: number): void {
    const canvas = this.$('canvas')!;
    const side = Math.min(this.picture.width, this.picture.height) / this.zoom;
    this.#x -= ((dx / canvas.clientWidth) * side) / this.picture.width;
    this.#y -= ((dy / canvas.clientHeight) * side) / this.picture.height;
    this.requestUpdate();
  }

  #onGrab = (event: PointerEvent): void => {
    (event.target as HTMLElement).setPointerCapture(event.pointerId);
    this.#grab = { x: event.clientX, y: event.clientY };
  };

  #onMove = (event: PointerEvent): void => {
    if (!this.#grab) return;
    this.#shift(event.clientX - this.#grab.x, event.clientY - this.#grab.y);
    this.#grab = { x: event.clientX, y: event.clientY };
  };

  #onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    this.zoom = Math.max(1, Math.min(4, this.zoom * Math.exp(-event.deltaY / 600)));
  };

  #onKey = (event: KeyboardEvent): void => {
    const moves: Record<string, [number, number]> = { ArrowLeft: [12, 0], ArrowRight: [-12, 0], ArrowUp: [0, 12], ArrowDown: [0, -12] };
    const move = moves[event.key];
    const zoom = { '+': 1.1, '=': 1.1, '-': 1 / 1.1 }[event.key];
    if (!move && !zoom) return;
    event.preventDefault();
    if (move) this.#shift(...move);
    if (zoom) this.zoom = Math.max(1, Math.min(4, this.zoom * zoom));
  };

  #take = (): void => {
    this.$<HTMLCanvasElement>('canvas')!.toBlob(
      (blob) => {
        if (blob) this.result = new File([blob], 'picture.jpg', { type: blob.type });
        this.close();
      },
      'image/jpeg',
      0.9,
    );
  };
}

customElements.define('demo-crop', Crop);

/** Lets the user cut a square out of the file; nothing if they think better of it. Throws if it is no picture. */
export async function crop(file: File): Promise<File | undefined> {
  const dialog = new Crop();
  dialog.picture = await createImageBitmap(file);
  await dialog.open();
  return dialog.result;
}
