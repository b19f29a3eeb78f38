import { xml, type Element } from '@xmpp/client-core';
import { bare, localOf } from './jid.ts';
import { NS } from './ns.ts';
import type { Attachment, ChatMessage, Metadata, TextOptions } from './model.ts';
import type { Message, Stanza } from './types.ts';

/** What stands in a text for somebody who is mentioned. */
export const mentionMark = '@[?]';

/** The elements of a message beside its text. */
export function payload(to: string, domain: string, text: string, options: TextOptions): Stanza[] {
  const { replyTo, mentions = [], topicId, metadata } = options;
  const elements: Element[] = [];
  if (replyTo) elements.push(xml('reply', { xmlns: NS.reply, id: replyTo, to: bare(to) }));
  let at = -1;
  for (const user of mentions) {
    at = text.indexOf(mentionMark, at + 1);
    const place = at < 0 ? {} : { begin: points(text, at), end: points(text, at + mentionMark.length) };
    // XEP-0372 §3.2; offsets count code points.
    elements.push(xml('reference', { xmlns: NS.reference, type: 'mention', uri: `xmpp:${user.includes('@') ? user : `${user}@${domain}`}`, ...place }));
  }
  if (topicId) elements.push(xml('thread', {}, topicId));
  if (metadata) elements.push(xml('json', { xmlns: NS.json }, JSON.stringify(metadata)));
  return elements as unknown as Stanza[];
}

function points(text: string, index: number): number {
  return [...text.slice(0, index)].length;
}

/** The elements that make a message a file's: readable by clients of XEP-0447, XEP-0448, XEP-0454 and XEP-0066. */
export function filePayload(file: Attachment): { body: string; elements: Stanza[] } {
  const link = xml('url-data', { xmlns: NS.urlData, target: file.url });
  const source = file.key
    ? xml(
        'encrypted',
        { xmlns: NS.esfs, cipher: 'urn:xmpp:ciphers:aes-256-gcm-nopadding:0' },
        xml('key', {}, base64(file.key.slice(24))),
        xml('iv', {}, base64(file.key.slice(0, 24))),
        xml('sources', { xmlns: NS.sfs }, link),
      )
    : link;
  const text = (name: string, value: string | number | undefined) => value !== undefined && value !== '' && xml(name, {}, String(value));
  const about = xml(
    'file',
    { xmlns: NS.file },
    text('media-type', file.type),
    text('name', file.name),
    text('size', file.size),
    text('width', file.width),
    text('height', file.height),
    text('length', file.duration),
    text('desc', file.caption),
    file.thumbnail !== undefined && xml('thumbnail', { xmlns: NS.thumbs, uri: file.thumbnail }),
  );
  const sharing = xml('file-sharing', { xmlns: NS.sfs, disposition: 'inline' }, about, xml('sources', {}, source));
  if (file.key) return { body: `${file.url.replace(/^https?:/, 'aesgcm:')}#${file.key}`, elements: [sharing as unknown as Stanza] };
  const oob = xml('x', { xmlns: NS.oob }, xml('url', {}, file.url));
  return { body: file.url, elements: [oob, sharing] as unknown as Stanza[] };
}

/** Reads what a message carries. */
export function readContent(message: Message): ChatMessage {
  const stanza = message.stanza as unknown as Element;
  const file = readFile(stanza, message.text);
  const location = readLocation(stanza.getChild('geoloc', NS.geoloc));
  const contact = readContact(stanza.getChild('vcard', NS.vcard4));
  const topicId = stanza.getChildText('thread') || undefined;
  const metadata = readJSON(stanza.getChildText('json', NS.json));
  const replyTo = stanza.getChild('reply', NS.reply)?.attrs.id;
  return {
    ...message,
    text: file ? file.caption : message.text,
    kind: file?.kind ?? (location ? 'location' : contact ? 'contact' : 'text'),
    ...(file && { file }),
    ...(location && { location }),
    ...(contact && { contact }),
    ...(replyTo && { replyTo }),
    mentions: stanza
      .getChildren('reference', NS.reference)
      .filter((r) => r.attrs.type === 'mention')
      .map((r) => localOf((r.attrs.uri ?? '').replace(/^xmpp:/, ''))),
    ...(topicId && { topicId }),
    ...(metadata && { metadata }),
  };
}

