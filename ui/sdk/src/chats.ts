import type { Client } from './client.ts';
import { readContent, typeOf } from './content.ts';
import { SwitchboardError } from './error.ts';
import { groupDomain, isGroup, localOf } from './jid.ts';
import type { Attachment, ChatMessage, ChatsQuery, ChatSummary, MessagesPage, MessagesQuery } from './model.ts';
import type { ChatRow, Platform } from './platform.ts';
import { RecentSet, remember } from './recent.ts';
import type { Delivery, HistoryPage, Message, Receipt } from './types.ts';

interface Place {
  archiveId?: string;
  /** The server's; a live message has only this device's clock, which may be another. */
  time?: number;
}

const rowStates: Delivery[] = ['sent', 'delivered', 'displayed'];
const remembered = 10_000;

/** Reads chats: the list of them, and their messages by the messages' own ids. */
export class Chats {
  #platform: Platform;
  #client: () => Client;
  #domain: () => string;
  #places = new Map<string, Place>();
  #rows = new RecentSet(remembered);
  #ticks = new Map<string, 'delivered' | 'displayed'>();
  /** By chat and side: messages up to this time were read. */
  #read = new Map<string, number>();

  constructor(platform: Platform, client: () => Client, domain: () => string) {
    this.#platform = platform;
    this.#client = client;
    this.#domain = domain;
  }

  /** Takes note of where a message stands and gives it with its content. */
  take(message: Message): ChatMessage {
    this.#place(message);
    const read = readContent(message);
    const state = this.#state(message);
    return state ? { ...read, state } : read;
  }

  note({ chat, id, state, own }: Pick<Receipt, 'chat' | 'id' | 'state' | 'own'>): void {
    const key = placeKey(chat, id);
    if (this.#ticks.get(key) !== 'displayed') remember(this.#ticks, key, state, remembered);
    const place = this.#places.get(key);
    if (state === 'displayed' && place?.time) this.#readUpTo(readKey(chat, !own), place.time);
  }

  /** The list of chats, latest first. */
  async recent({ before, limit = 20 }: ChatsQuery): Promise<ChatSummary[]> {
    const size = Math.min(Math.max(limit, 50), 200);
    const found: ChatSummary[] = [];
    for (let page = 1; found.length < limit; page++) {
      const { rows, totalPages } = await this.#platform.recent({ page, size });
      found.push(...rows.filter((row) => !before || (row.messageTime ?? 0) < before.getTime()).map((row) => this.#summary(row)));
      if (page >= totalPages || rows.length === 0) break;
    }
    return found.slice(0, limit);
  }

  async messages(chat: string, { before, after, inclusive, limit = 20 }: MessagesQuery): Promise<MessagesPage> {
    const id = before ?? after;
    const boundary = id === undefined ? undefined : await this.#position(chat, id);
    const page = await (after !== undefined ? this.#forward(chat, boundary!, limit) : this.#backward(chat, boundary, limit));
    const messages = this.#takeAll(page.messages);
    if (inclusive && id !== undefined) {
      const message = await this.byId(chat, id);
      if (after !== undefined) messages.unshift(message);
      else messages.push(message);
    }
    return { messages, complete: page.complete };
  }

  /** One message of a chat. */
  async byId(chat: string, id: string): Promise<ChatMessage> {
    const time = this.#places.get(placeKey(chat, id))?.time ?? (await this.#timeOf(chat, id));
    for (let after: string | undefined; ; ) {
      // Receipts and the like stand in the archive, too: a moment may have several pages.
      const page: HistoryPage = await this.#client().history(chat, { start: new Date(time - 1000), end: new Date(time + 1000), after: after ?? '', limit: 100 });
      this.#noteAll(page);
      const found = page.messages.find((m) => m.id === id);
      if (found) return this.take(found);
      if (page.complete || !page.last) throw unknown();
      after = page.last;
    }
  }

  /** The place in the archive of a message, which is named by its id or by that place itself. */
  async #position(chat: string, id: string): Promise<string> {
    const place = this.#places.get(placeKey(chat, id));
    if (place?.archiveId) return place.archiveId;
    if (this.#rows.has(placeKey(chat, id))) return id;
    const message = await this.byId(chat, id).catch((error: SwitchboardError) => {
      if (error.status !== 404) throw error;
    });
    return message?.archiveId ?? id;
  }

  /** A message that this page has not seen: the API knows it by its id and says when it was. */
  async #timeOf(chat: string, id: string): Promise<number> {
    const chatType = isGroup(chat) ? 'groupchat' : 'singlechat';
    const { rows } = await this.#platform.history(localOf(chat), { chatType, messageId: id, size: 1 });
    const row = rows.find((r) => r.messageId === id);
    if (row?.messageTime === undefined) throw unknown();
    return row.messageTime;
  }

  async #backward(chat: string, boundary: string | undefined, limit: number): Promise<{ messages: Message[]; complete: boolean }> {
    let messages: Message[] = [];
    for (let before = boundary; ; ) {
      const page = await this.#client().history(chat, { before, limit: Math.max(limit, 20) });
      this.#noteAll(page);
      messages = [...page.messages, ...messages];
      if (messages.length >= limit) return { messages: messages.slice(-limit), complete: page.complete && messages.length === limit };
      if (page.complete || !page.first) return { messages, complete: true };
      before = page.first;
    }
  }

  async #forward(chat: string, boundary: string, limit: number): Promise<{ messages: Message[]; complete: boolean }> {
    const messages: Message[] = [];
    for (let after = boundary; ; ) {
      const page = await this.#client().history(chat, { after, limit: Math.max(limit, 20) });
      this.#noteAll(page);
      messages.push(...page.messages);
      if (messages.length >= limit) return { messages: messages.slice(0, limit), complete: page.complete && messages.length === limit };
      if (page.complete || !page.last) return { messages, complete: true };
      after = page.last;
    }
  }

  #noteAll(page: HistoryPage): void {
    for (const message of page.messages) this.#place(message);
    for (const receipt of page.receipts) this.note(receipt);
  }

