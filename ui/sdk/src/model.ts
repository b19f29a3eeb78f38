import type { ConnectionState, Delivery, DeliveryUpdate, Message, MessageStorage, TypingUpdate, WebSocketConstructor } from './types.ts';

/** How a connection stands, in the documented words. CONNECTIONFAILED, CONNECTIONTIMEOUT and ERROROCCURED say why an attempt failed; RECONNECTING follows them while more are made. */
export type ConnectionStatus = ConnectionState | 'CONNECTIONFAILED' | 'CONNECTIONTIMEOUT' | 'ERROROCCURED';

/** Why the server has ended this device's stream for good. */
export type EndReason = 'device-replaced' | 'device-revoked' | 'account-blocked' | 'account-deleted' | 'password-changed' | 'conflict';

/** What a user shows of themselves. */
export interface Profile {
  userId: string;
  jid: string;
  name: string;
  status: string;
  email: string;
  mobile: string;
  /** Absolute address of the picture; empty without one. */
  image: string;
  /** A small rendition of it. */
  thumbnail: string;
  /** An administrator has blocked the account. */
  adminBlocked: boolean;
  metadata?: Metadata;
}

/** At most three pairs. */
export type Metadata = Record<string, string | number | boolean>;

/** A change of the own profile; what is absent stays. */
export interface ProfileChange {
  name?: string;
  status?: string;
  email?: string;
  mobile?: string;
  /** A picture, the address of one, or null to remove it. */
  image?: Blob | string | null;
}

/** An account as lists show it. */
export interface Person extends Profile {}

export interface PeopleQuery {
  /** Part of the name or id. */
  search?: string;
  /** From 1. */
  page?: number;
  /** Default 20. */
  size?: number;
  metadataKey?: string;
  metadataValues?: string[];
}

export interface PeoplePage {
  people: Person[];
  totalPages: number;
  total: number;
}

/** When somebody was last active. */
export interface LastSeen {
  jid: string;
  /** Seconds ago; 0 = online now; -1 = never seen, or hidden from us. */
  seconds: number;
}

/** A login of the own account. */
export interface Device {
  id: string;
  type: string;
  name: string;
  created: string;
  lastUsed: string;
  /** This one. */
  current: boolean;
}

/** The parts of the service, each on or off for this application. */
export interface Features {
  isBlockEnabled: boolean;
  isAttachmentEnabled: boolean;
  isImageAttachmentEnabled: boolean;
  isVideoAttachmentEnabled: boolean;
  isAudioAttachmentEnabled: boolean;
  isDocumentAttachmentEnabled: boolean;
  isStarMessageEnabled: boolean;
  isOneToOneCallEnabled: boolean;
  isGroupCallEnabled: boolean;
  isGroupChatEnabled: boolean;
  isReportEnabled: boolean;
  isTranslationEnabled: boolean;
  isDeleteChatEnabled: boolean;
  isClearChatEnabled: boolean;
  isDeleteMessageEnabled: boolean;
  isViewAllMediasEnabled: boolean;
  isRecentChatSearchEnabled: boolean;
  [flag: string]: boolean;
}

/** A message that is reported with a user or group. */
export interface ReportedMessage {
  id: string;
  text?: string;
  type?: string;
  file?: string;
  time?: Date | number;
  /** User id of the author. */
  author?: string;
}

/** What a message holds besides or instead of its text. */
export type ContentKind = 'text' | 'image' | 'video' | 'audio' | 'file' | 'location' | 'contact';

/** A file in a message. */
export interface Attachment {
  kind: 'image' | 'video' | 'audio' | 'file';
  /** Where the bytes are; encrypted ones if there is a key. */
  url: string;
  name: string;
  type: string;
  /** Bytes of the plain file. */
  size: number;
  caption: string;
  /** Of an encrypted file: initialisation vector and key in hexadecimal (XEP-0454). */
  key?: string;
  width?: number;
  height?: number;
  /** Milliseconds. */
  duration?: number;
  /** A small picture as a data: URL. */
  thumbnail?: string;
}

