/** Where a connection stands. */
export type ConnectionState = 'CONNECTING' | 'CONNECTED' | 'RECONNECTING' | 'DISCONNECTED' | 'AUTHENTICATIONFAILED';

/** The chat states of XEP-0085. */
export type ChatState = 'active' | 'composing' | 'paused' | 'inactive' | 'gone';

/** How far an outgoing message has come. */
export type Delivery = 'queued' | 'sent' | 'delivered' | 'displayed' | 'failed';

/** A constructor like the browser's WebSocket. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => unknown;

/** Sign-in by access token (SASL OAUTHBEARER, RFC 7628). The function is called before every connection attempt and, with `rejected` true, once more when the server refused the last token. */
export interface TokenCredentials {
  token: string | ((rejected: boolean) => string | Promise<string>);
}

/** Sign-in by user name and password (SCRAM-SHA-256, SCRAM-SHA-1; PLAIN only over TLS or loopback). */
export interface PasswordCredentials {
  username: string;
  password: string;
}

export interface ClientOptions {
  /** `wss://host/xmpp-websocket` */
  url: string;
  /** The tenant's XMPP domain. */
  domain: string;
  credentials: TokenCredentials | PasswordCredentials;
  /** Wanted resource; the server makes one if absent. */
  resource?: string;
  /** Answer receipt requests (XEP-0184). Default true. */
  receipts?: boolean;
  /** Send initial presence and ask for the roster after connecting. Default true. */
  presence?: boolean;
  /** Archive positions known from an earlier run: chat archive id by archive (own bare JID or group JID). What came later is caught up on the first connection. */
  positions?: Record<string, string>;
  /** Longest pause between connection attempts, in ms. Default 30 000. */
  maxDelay?: number;
  /** Ask the server for notices (`notice` events) and for changes of the block list (`blocked` events). Default false. */
  notices?: boolean;
  /** Gives up a connection attempt after so many ms. Default 10 000. */
  timeout?: number;
  /** For runtimes without a global WebSocket. The Node build brings one. */
  WebSocket?: WebSocketConstructor;
  /** Keeps unsent messages, so that they outlive the page. Default: they do not. */
  outbox?: OutboxOptions;
}

/** A storage for unsent messages, such as localStorage. What it throws does no harm: then nothing is kept. */
export interface MessageStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface OutboxOptions {
  storage: MessageStorage;
  /** Stands for the account: what was kept under it is sent as whoever connects. */
  key: string;
}

/** A change of a customer conversation, announced in its group (`urn:switchboard:conversation:0`). */
export interface ConversationNotice {
  id: string;
  /** queued, operator-joined, operator-left, forwarded, ended … */
  event: string;
  /** The conversation's status as the Public API spells it. */
  status: string;
  /** The operator's display name, where the event has one. */
  operator?: string;
  /** Place in the queue, where the event has one. */
  place?: number;
  /** Every attribute as it came. */
  attributes: Record<string, string>;
}

/** One message, live or from an archive. */
export interface Message {
  /** The sender's id of the message: what receipts refer to. */
  id: string;
  /** The archive's id (XEP-0359), absent until the archive's copy was seen. */
  archiveId?: string;
  /** The bare address of the other side: peer or group. */
  chat: string;
  type: 'chat' | 'groupchat';
  /** The author's localpart (in a group: the member's). */
  author: string;
  /** Full addresses as on the wire. */
  from: string;
  to: string;
  /** The text; empty for a notice without a body. */
  text: string;
  time: Date;
  /** Written by this account (here or on another device). */
  own: boolean;
  /** How it came: live, a copy from another device, caught up after a gap, or a page of history. */
  source: 'live' | 'carbon' | 'catchup' | 'history';
  /** Present on a conversation's system lines. */
  conversation?: ConversationNotice;
  /** The stanza as parsed by @xmpp/xml, for payloads that this SDK does not know. */
  stanza: Stanza;
}