  #place({ chat, id, archiveId, time, source }: Message): void {
    const key = placeKey(chat, id);
    const exact = source === 'history' || source === 'catchup' ? time.getTime() : this.#places.get(key)?.time;
    remember(this.#places, key, { archiveId, time: exact }, remembered);
    if (archiveId) this.#rows.add(placeKey(chat, archiveId));
  }

  /** Newest first, since a mark is for everything before it. */
  #takeAll(messages: Message[]): ChatMessage[] {
    const read = new Set<boolean>();
    return [...messages]
      .reverse()
      .map((message): ChatMessage => {
        const taken = this.take(message);
        if (message.type === 'chat' && read.has(message.own)) return { ...taken, state: 'displayed' };
        if (taken.state === 'displayed') {
          read.add(message.own);
          this.#readUpTo(readKey(message.chat, message.own), message.time.getTime());
        }
        return taken;
      })
      .reverse();
  }

  #readUpTo(key: string, time: number): void {
    if ((this.#read.get(key) ?? 0) < time) this.#read.set(key, time);
  }

  #state(message: Message): Delivery | undefined {
    const tick = this.#ticks.get(placeKey(message.chat, message.id));
    const read = message.type === 'chat' && message.time.getTime() < (this.#read.get(readKey(message.chat, message.own)) ?? -1);
    if (read || tick === 'displayed') return 'displayed';
    return message.own ? (tick ?? 'sent') : undefined;
  }

  #file({ media = {}, messageType }: ChatRow): Attachment {
    const { fileUrl = '', fileName = '', fileType, fileSize = 0, fileKey, caption = '', duration, originalWidth: width, originalHeight: height, thumbImage } = media;
    const url = /^https?:/.test(fileUrl) ? fileUrl : `${this.#platform.baseUrl}/media/download?fileToken=${encodeURIComponent(fileUrl)}`;
    return {
      kind: messageType as Attachment['kind'],
      url,
      name: fileName,
      type: fileType || typeOf(fileName),
      size: fileSize,
      caption,
      ...(fileKey && { key: fileKey }),
      ...(width && { width }),
      ...(height && { height }),
      ...(duration && { duration }),
      ...(thumbImage?.startsWith('data:image/') && { thumbnail: thumbImage }),
    };
  }

  #summary(row: ChatRow): ChatSummary {
    const type = row.chatType === 'groupchat' ? 'groupchat' : 'chat';
    const id = row.participant ?? (row.fromUser === this.#platform.username ? row.toUser : row.fromUser);
    return {
      jid: `${id}@${type === 'groupchat' ? groupDomain(this.#domain()) : this.#domain()}`,
      id,
      name: row.participantName ?? '',
      type,
      unread: row.unread ?? 0,
      last: {
        id: row.messageId,
        kind: row.messageType,
        text: row.message,
        time: new Date(row.messageTime ?? 0),
        own: row.fromUser === this.#platform.username,
        author: row.fromUser,
        state: rowStates[Number(row.deliveryStatus ?? 0)] ?? 'sent',
        ...(row.media && { file: this.#file(row) }),
      },
    };
  }
}

function placeKey(chat: string, id: string): string {
  return `${chat}\n${id}`;
}

function readKey(chat: string, own: boolean): string {
  return `${own ? '>' : '<'}${chat}`;
}

function unknown(): SwitchboardError {
  return new SwitchboardError(404, 'there is no such message in this chat', 'message-unknown');
}