/** A message with its content read. */
export interface ChatMessage extends Message {
  kind: ContentKind;
  file?: Attachment;
  /** A place on Earth, in degrees (XEP-0080). */
  location?: { latitude: number; longitude: number };
  /** Somebody's name and telephone numbers (XEP-0292). */
  contact?: { name: string; phones: string[] };
  /** Id of the message that this one answers (XEP-0461). */
  replyTo?: string;
  /** User ids, in the order of their mentions (XEP-0372). */
  mentions: string[];
  topicId?: string;
  metadata?: Metadata;
  /** How far an own message has come; `displayed` for others' that we have marked. */
  state?: Delivery;
}

export interface TextOptions {
  /** A UUID if absent. Sending the same id again is harmless. */
  id?: string;
  replyTo?: string;
  /** User ids, one for each `@[?]` of the text. */
  mentions?: string[];
  topicId?: string;
  metadata?: Metadata;
}

/** A message on its way. */
export interface SentMessage {
  id: string;
  /** As the other side will see it, to show at once. */
  message: ChatMessage;
  /** Resolves when the server has stored it; rejects with a SwitchboardError if it refuses it. May be left alone. */
  stored: Promise<ChatMessage>;
}

/** A file to send: a File or Blob, or in Node the path of one. */
export type FileInput = Blob | string;

export interface FileOptions extends TextOptions {
  /** Default: by the media type. */
  kind?: Attachment['kind'];
  caption?: string;
  name?: string;
  type?: string;
  width?: number;
  height?: number;
  /** Milliseconds. */
  duration?: number;
  /** A small picture as a data: URL, at most 8 kB. */
  thumbnail?: string;
  /** Default: what encryptMedia says. */
  encrypt?: boolean;
  onProgress?: (progress: TransferProgress) => void;
  /** Cancels. */
  signal?: AbortSignal;
}

export interface TransferProgress {
  /** The message's id. */
  id: string;
  chat: string;
  /** Bytes done and bytes in all. */
  done: number;
  total: number;
  /** 0 to 100. */
  percent: number;
}

/** A file on its way to the server and into a message. */
export interface FileTransfer {
  id: string;
  message: ChatMessage;
  readonly state: 'running' | 'paused' | 'done' | 'cancelled' | 'failed';
  /** Resolves when the message with the file is stored; rejects with a SwitchboardError. May be left alone. */
  stored: Promise<ChatMessage>;
  pause(): void;
  /** Goes on where it stopped, after pause() or a failure. */
  resume(): void;
  /** Ends it and removes what was uploaded. */
  cancel(): void;
}

export interface DownloadOptions {
  /** Of the message and its chat, for progress events; known where a message is given. */
  id?: string;
  chat?: string;
  /** In Node: the file to write. It appears when everything has arrived and was found genuine. */
  path?: string;
  onProgress?: (progress: TransferProgress) => void;
  signal?: AbortSignal;
}

export interface MessagesQuery {
  /** Id of a message: what came before it. Without before and after: the newest. */
  before?: string;
  /** Id of a message: what came after it. */
  after?: string;
  /** Give the message of before or after, too. */
  inclusive?: boolean;
  /** Default 20. */
  limit?: number;
}

export interface MessagesPage {
  /** Oldest first. */
  messages: ChatMessage[];
  /** Nothing is left in the asked direction. */
  complete: boolean;
}

/** A chat as the list of chats shows it. */
export interface ChatSummary {
  jid: string;
  /** User or group id. */
  id: string;
  name: string;
  type: 'chat' | 'groupchat';
  unread: number;
  last: {
    id: string;
    kind: string;
    text: string;
    time: Date;
    own: boolean;
    /** User id of the author. */
    author: string;
    state: Delivery;
    file?: Attachment;
  };
}

export interface ChatsQuery {
  /** Only chats whose last message is older. */
  before?: Date;
  /** Default 20. */
  limit?: number;
}

/** What register() resolves with. */
export interface Registered {
  userId: string;
  jid: string;
  /** The new device's credential: keep both to connect again without registering. */
  username: string;
  password: string;
  token: string;
  /** The account was there before. */
  existing: boolean;
  /** It has a name. */
  profileSet: boolean;
  trial: boolean;
}

export interface RegisterOptions {
  /** At the device limit: sign the oldest device out (default) or be refused with 405. */
  force?: boolean;
  /** For a new account, at most three pairs. */
  metadata?: Metadata;
  /** A proof of identity for this call; default is that of the options. */
  identityToken?: string;
}

