import type { Switchboard } from '../board.ts';
import type { Attachment, ChatMessage, ChatSummary, Person, Profile } from '../model.ts';
import { bare, localOf } from '../jid.ts';
import type { Delivery } from '../types.ts';

/** What every function resolves with; a refusal, too. */
export interface Answer {
  /** 200; 400 invalid, 401 not signed in, 403 switched off or blocked, 405 sessions full, 429 too often, 500 otherwise. */
  statusCode: number;
  message: string;
}

/** An answer with a result, which a refusal has not. */
export interface AnswerWith<T> extends Answer {
  data?: T;
}

/** A user as the profile functions give it. */
export interface UserProfile {
  userId: string;
  userJid: string;
  nickName: string;
  name: string;
  image: string;
  thumbImage: string;
  status: string;
  email: string;
  mobileNumber: string;
  isAdminBlocked: boolean;
  fromUser: string;
}

/** A user of a block list. */
export interface BlockedUser extends UserProfile {
  jid: string;
}

/** How far a message has come: 0 sent, 1 delivered, 2 seen, 3 processing, 4 none. */
export type MessageStatus = 0 | 1 | 2 | 3 | 4;

/** A file in a message's body. */
export interface Media {
  /** Address of the bytes; `fileToken` is the same. */
  file_url: string;
  fileToken: string;
  /** Of an encrypted file: initialisation vector and key in hexadecimal; otherwise empty. */
  file_key: string;
  fileName: string;
  file_size: number;
  file_type: string;
  caption: string;
  /** Milliseconds. */
  duration: number;
  /** Base64 of a small picture; may be empty. */
  thumb_image: string;
  local_path: string;
  msgId: string;
  audioType: string;
  /** 0 queued, 1 in progress, 2 done, 3 failed, 7 upload cancelled, 9 download cancelled, 10 resumed. */
  is_uploading: number;
  is_downloaded: number;
  originalWidth: number;
  originalHeight: number;
  webWidth: number;
  webHeight: number;
  androidWidth: number;
  androidHeight: number;
}

export interface MessageBody {
  message_type: 'text' | 'image' | 'video' | 'audio' | 'file' | 'location' | 'contact' | 'meet';
  message: string;
  nickName: string;
  mentionedUsersIds: string[];
  /** Id of the message that is answered, or ''. */
  replyTo: string;
  media?: Media;
  location?: { latitude: number; longitude: number };
  contact?: { name: string; phone_number: string[] };
}

/** A message as listeners and functions give it. */
export interface MessageObject {
  msgId: string;
  chatType: 'chat' | 'groupchat';
  msgType: string;
  msgStatus: MessageStatus;
  fromUserId: string;
  fromUserJid: string;
  toUserId: string;
  toUserJid: string;
  /** Who wrote it. */
  publisherId: string;
  publisherJid: string;
  /** In a group. */
  groupId?: string;
  /** ISO 8601. */
  createdAt: string;
  /** Milliseconds since 1970. */
  timestamp: number;
  deleteStatus: 0 | 1;
  recallStatus: 0 | 1;
  favouriteStatus: 0 | 1;
  favouriteBy: string;
  editedStatus: 0 | 1;
  topicId: string;
  metaData: Record<string, unknown>;
  msgBody: MessageBody;
  /** Place in the archive; empty while unknown. */
  rowId: string;
}

/** A row of the list of chats. */
export interface RecentChat {
  userId: string;
  userJid: string;
  fromUserId: string;
  chatType: 'chat' | 'groupchat';
  msgId: string;
  msgBody: MessageBody;
  msgType: string;
  msgStatus: MessageStatus;
  timestamp: number;
  createdAt: string;
  updatedAt: string;
  publisherId: string;
  toUserId: string;
  isLastMessageSentByMe: boolean;
  unreadCount: number;
  nickName: string;
  muteStatus: 0 | 1;
  archiveStatus: 0 | 1;
  deleteStatus: 0 | 1;
  recallStatus: 0 | 1;
  metaData: Record<string, unknown>;
}

