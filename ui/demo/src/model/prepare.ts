import type { FileOptions } from '@switchboard/sdk';
import { kindOf } from './lines.ts';

/** Edge of the small picture that goes with the message and stands there until the file has come. */
const edge = 40;

type About = Pick<FileOptions, 'width' | 'height' | 'duration' | 'thumbnail'>;

/** Measures a picture, video or sound before it is sent. A file that the browser cannot read is sent all the same. */
export async function prepare(file: File): Promise<About> {
  try {
    const kind = kindOf(file.type);
    if (kind === 'image') return await picture(file);
    if (kind === 'video' || kind === 'audio') return await player(file, kind);
  } catch {
    // Then it goes without.
  }
  return {};
}

async function picture(file: File): Promise<About> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const about = { width, height, thumbnail: small(bitmap, width, height) };
  bitmap.close();
  return about;
}

async function player(file: File, kind: 'video' | 'audio'): Promise<About> {
  const url = URL.createObjectURL(file);
  try {
    const element = document.createElement(kind);
    element.muted = true;
    element.preload = 'auto';
    element.src = url;
    await event(element, kind === 'video' ? 'loadeddata' : 'loadedmetadata');
    const duration = Number.isFinite(element.duration) ? Math.round(element.duration * 1000) : undefined;
    if (!(element instanceof HTMLVideoElement) || !element.videoWidth) return { duration };
    const { videoWidth: width, videoHeight: height } = element;
    return { width, height, duration, thumbnail: small(element, width, height) };
  } finally {
    URL.revokeObjectURL(url);
  }
}

function event(element: HTMLMediaElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    element.addEventListener(name, () => resolve(), { once: true });
    element.addEventListener('error', () => reject(new Error('unreadable')), { once: true });
    setTimeout(() => reject(new Error('too slow')), 5000);
  });
}

function small(source: CanvasImageSource, width: number, height: number): string {
  const scale = edge / Math.max(width, height);
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext('2d')!.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/jpeg', 0.6);
}