/** The part of @xmpp/xml's Element that callers may rely on. */
export interface Stanza {
  name: string;
  attrs: Record<string, string>;
  getChild(name: string, xmlns?: string): Stanza | undefined;
  getChildText(name: string, xmlns?: string): string | null;
  getChildElements(): Stanza[];
  getNS(): string | undefined;
  text(): string;
  toString(): string;
}

/** The state of a message that this client sent; emitted on every change. */
export interface DeliveryUpdate {
  id: string;
  chat: string;
  state: Delivery;
  /** Who received or displayed it; in a group one update per member. */
  by?: string;
  archiveId?: string;
  error?: Error;
}

export interface TypingUpdate {
  chat: string;
  author: string;
  state: ChatState;
}

export interface PresenceUpdate {
  /** Full address. */
  from: string;
  /** Bare address. */
  contact: string;
  available: boolean;
  show: '' | 'chat' | 'away' | 'xa' | 'dnd';
  status: string;
}

export interface Contact {
  jid: string;
  name: string;
  subscription: 'none' | 'to' | 'from' | 'both' | 'remove';
  /** A subscription request of ours waits for the contact's answer. */
  asked: boolean;
  groups: string[];
}

/** The events of a Client with their payload. */
export interface ClientEvents {
  state: ConnectionState;
  /** Every message of every archive that is followed: once, in the archive's order. */
  message: Message;
  delivery: DeliveryUpdate;
  typing: TypingUpdate;
  /** Somebody has read the chat up to this message, whoever sent it (XEP-0333); for messages of this client a `delivery` says it too. */
  displayed: { chat: string; id: string; author: string };
  /** Every receipt and mark that arrives, whoever sent the message that it is for. */
  receipt: Receipt;
  /** From the server, where `notices` asks for them. */
  notice: Notice;
  /** The own block list has changed (XEP-0191): these were blocked or unblocked; no addresses = all were unblocked. */
  blocked: { jids: string[]; blocked: boolean };
  /** A connection broke, or an attempt at one failed; `state` says what follows. */
  failure: Error;
  /** The server has ended the stream for good and says why. */
  ended: { code: string; message: string };
  presence: PresenceUpdate;
  contact: Contact;
  /** Somebody asks to see our presence. */
  subscription: { from: string };
  /** Also delivered as a `message`; this is the shortcut. */
  conversation: { chat: string; notice: ConversationNotice; message: Message };
  /** An archive could not be caught up: what the application shows of it may have a hole; load it again. */
  gap: { archive: string };
  /** Something went wrong that the client handles itself; for a log. */
  error: Error;
}

/** What the server tells an account without a message: `urn:switchboard:notice:0`. */
export interface Notice {
  kind: string;
  /** Whom it is about. */
  jid: string;
  fields: Record<string, string>;
}

/** Somebody has received or read a message. */
export interface Receipt {
  chat: string;
  /** The message's id; for `displayed` everything before it, too. */
  id: string;
  state: 'delivered' | 'displayed';
  /** Full address of who says so. */
  by: string;
  /** We ourselves, on another device. */
  own: boolean;
  source: Message['source'];
}

export interface SendOptions {
  /** Client-made id; a UUID if absent. Sending the same id again is harmless. */
  id?: string;
  /** groupchat for a group's JID (the default where the domain begins with `mix.`). */
  type?: 'chat' | 'groupchat';
  /** More children of the message: @xmpp/xml elements. */
  payload?: Stanza[];
}

export interface HistoryQuery {
  /** Archive id: what came before it. Without before and after: the newest page. */
  before?: string;
  /** Archive id: what came after it. */
  after?: string;
  /** Only what is not older, or not newer. */
  start?: Date;
  end?: Date;
  /** Default 50. */
  limit?: number;
}

export interface HistoryPage {
  /** Oldest first. */
  messages: Message[];
  /** Receipts and marks that the page holds. */
  receipts: Receipt[];
  /** Nothing is left in the asked direction. */
  complete: boolean;
  /** Archive ids of the page's ends, for the next query. */
  first?: string;
  last?: string;
}