const statuses: Record<Delivery, MessageStatus> = { queued: 3, sent: 0, delivered: 1, displayed: 2, failed: 4 };

export function userProfile(p: Profile | Person): UserProfile {
  return {
    userId: p.userId,
    userJid: p.jid,
    nickName: p.name,
    name: p.name,
    image: p.image,
    thumbImage: p.thumbnail,
    status: p.status,
    email: p.email,
    mobileNumber: p.mobile,
    isAdminBlocked: p.adminBlocked,
    fromUser: p.userId,
  };
}

export function messageObject(m: ChatMessage, board: Switchboard, msgType = m.own ? 'sentMessage' : 'receiveMessage'): MessageObject {
  const group = m.type === 'groupchat';
  const author = board.jid(m.author);
  const [from, to] = m.own ? [board.address, m.chat] : [m.chat, group ? m.chat : board.address];
  return {
    msgId: m.id,
    chatType: m.type,
    msgType,
    msgStatus: m.state ? statuses[m.state] : 1,
    fromUserId: localOf(from),
    fromUserJid: bare(from),
    toUserId: localOf(to),
    toUserJid: bare(to),
    publisherId: m.author,
    publisherJid: author,
    ...(group && { groupId: localOf(m.chat) }),
    createdAt: m.time.toISOString(),
    timestamp: m.time.getTime(),
    deleteStatus: 0,
    recallStatus: 0,
    favouriteStatus: 0,
    favouriteBy: '',
    editedStatus: 0,
    topicId: m.topicId ?? '',
    metaData: m.metadata ?? {},
    msgBody: body(m),
    rowId: m.archiveId ?? '',
  };
}

function body(m: ChatMessage): MessageBody {
  return {
    message_type: m.kind,
    message: m.file ? '' : m.text,
    nickName: m.author,
    mentionedUsersIds: m.mentions,
    replyTo: m.replyTo ?? '',
    ...(m.file && { media: media(m.file, m.id, m.own) }),
    ...(m.location && { location: m.location }),
    ...(m.contact && { contact: { name: m.contact.name, phone_number: m.contact.phones } }),
  };
}

export function media(file: Attachment, msgId: string, own: boolean): Media {
  const { width = 0, height = 0 } = file;
  return {
    file_url: file.url,
    fileToken: file.url,
    file_key: file.key ?? '',
    fileName: file.name,
    file_size: file.size,
    file_type: file.type,
    caption: file.caption,
    duration: file.duration ?? 0,
    thumb_image: file.thumbnail?.split(',')[1] ?? '',
    local_path: '',
    msgId,
    audioType: '',
    is_uploading: own ? 2 : 0,
    is_downloaded: own ? 2 : 4,
    originalWidth: width,
    originalHeight: height,
    webWidth: width,
    webHeight: height,
    androidWidth: width,
    androidHeight: height,
  };
}

export function recentChat(c: ChatSummary, board: Switchboard): RecentChat {
  const time = c.last.time.toISOString();
  const kind = c.last.kind as MessageBody['message_type'];
  return {
    userId: c.id,
    userJid: c.jid,
    fromUserId: c.id,
    chatType: c.type,
    msgId: c.last.id,
    msgBody: {
      message_type: kind,
      message: c.last.file ? '' : c.last.text,
      nickName: c.last.author,
      mentionedUsersIds: [],
      replyTo: '',
      ...(c.last.file && { media: media(c.last.file, c.last.id, c.last.own) }),
    },
    msgType: c.last.own ? 'sentMessage' : 'receiveMessage',
    msgStatus: statuses[c.last.state],
    timestamp: c.last.time.getTime(),
    createdAt: time,
    updatedAt: time,
    publisherId: c.last.author,
    toUserId: c.last.own ? c.id : board.userId,
    isLastMessageSentByMe: c.last.own,
    unreadCount: c.unread,
    nickName: c.name,
    muteStatus: 0,
    archiveStatus: 0,
    deleteStatus: 0,
    recallStatus: 0,
    metaData: {},
  };
}