export interface Credentials {
  username: string;
  password: string;
}

/** Who asks to be signed in by a code. */
export interface DeviceAsk {
  userCode: string;
  browser: string;
  platform: string;
  address: string;
  place: string;
  requested: string;
  expires: string;
}

export interface QrOptions {
  /** The server that signs in; default is the API's. */
  server?: string;
  /** A canvas or an element that gets one: the code is drawn into it. */
  element?: Element | null;
  /** Drawn in the middle. */
  logo?: CanvasImageSource | Element | null;
  /** Edge in CSS pixels. Default 256. */
  size?: number;
  /** Called with each code: the first, and one whenever the last has expired unused. */
  onCode?: (code: { text: string; userCode: string; expires: Date }) => void;
  signal?: AbortSignal;
}

/** A code that waits to be scanned and approved. */
export interface QrLogin {
  /** Resolves with this page's own credential once; rejects with 403 if the person refuses, with status 0 when cancelled. */
  credentials: Promise<Credentials & { jid: string }>;
  /** Resolves when the first code is shown. */
  drawn: Promise<void>;
  cancel(): void;
}

/** The events of a Switchboard with their payload. */
export interface BoardEvents {
  /** Every change of the connection. */
  connection: { status: ConnectionStatus; code?: string; message?: string };
  /** Every message of every chat: once, in the archive's order; from here, other devices and others. */
  message: ChatMessage;
  /** How far a message of this device has come; `queued` is said of those that an earlier page has left. */
  delivery: DeliveryUpdate;
  /** Somebody, perhaps ourselves elsewhere, has received or read a message. */
  receipt: { chat: string; id: string; state: 'delivered' | 'displayed'; by: string; own: boolean };
  typing: TypingUpdate;
  /** A contact came or went. */
  presence: { jid: string; userId: string; online: boolean };
  /** Somebody's profile has changed; ours, too, on whichever device. */
  profile: Profile;
  /** We blocked or unblocked somebody; own: it was this client that did. */
  blocked: { jid: string; blocked: boolean; own: boolean };
  /** Somebody blocked or unblocked us. */
  blockedBy: { jid: string; blocked: boolean };
  /** An account was deleted. */
  deleted: { jid: string };
  /** An administrator has blocked or unblocked a user, a group, or us. */
  adminBlocked: { jid: string; blocked: boolean };
  features: Partial<Features>;
  /** Another device has signed in. */
  device: { type: string };
  /** A new token was fetched. */
  token: string;
  upload: TransferProgress;
  download: TransferProgress;
  /** The server has ended this device's stream for good: it will not come back by itself. */
  ended: { code: EndReason; message: string };
  /** An archive could not be caught up: load the chats again. */
  gap: { archive: string };
  /** Something went wrong that is handled; for a log. */
  error: Error;
}

export interface BoardOptions {
  /** `https://host/api/v1`; an origin will do. Default: the page's own. */
  apiBaseUrl?: string;
  /** Names the application. */
  licenseKey: string;
  /** The application is in trial mode: users need no proof of identity. */
  trial?: boolean;
  /** A token by which the app's backend says who the user is, or a function that fetches a fresh one. */
  identityToken?: string | ((userId: string) => string | Promise<string>);
  /** The same as on() for each. */
  listeners?: { [E in keyof BoardEvents]?: (value: BoardEvents[E]) => void };
  /** Encrypt files before they are sent. Default false: then the server encrypts them at rest. */
  encryptMedia?: boolean;
  /** Default `web`. */
  deviceType?: string;
  /** Longest pause between connection attempts, in ms. Default 30 000. */
  maxDelay?: number;
  /** Gives up a connection attempt after so many ms. Default 10 000. */
  timeout?: number;
  /**
   * Keeps unsent messages, at most 500 and 1 MB for each account, so that they outlive the page: the next connection as the
   * same account sends them under the same ids. Default: localStorage in a browser, none in Node; null for none. Where there
   * are no Web Locks (Node, pages on plain http), one client at a time may use a storage.
   */
  storage?: MessageStorage | null;
  /** For runtimes that have none. */
  fetch?: typeof fetch;
  WebSocket?: WebSocketConstructor;
}
