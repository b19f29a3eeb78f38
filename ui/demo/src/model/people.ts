import { localOf, type Client, type Profile, type ProfileChange, type Switchboard } from '@switchboard/sdk';
import { explain, session } from './session.ts';
import { complain } from '../toast.ts';
import { Store } from './store.ts';

/** Somebody, as far as this page knows. */
export interface Person {
  id: string;
  name: string;
  status: string;
  mobile: string;
  email: string;
  image: string;
  thumb: string;
  online: boolean;
  /** Last seen; absent while online, or where one may not know. */
  seen?: Date;
  /** An administrator has blocked the account. */
  barred: boolean;
  /** The account was deleted. */
  gone: boolean;
  /** There is no such account, or it does not show itself to us: the server does not say which. */
  hidden: boolean;
}

/** Profiles, presence and the block list. */
class People extends Store {
  /** Whom we block, by id. */
  blocked = new Set<string>();
  blockedKnown = false;
  /** People that one could write to. */
  suggestions: Person[] = [];
  #all = new Map<string, Person>();
  #asked = new Set<string>();
  #client?: Client;

  /** The person with that id; what is not known yet comes later. */
  get(id: string): Person {
    let person = this.#all.get(id);
    if (!person) this.#all.set(id, (person = { id, name: id, status: '', mobile: '', email: '', image: '', thumb: '', online: false, barred: false, gone: false, hidden: false }));
    return person;
  }

  get me(): Person {
    return this.get(session.id);
  }

  start(board: Switchboard): void {
    this.#all.clear();
    this.#asked.clear();
    this.blocked = new Set();
    this.blockedKnown = false;
    this.suggestions = [];
    board.on('profile', (profile) => this.take(profile));
    board.on('presence', ({ userId, online }) => this.#presence(userId, online));
    board.on('blocked', ({ jid, blocked }) => this.#noteBlocked(localOf(jid), blocked));
    board.on('blockedBy', ({ jid, blocked }) => void this.#onBlockedBy(localOf(jid), blocked));
    board.on('deleted', ({ jid }) => this.#change(localOf(jid), { gone: true, online: false, seen: undefined }));
    board.on('adminBlocked', ({ jid, blocked }) => this.#change(localOf(jid), { barred: blocked, ...(blocked && { online: false }) }));
    board.on('connection', ({ status }) => {
      if (status === 'CONNECTED') void this.#onConnected(board);
    });
  }

  async #onConnected(board: Switchboard): Promise<void> {
    const { client } = board;
    // Whoever takes part in the demo may see who is there.
    if (client !== this.#client) client.on('subscription', ({ from }) => client.answerSubscription(from, true));
    this.#client = client;
    await Promise.allSettled([this.load(board.userId, true), this.#loadContacts(board), this.loadBlocked(), this.#suggest(board)]);
  }

  async #loadContacts(board: Switchboard): Promise<void> {
    const { people } = await board.contacts({ size: 200 });
    people.forEach((p) => this.take(p));
  }

  async #suggest(board: Switchboard): Promise<void> {
    const { people } = await board.users({ size: 20 });
    this.suggestions = people.filter((p) => p.userId !== board.userId).map((p) => this.take(p));
    this.changed();
  }

  async search(term: string): Promise<Person[]> {
    try {
      const { people } = await session.board.users({ search: term, size: 20 });
      return people.map((p) => this.take(p));
    } catch {
      return [];
    }
  }

  /** Fetches somebody's profile, once unless asked again. */
  async load(id: string, again = false): Promise<void> {
    if (!id || (this.#asked.has(id) && !again)) return;
    this.#asked.add(id);
    try {
      this.take(await session.board.profile(id));
    } catch (error) {
      if ((error as { code?: string }).code === 'user-not-found') this.#change(id, { hidden: true });
      else this.#asked.delete(id);
    }
  }

  /** Asks when somebody was last there, and to be told when that changes. */
  async watchPresence(id: string): Promise<void> {
    const { board } = session;
    const jid = board.jid(id);
    const contact = board.client.contacts().find((c) => c.jid === jid);
    if (!contact?.asked && contact?.subscription !== 'to' && contact?.subscription !== 'both') board.client.subscribe(jid);
    try {
      const { seconds } = await board.lastSeen(id);
      this.#change(id, { online: seconds === 0, seen: seconds > 0 ? new Date(Date.now() - seconds * 1000) : undefined });
    } catch {
      // It may be hidden from us.
    }
  }

  async saveMe(change: ProfileChange): Promise<void> {
    const { profile } = await session.board.setProfile(change);
    this.take(profile);
  }

  /** Shows the change at once, and takes it back if the server refuses. */
  async block(id: string, blocked: boolean): Promise<void> {
    this.#noteBlocked(id, blocked);
    try {
      await (blocked ? session.board.block(id) : session.board.unblock(id));
    } catch (error) {
      this.#noteBlocked(id, !blocked);
      complain(explain(error));
    }
  }

  async loadBlocked(): Promise<void> {
    try {
      const all = await session.board.blocked();
      all.forEach((p) => this.take(p));
      this.blocked = new Set(all.map((p) => p.userId));
      this.blockedKnown = true;
      this.changed();
    } catch (error) {
      if (this.blockedKnown) complain(explain(error));
    }
  }

  /** Puts a profile in its place. */
  take(profile: Profile): Person {
    const { userId, name, status, mobile, email, image, thumbnail, adminBlocked } = profile;
    return this.#change(userId, { name: name || userId, status, mobile, email, image, thumb: thumbnail, barred: adminBlocked, hidden: false });
  }

  #presence(id: string, online: boolean): void {
    if (this.blocked.has(id)) return;
    this.#change(id, { online, seen: online ? undefined : new Date() });
  }

  #noteBlocked(id: string, blocked: boolean): void {
    if (blocked) this.blocked.add(id);
    else this.blocked.delete(id);
    if (blocked) this.#change(id, { online: false, seen: undefined });
    else void this.load(id, true);
    this.changed();
  }

  /** Who blocks us shows us nothing any more. */
  async #onBlockedBy(id: string, blocked: boolean): Promise<void> {
    if (blocked) this.#change(id, { hidden: true, online: false, seen: undefined, status: '', mobile: '', email: '', image: '', thumb: '' });
    else await this.load(id, true);
  }

  #change(id: string, change: Partial<Person>): Person {
    const person = Object.assign(this.get(id), change);
    this.changed();
    return person;
  }
}

export const people = new People();
session.onStart((board) => people.start(board));