function readLocation(place: Element | undefined): ChatMessage['location'] {
  const degrees = (name: string) => Number(place?.getChildText(name) || Number.NaN);
  const [latitude, longitude] = [degrees('lat'), degrees('lon')];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}

function readContact(card: Element | undefined): ChatMessage['contact'] {
  if (!card) return undefined;
  const phones = card.getChildren('tel').map((tel) => tel.getChildText('text') || (tel.getChildText('uri') ?? '').replace(/^tel:/, ''));
  return { name: card.getChild('fn')?.getChildText('text') ?? '', phones: phones.filter((phone) => phone !== '') };
}

function readFile(stanza: Element, body: string): Attachment | undefined {
  const sharing = stanza.getChild('file-sharing', NS.sfs);
  const about = sharing?.getChild('file', NS.file);
  const sources = sharing?.getChild('sources');
  const encrypted = sources?.getChild('encrypted', NS.esfs);
  const target = (encrypted?.getChild('sources') ?? sources)?.getChild('url-data', NS.urlData)?.attrs.target;
  const fromBody = fileOfBody(stanza, body);
  const url = httpURL(target) ?? fromBody?.url;
  if (!url) return undefined;
  const iv = encrypted && hex(encrypted.getChildText('iv'));
  // A key that cannot be read is one that does not fit, not none.
  const key = encrypted ? `${iv}${hex(encrypted.getChildText('key'))}` || '?' : target ? undefined : fromBody?.key;
  const name = about?.getChildText('name') || nameOf(url);
  const type = about?.getChildText('media-type') || typeOf(name);
  const number = (field: string) => {
    const value = Number(about?.getChildText(field) || Number.NaN);
    return value >= 0 ? { [field === 'length' ? 'duration' : field]: value } : {};
  };
  const thumbnail = about?.getChild('thumbnail', NS.thumbs)?.attrs.uri;
  return {
    kind: kindOf(type),
    url,
    name,
    type,
    size: 0,
    caption: about?.getChildText('desc') ?? '',
    ...number('size'),
    ...number('width'),
    ...number('height'),
    ...number('length'),
    ...(key && { key }),
    ...(thumbnail?.startsWith('data:image/') && { thumbnail }),
  };
}

/** Messages of clients that know XEP-0454 or XEP-0066 alone: the body is nothing but the link. */
function fileOfBody(stanza: Element, body: string): { url: string; key?: string } | undefined {
  const [, rest, key] = /^aesgcm:(\/\/\S+)#((?:[0-9a-f]{88}|[0-9a-f]{96}))$/i.exec(body) ?? [];
  if (rest && URL.canParse(`https:${rest}`)) return { url: `https:${rest}`, key: key! };
  const oob = stanza.getChild('x', NS.oob)?.getChildText('url');
  const url = oob === body ? httpURL(oob) : undefined;
  return url ? { url } : undefined;
}

function httpURL(url: string | null | undefined): string | undefined {
  return url && /^https?:\/\//i.test(url) && URL.canParse(url) ? url : undefined;
}

function nameOf(url: string): string {
  const last = new URL(url).pathname.split('/').pop() ?? '';
  try {
    return decodeURIComponent(last) || 'file';
  } catch {
    return last || 'file';
  }
}

const extensions: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  m4a: 'audio/mp4',
  wav: 'audio/wav',
  pdf: 'application/pdf',
  txt: 'text/plain',
};

/** The media type that a name's ending stands for. */
export function typeOf(name: string): string {
  return extensions[name.split('.').pop()?.toLowerCase() ?? ''] ?? 'application/octet-stream';
}

/** Which kind of content a media type is. */
export function kindOf(type: string): Attachment['kind'] {
  const [, major] = /^(image|video|audio)\//.exec(type) ?? [];
  return (major as Attachment['kind'] | undefined) ?? 'file';
}

function readJSON(text: string | null): Metadata | undefined {
  if (!text) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Metadata) : undefined;
  } catch {
    return undefined;
  }
}

function base64(hexText: string): string {
  return btoa(String.fromCharCode(...(hexText.match(/../g) ?? []).map((pair) => parseInt(pair, 16))));
}

function hex(text: string | null): string {
  try {
    return [...atob(text ?? '')].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  } catch {
    return '';
  }
}
