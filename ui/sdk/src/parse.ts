import type { Element } from '@xmpp/client-core';
import { bare, isGroup, localOf, resourceOf } from './jid.ts';
import { NS } from './ns.ts';
import type { ChatState, ConversationNotice, Message, Stanza } from './types.ts';

/** What one message stanza can mean; several of these may be present. */
export interface Parsed {
  message?: Message;
  /** XEP-0184: our message `id` reached `by`. */
  received?: { id: string; by: string };
  /** XEP-0333: our message `id` was displayed by `by`. */
  displayed?: { id: string; by: string };
  state?: ChatState;
  /** The sender asks for a receipt. */
  wantsReceipt: boolean;
  chat: string;
  author: string;
  own: boolean;
  /** The archive that this stanza belongs to: a group's, or the account's own. */
  archive: string;
  archiveId?: string;
}

const chatStates: readonly ChatState[] = ['active', 'composing', 'paused', 'inactive', 'gone'];

/** Reads a chat or groupchat message. `self` is our bare address; `archiveId` and `time` come with archive results. */
export function parseMessage(
  stanza: Element,
  self: string,
  source: Message['source'],
  envelope: { archiveId?: string; time?: Date } = {},
): Parsed | undefined {
  const { from = self, to = self, type = 'normal' } = stanza.attrs;
  if (type === 'error' || type === 'headline') return undefined;
  const group = type === 'groupchat' || isGroup(from);
  const own = group ? resourceOf(from) === localOf(self) : bare(from) === self;
  const chat = group ? bare(isGroup(from) ? from : to) : own ? bare(to) : bare(from);
  const archive = group ? chat : self;
  const author = group ? resourceOf(from) : localOf(from);
  const archiveId = envelope.archiveId ?? stanzaId(stanza, archive);
  const parsed: Parsed = {
    chat,
    author,
    own,
    archive,
    archiveId,
    wantsReceipt: !!stanza.getChild('request', NS.receipts),
    received: reference(stanza, 'received', NS.receipts, from),
    displayed: reference(stanza, 'displayed', NS.markers, from),
    state: chatStates.find((s) => stanza.getChild(s, NS.states)),
  };
  const text = stanza.getChildText('body');
  const conversation = parseConversation(stanza.getChild('conversation', NS.conversation));
  if (text !== null || conversation) {
    parsed.message = {
      id: stanza.attrs.id ?? stanza.getChild('origin-id', NS.sid)?.attrs.id ?? archiveId ?? '',
      archiveId,
      chat,
      type: group ? 'groupchat' : 'chat',
      author,
      from,
      to,
      text: text ?? '',
      time: envelope.time ?? delayOf(stanza) ?? new Date(),
      own,
      source,
      ...(conversation && { conversation }),
      stanza: stanza as unknown as Stanza,
    };
  }
  return parsed;
}

/** XEP-0359 §3: only the id that the archive itself gave counts. */
function stanzaId(stanza: Element, archive: string): string | undefined {
  return stanza.getChildren('stanza-id', NS.sid).find((el) => el.attrs.by === archive)?.attrs.id;
}

function reference(stanza: Element, name: string, ns: string, by: string): { id: string; by: string } | undefined {
  const id = stanza.getChild(name, ns)?.attrs.id;
  return id ? { id, by } : undefined;
}

/** XEP-0203. */
export function delayOf(el: Element): Date | undefined {
  const time = new Date(el.getChild('delay', NS.delay)?.attrs.stamp ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function parseConversation(el: Element | undefined): ConversationNotice | undefined {
  if (!el) return undefined;
  const { id = '', event = '', status = '', operator, place } = el.attrs;
  const { xmlns: _, ...attributes } = el.attrs;
  return {
    id,
    event,
    status,
    ...(operator && { operator }),
    ...(place && { place: Number(place) }),
    attributes,
  };
}

/** XEP-0297: the message inside a carbon or an archive result, with the time that its envelope gives. */
export function forwarded(el: Element): { stanza: Element; time?: Date } | undefined {
  const wrapper = el.getChild('forwarded', NS.forward);
  const stanza = wrapper?.getChild('message');
  return wrapper && stanza ? { stanza, time: delayOf(wrapper) } : undefined;
}
