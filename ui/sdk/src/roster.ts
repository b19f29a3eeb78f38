import { xml, type Element } from '@xmpp/client-core';
import { bare } from './jid.ts';
import { NS } from './ns.ts';
import { RecentSet } from './recent.ts';
import { uuid } from './uuid.ts';
import type { Contact, PresenceUpdate } from './types.ts';

const maxShown = 200;

interface Port {
  send(element: Element): Promise<void>;
  request(iq: Element): Promise<Element>;
  onSet(ns: string, name: string, handler: (query: Element, from: string | undefined) => void): void;
}

interface Listener {
  presence(update: PresenceUpdate): void;
  contact(contact: Contact): void;
  subscription(from: string): void;
}

/** Contacts and who of them is there (RFC 6121 §2–4). */
export class Roster {
  #port: Port;
  #listener: Listener;
  #contacts = new Map<string, Contact>();
  #presences = new Map<string, Map<string, PresenceUpdate>>();
  /** Who is shown our presence without a subscription; the last of them, if there are many. */
  #shown = new RecentSet(maxShown);
  #started = false;
  #own?: { show: PresenceUpdate['show']; status: string };

  constructor(port: Port, listener: Listener) {
    this.#port = port;
    this.#listener = listener;
    port.onSet(NS.roster, 'query', (query) => this.#take(query));
  }

  /** A new session: ask for the roster, then be available. */
  start(): void {
    // Forgotten before it is said: who asks meanwhile is told the same.
    const before = [...this.#presences.values()].flatMap((contact) => [...contact.values()]);
    this.#presences.clear();
    for (const p of before) this.#listener.presence({ ...p, available: false, show: '', status: '' });
    this.#port
      .request(xml('iq', { type: 'get', id: uuid() }, xml('query', { xmlns: NS.roster })))
      .then((answer) => {
        const query = answer.getChild('query', NS.roster);
        if (query) this.#take(query);
      })
      .catch(() => {});
    this.#started = true;
    this.setOwn(this.#own?.show ?? '', this.#own?.status ?? '');
  }

  /** Sends our presence to an address from now on, too. */
  show(jid: string): void {
    if (this.#contacts.get(jid)?.subscription === 'both' || !this.#shown.add(jid) || !this.#started) return;
    this.#send(this.#presence(jid));
  }

  /** Takes somebody for gone, and is not shown to them any more; says whether we were. */
  forget(jid: string): boolean {
    this.#presences.delete(jid);
    return this.#shown.delete(jid);
  }

  contacts(): Contact[] {
    return [...this.#contacts.values()];
  }

  presences(contact: string): PresenceUpdate[] {
    return [...(this.#presences.get(contact)?.values() ?? [])];
  }

  setOwn(show: PresenceUpdate['show'], status: string): void {
    this.#own = { show, status };
    this.#send(this.#presence());
    // RFC 6121 §4.6.3: a change goes to these by the client's own doing.
    for (const jid of this.#shown) this.#send(this.#presence(jid));
  }

  #presence(to?: string): Element {
    const { show = '', status = '' } = this.#own ?? {};
    return xml('presence', { to }, show && xml('show', {}, show), status && xml('status', {}, status));
  }

  #send(stanza: Element): void {
    void this.#port.send(stanza).catch(() => {});
  }

  async set(jid: string, name: string, groups: string[]): Promise<void> {
    await this.#change(xml('item', { jid, name: name || undefined }, ...groups.map((g) => xml('group', {}, g))));
  }

  async remove(jid: string): Promise<void> {
    await this.#change(xml('item', { jid, subscription: 'remove' }));
  }

  async #change(item: Element): Promise<void> {
    await this.#port.request(xml('iq', { type: 'set', id: uuid() }, xml('query', { xmlns: NS.roster }, item)));
  }

  onPresence(stanza: Element): void {
    const { from, type } = stanza.attrs;
    if (!from) return;
    const contact = bare(from);
    if (type === 'subscribe') return this.#listener.subscription(contact);
    if (type && type !== 'unavailable') return;
    const update: PresenceUpdate = {
      from,
      contact,
      available: !type,
      show: (stanza.getChildText('show') ?? '') as PresenceUpdate['show'],
      status: stanza.getChildText('status') ?? '',
    };
    let known = this.#presences.get(contact);
    if (!known) this.#presences.set(contact, (known = new Map()));
    if (update.available) known.set(from, update);
    else known.delete(from);
    if (known.size === 0) this.#presences.delete(contact);
    this.#listener.presence(update);
  }

  #take(query: Element): void {
    for (const item of query.getChildren('item')) {
      const contact: Contact = {
        jid: item.attrs.jid ?? '',
        name: item.attrs.name ?? '',
        subscription: (item.attrs.subscription ?? 'none') as Contact['subscription'],
        asked: item.attrs.ask === 'subscribe',
        groups: item.getChildren('group').map((g) => g.text()),
      };
      if (contact.subscription === 'remove') this.#contacts.delete(contact.jid);
      else this.#contacts.set(contact.jid, contact);
      this.#listener.contact(contact);
    }
  }
}
