import { xml, type Element, type Entity } from '@xmpp/client-core';
import { NS } from './ns.ts';

/** XML 1.0 §2.2: characters that a document cannot have, not even escaped. */
const unsendable = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/**
 * Keeps what the server would end the stream for from going out: it would be
 * sent again on the next one, and nothing behind it would ever go. Of a
 * message the sender hears what the server would have answered.
 */
export function onlyWhatFits(entity: Entity): void {
  let most = Infinity;
  entity.on('nonza', (element) => {
    if (element.is('features', NS.streams)) most = Number(element.getChild('limits', NS.limits)?.getChildText('max-bytes')) || Infinity;
  });
  const send = entity.send.bind(entity);
  entity.send = async (stanza) => {
    const error = isStanza(stanza) && misfit(stanza, most);
    if (!error) return send(stanza);
    if (stanza.name !== 'message') throw error;
    entity.emit('stanza', xml('message', { type: 'error', id: stanza.attrs.id }, xml('error', { type: 'modify' }, xml(error.condition), xml('text', {}, error.message))));
  };
}

function isStanza({ name }: Element): boolean {
  return name === 'message' || name === 'iq' || name === 'presence';
}

function misfit(stanza: Element, most: number): (Error & { condition: string }) | undefined {
  const text = stanza.toString();
  if (unsendable.test(text)) return Object.assign(new Error('there are characters in it that cannot be sent'), { condition: 'not-acceptable' });
  // Three bytes are the most that a UTF-16 unit becomes; mostly there is nothing to count.
  const size = text.length * 3 > most ? new TextEncoder().encode(text).length : 0;
  return size > most ? Object.assign(new Error(`this is too large: ${most} bytes at most`), { condition: 'policy-violation' }) : undefined;
}
