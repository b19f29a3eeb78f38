import { xml, type Element } from '@xmpp/client-core';
import { NS } from './ns.ts';
import { uuid } from './uuid.ts';
import { forwarded, parseMessage, type Parsed } from './parse.ts';
import { RecentSet } from './recent.ts';
import type { HistoryQuery, Message } from './types.ts';

/** One page of an archive (XEP-0313 with XEP-0059). */
export interface Page {
  items: Parsed[];
  complete: boolean;
  first?: string;
  last?: string;
}

interface Requester {
  request(iq: Element, timeout?: number): Promise<Element>;
}

/** Asks archives and collects their results, which come as messages before the answer. */
export class Archives {
  #stream: Requester;
  #self: () => string;
  #running = new Map<string, { archive: string; source: Message['source']; items: Parsed[] }>();

  constructor(stream: Requester, self: () => string) {
    this.#stream = stream;
    this.#self = self;
  }

  /** Takes a message if it is the result of a running query. */
  collect(stanza: Element): boolean {
    const result = stanza.getChild('result', NS.mam);
    if (!result) return false;
    const query = this.#running.get(result.attrs.queryid ?? '');
    const from = stanza.attrs.from ?? this.#self();
    // A result counts only if the asked archive sent it: anybody may send us such an element.
    if (!query || from !== query.archive) return true;
    const inner = forwarded(result);
    const parsed =
      inner && parseMessage(inner.stanza, this.#self(), query.source, { archiveId: result.attrs.id, time: inner.time });
    if (parsed) query.items.push(parsed);
    return true;
  }

  /** XEP-0313 §4: a page, oldest first. */
  async page(archive: string, query: HistoryQuery & { with?: string }, source: Message['source']): Promise<Page> {
    const queryid = uuid();
    const running = { archive, source, items: [] as Parsed[] };
    this.#running.set(queryid, running);
    try {
      const answer = await this.#stream.request(request(archive, queryid, query));
      const fin = answer.getChild('fin', NS.mam);
      const set = fin?.getChild('set', NS.rsm);
      return {
        items: running.items,
        complete: fin?.attrs.complete === 'true',
        first: set?.getChildText('first') ?? undefined,
        last: set?.getChildText('last') ?? undefined,
      };
    } finally {
      this.#running.delete(queryid);
    }
  }
}

function request(archive: string, queryid: string, { before, after, start, end, limit = 50, with: peer }: HistoryQuery & { with?: string }): Element {
  const field = (name: string, value: string, type?: string) =>
    xml('field', { var: name, type }, xml('value', {}, value));
  const fields = [peer && field('with', peer), start && field('start', start.toISOString()), end && field('end', end.toISOString())].filter((f) => !!f);
  const form = fields.length > 0 && xml('x', { xmlns: NS.data, type: 'submit' }, field('FORM_TYPE', NS.mam, 'hidden'), ...fields);
  return xml(
    'iq',
    { type: 'set', to: archive, id: uuid() },
    xml(
      'query',
      { xmlns: NS.mam, queryid },
      form,
      xml(
        'set',
        { xmlns: NS.rsm },
        xml('max', {}, String(limit)),
        after !== undefined ? after !== '' && xml('after', {}, after) : xml('before', {}, before ?? ''),
      ),
    ),
  );
}

/**
 * What the client knows of one archive that it follows: how far it has seen
 * it, and what arrived while it was being caught up.
 */
export class Followed {
  readonly archive: string;
  /** Archive id of the newest message seen; '' = the archive was empty; undefined = not known yet. */
  last?: string;
  /** While set, live messages wait so that the listener gets everything in order. */
  held?: Parsed[];
  #seen = new RecentSet(5000);

  constructor(archive: string, last?: string) {
    this.archive = archive;
    this.last = last;
  }

  /** Notes a message as seen; false if it was seen before. */
  note(parsed: Parsed): boolean {
    if (!parsed.archiveId) return true;
    this.last = parsed.archiveId;
    return this.#seen.add(parsed.archiveId);
  }
}
