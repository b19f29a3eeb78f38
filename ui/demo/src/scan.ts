import { html, nothing, type TemplateResult } from 'lit';
import { t } from './strings/index.ts';
import { View } from './view.ts';

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
declare const BarcodeDetector: { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> } | undefined;

/** Reads one frame of a video; undefined where there is no code in it. */
type Reader = (video: HTMLVideoElement) => Promise<string | undefined>;

/** The browser's own detector where it has one, else a small library that is loaded then. */
async function reader(): Promise<Reader> {
  if (typeof BarcodeDetector !== 'undefined' && (await BarcodeDetector.getSupportedFormats()).includes('qr_code')) {
    const detector = new BarcodeDetector({ formats: ['qr_code'] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  const { default: jsQR } = await import('jsqr');
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  return async (video) => {
    const scale = Math.min(1, 640 / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, width, height, { inversionAttempts: 'dontInvert' })?.data;
  };
}

/** The camera's picture; fires `code` with what a QR code in it says. */
class Scan extends View {
  static override properties = { problem: { state: true } };
  declare problem: string;
  #stream?: MediaStream;
  #timer?: ReturnType<typeof setTimeout>;

  override connectedCallback(): void {
    super.connectedCallback();
    this.problem = '';
    void this.#start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = undefined;
  }

  protected override render(): TemplateResult {
    return html`<div class="scan">
      <video muted playsinline aria-label=${t.cameraPicture}></video>
      <span class="frame" aria-hidden="true"></span>
      ${this.problem ? html`<p class="scan-problem" role="alert">${this.problem}</p>` : nothing}
    </div>`;
  }

  async #start(): Promise<void> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      // The page may have been left while the browser was asking.
      if (!this.isConnected) return stream.getTracks().forEach((track) => track.stop());
      this.#stream = stream;
      await this.updateComplete;
      const video = this.$<HTMLVideoElement>('video')!;
      video.srcObject = stream;
      await video.play();
      void this.#look(await reader(), video);
    } catch (error) {
      this.problem = (error as Error).name === 'NotAllowedError' ? t.cameraRefused : t.cameraMissing;
    }
  }

  async #look(read: Reader, video: HTMLVideoElement): Promise<void> {
    const code = video.videoWidth > 0 ? await read(video).catch(() => undefined) : undefined;
    if (!this.#stream) return;
    if (code) this.dispatchEvent(new CustomEvent('code', { detail: code }));
    this.#timer = setTimeout(() => void this.#look(read, video), code ? 2000 : 200);
  }
}

customElements.define('demo-scan', Scan);
