import { SwitchboardError } from '../error.ts';
import { isGroup } from '../jid.ts';
import type { ChatSummary, Metadata, SentMessage } from '../model.ts';
import type { Switchboard } from '../board.ts';
import { tell } from './listeners.ts';
import { recentChat, type Answer, type AnswerWith, type MessageObject, type RecentChat } from './objects.ts';
import { answer, need, needJid, session, show } from './session.ts';

/** A text in the second version's form. */
export interface TextMessage {
  toJid: string;
  messageText: string;
  msgId?: string;
  replyMessageId?: string;
  /** User ids, one for each `@[?]` of the text. */
  mentionedUsersIds?: string[];
  topicId?: string;
  metaData?: Metadata;
}

/**
 * Sends a text. Both documented forms are taken: the object, and the
 * arguments in their order. Without a connection the answer is 200 with
 * msgStatus 3, and the message goes when there is one.
 */
export function sendTextMessage(message: TextMessage): Promise<AnswerWith<MessageObject>>;
export function sendTextMessage(
  TO_USER_JID: string,
  MESSAGE_BODY: string,
  MESSAGE_ID?: string,
  REPLY_TO?: string,
  MENTIONED_USERS_IDS?: string[],
): Promise<AnswerWith<MessageObject>>;
export function sendTextMessage(
  to: TextMessage | string,
  messageText?: string,
  msgId?: string,
  replyMessageId?: string,
  mentionedUsersIds?: string[],
): Promise<AnswerWith<MessageObject>> {
  return answer(async ({ board }) => {
    const message = typeof to === 'object' && to !== null ? to : { toJid: to, messageText: messageText!, msgId, replyMessageId, mentionedUsersIds };
    const { topicId, metaData }: Partial<TextMessage> = message;
    const sent = board.sendText(needJid(message.toJid, 'toJid'), need(message.messageText, 'messageText'), {
      id: message.msgId || undefined,
      replyTo: message.replyMessageId || undefined,
      mentions: message.mentionedUsersIds ?? undefined,
      topicId: topicId || undefined,
      metadata: metaData ?? undefined,
    });
    return { data: show(await settled(board, sent)) };
  });
}

/** Waits for the server's word as long as there is a connection. */
async function settled(board: Switchboard, sent: SentMessage): Promise<SentMessage['message']> {
  if (board.status !== 'CONNECTED') return sent.message;
  let off = () => {};
  const lost = new Promise<SentMessage['message']>((resolve) => {
    off = board.on('connection', () => resolve(sent.message));
  });
  return Promise.race([sent.stored, lost]).finally(off);
}

/** Marks a chat as read up to a message. */
export function sendSeenStatus(TO_USER_JID: string, MSG_ID: string, groupId?: string): Promise<Answer> {
  return answer(({ board }) => board.seen(groupId ? board.groupJid(groupId) : needJid(TO_USER_JID, 'TO_USER_JID'), need(MSG_ID, 'MSG_ID')));
}

/** Says that we are writing. */
export function sendTypingStatus(JID: string): Promise<Answer> {
  return answer(({ board }) => board.typing(needJid(JID), 'composing'));
}

/** Says that we are not writing any more. */
export function sendTypingGoneStatus(JID: string): Promise<Answer> {
  return answer(({ board }) => board.typing(needJid(JID), 'paused'));
}

/** All chats with what was last written in them, latest first. */
export function getRecentChats(): Promise<AnswerWith<RecentChat[]>> {
  return answer(async ({ board }) => ({ data: (await board.chats({ limit: 1000 })).map((c) => showChat(c, board)) }));
}

/** A row for the app; a file in it can be downloaded by the message's id. */
function showChat(chat: ChatSummary, board: Switchboard): RecentChat {
  const { id, file } = chat.last;
  const { files } = session();
  if (file && !files.has(id)) files.set(id, { file, chat: chat.jid });
  return recentChat(chat, board);
}

/** A page of the chats: those whose last message is older than messageTime, the time of the oldest row already held. */
export function getRecentChatsByPagination({ messageTime }: { messageTime?: number | string } = {}): Promise<AnswerWith<RecentChat[]>> {
  return answer(async ({ board }) => {
    const before = messageTime === undefined || messageTime === '' ? undefined : new Date(typeof messageTime === 'string' && /^\d+$/.test(messageTime) ? Number(messageTime) : messageTime);
    if (before && Number.isNaN(before.getTime())) throw new SwitchboardError(400, 'messageTime is no time', 'argument-invalid');
    return { data: (await board.chats({ before, limit: 20 })).map((c) => showChat(c, board)) };
  });
}

/** The question for messages in the second version's form. */
export interface ChatMessagesQuery {
  toJid: string;
  /** up: older than lastMessageId, or the newest without one. down: newer than lastMessageId. */
  position?: 'up' | 'down';
  lastMessageId?: string;
  /** Default 20. */
  limit?: number;
  /** Give the message lastMessageId, too. */
  includeMsgObj?: boolean;
}

export interface ChatMessages extends Answer {
  userJid?: string;
  groupJid?: string;
  /** Oldest first. */
  data?: MessageObject[];
}

/** A page of a chat's messages, in both documented forms. LAST_ROW_ID may be a message's msgId or rowId. */
export function getChatMessages(query: ChatMessagesQuery): Promise<ChatMessages>;
export function getChatMessages(TO_JID: string, POSITION?: 'up' | 'down', LAST_ROW_ID?: string, LIMIT?: number): Promise<ChatMessages>;
export function getChatMessages(to: ChatMessagesQuery | string, position?: 'up' | 'down', lastMessageId?: string, limit?: number): Promise<ChatMessages> {
  return answer(async ({ board }) => {
    const query: ChatMessagesQuery = typeof to === 'object' && to !== null ? to : { toJid: to, position, lastMessageId, limit };
    const { position: towards = 'up', limit: size = 20, includeMsgObj } = query;
    const jid = needJid(query.toJid, 'toJid');
    const last = query.lastMessageId ? String(query.lastMessageId) : undefined;
    if (towards !== 'up' && towards !== 'down') throw new SwitchboardError(400, 'position is up or down', 'argument-invalid');
    if (!Number.isInteger(size) || size < 1) throw new SwitchboardError(400, 'limit is a number from 1', 'argument-invalid');
    const boundary = last === undefined ? {} : towards === 'up' ? { before: last } : { after: last };
    const { messages } = await board.messages(jid, { ...boundary, limit: Math.min(size, 500), inclusive: includeMsgObj && last !== undefined });
    return { [isGroup(jid) ? 'groupJid' : 'userJid']: jid, data: messages.map((m) => show(m)) };
  });
}

/** One message. singleMessageDataListener gets it, too. */
export function getMessageById(msgId: string, toJid: string): Promise<AnswerWith<MessageObject>> {
  return answer(async ({ board, listeners }) => {
    const data = show(await board.message(needJid(toJid, 'toJid'), need(msgId, 'msgId')));
    tell(listeners, 'singleMessageDataListener', data);
    return { data };
  });
}
