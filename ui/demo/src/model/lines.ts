import type { Attachment, ChatMessage, Delivery } from '@switchboard/sdk';

/** A file of a message, as it is shown. */
export interface Media {
  kind: 'image' | 'video' | 'audio' | 'file';
  name: string;
  type: string;
  size: number;
  caption: string;
  width?: number;
  height?: number;
  /** Milliseconds. */
  duration?: number;
  thumb?: string;
  encrypted: boolean;
  url: string;
}

/** One message, as it is shown. */
export interface Line {
  id: string;
  own: boolean;
  time: Date;
  text: string;
  media?: Media;
  state?: Delivery;
  /** Why it was not sent. */
  problem?: string;
  /** What the SDK gave: a download wants it back. */
  message?: ChatMessage;
}

export function kindOf(type: string): Media['kind'] {
  const [kind = ''] = type.split('/');
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'file';
}

export function toLine(message: ChatMessage): Line {
  const { id, own, time, text, file, state } = message;
  return { id, own, time, text, message, ...(own && { state: state ?? 'sent' }), ...(file && { media: toMedia(file) }) };
}

function toMedia(file: Attachment): Media {
  const { kind, name, type, size, caption, width, height, duration, thumbnail, url, key } = file;
  return { kind, name, type, size, caption, width, height, duration, thumb: thumbnail, url, encrypted: !!key };
}

const order: Delivery[] = ['failed', 'queued', 'sent', 'delivered', 'displayed'];

/** A message only gets further, since receipts may overtake each other; one that failed starts over. */
export function further(now: Delivery | undefined, next: Delivery): Delivery {
  return next === 'failed' || now === 'failed' || order.indexOf(next) > order.indexOf(now ?? 'queued') ? next : now!;
}
