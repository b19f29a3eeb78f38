import type { Switchboard } from '../board.ts';
import type { ConnectionStatus, EndReason, TransferProgress } from '../model.ts';
import { localOf, resourceOf } from '../jid.ts';
import { show, type Session } from './session.ts';
import { userProfile, type MessageObject, type UserProfile } from './objects.ts';

/** What messageListener is told besides messages: everything about one. */
export interface MessageEvent {
  msgType:
    | 'acknowledge'
    | 'delivered'
    | 'carbonDelivered'
    | 'seen'
    | 'carbonSeen'
    | 'carbonSentSeen'
    | 'composing'
    | 'gone'
    | 'userBlockStatus'
    | 'carbonUserBlockStatus'
    | 'logout'
    | 'serverLogout';
  chatType?: 'chat' | 'groupchat';
  msgId?: string;
  fromUserId?: string;
  fromUserJid?: string;
  toUserId?: string;
  toUserJid?: string;
  publisherId?: string;
  publisherJid?: string;
  groupId?: string;
  msgStatus?: number;
  /** With acknowledge: acknowledge, or failed where the server has refused the message. With userBlockStatus: block_user or unblock_user. */
  type?: string;
  blockedUserId?: string;
  timestamp?: number;
  /** With serverLogout: why. */
  code?: EndReason;
  statusCode?: number;
  message?: string;
}

/** The documented listeners. Those that only groups, calls and edited messages use are accepted and stay silent until there is something to tell. */
export interface CallbackListeners {
  /** `code` and `message` are there where the server has said why. */
  connectionListener?: (event: { status: ConnectionStatus; code?: string; message?: string }) => void;
  presenceListener?: (event: { fromUserJid: string; status: 'online' | 'unavailable' }) => void;
  friendsListListener?: (event: { permission: boolean; users: UserProfile[] }) => void;
  userProfileListener?: (profile: UserProfile) => void;
  messageListener?: (event: MessageObject | MessageEvent) => void;
  singleMessageDataListener?: (message: MessageObject) => void;
  mediaUploadListener?: (event: { msgId: string; progress: number; fromUserJid: string }) => void;
  mediaDownloadListener?: (event: { msgId: string; progress: number; fromUserJid: string }) => void;
  blockUserListener?: (event: { blockedUserId: string; type: 'block_user' | 'unblock_user' }) => void;
  adminBlockListener?: (event: { toUserId: string; toUserJid: string; blockStatus: '1' | '0' }) => void;
  userDeletedListener?: (userJid: string) => void;
  setUserToken?: (token: string) => void;
  helper?: { getDisplayName?: (metadata?: unknown) => string; getImageUrl?: () => string };
  editMessageListener?: (message: MessageObject) => void;
  replyMessageListener?: (message: MessageObject) => void;
  favouriteMessageListener?: (event: unknown) => void;
  groupProfileListener?: (event: unknown) => void;
  groupMemberListListener?: (event: unknown, communicationType?: unknown) => void;
  groupMsgInfoListener?: (event: unknown) => void;
  muteChatListener?: (event: unknown) => void;
  archiveChatListener?: (event: unknown) => void;
  userSettingsListener?: (event: { archive: 0 | 1 }) => void;
  incomingCallListener?: (event: unknown) => void;
  callStatusListener?: (event: unknown) => void;
  userTrackListener?: (event: unknown) => void;
  muteStatusListener?: (event: unknown) => void;
  missedCallListener?: (event: unknown) => void;
  callSwitchListener?: (event: unknown) => void;
  callSpeakingListener?: (event: unknown) => void;
  callUsersUpdateListener?: (event: unknown) => void;
  inviteUsersListener?: (event: unknown) => void;
  callUserJoinedListener?: (event: unknown) => void;
  callUserLeftListener?: (event: unknown) => void;
  callConnectionQualityListener?: (event: unknown) => void;
  mediaErrorListener?: (event: unknown) => void;
}

export type ListenerName = Exclude<keyof CallbackListeners, 'helper'>;

/** Calls a listener; what it throws or rejects with is the app's affair, but not ours to die of. */
export function tell<N extends ListenerName>(listeners: CallbackListeners, name: N, ...args: Parameters<NonNullable<CallbackListeners[N]>>): void {
  guard(name, () => (listeners[name] as ((...a: unknown[]) => unknown) | undefined)?.(...args));
}

/** Calls an app's function. */
export function guard(name: string, call: () => unknown): void {
  const log = (error: unknown) => console.error(`${name}:`, error);
  try {
    const result = call();
    if (result instanceof Promise) result.catch(log);
  } catch (error) {
    log(error);
  }
}

/** Connects a board's events to the documented listeners. */
export function bridge(session: Session): void {
  const { board, listeners } = session;
  const message = (event: MessageObject | MessageEvent) => tell(listeners, 'messageListener', event);
  board.on('connection', (event) => tell(listeners, 'connectionListener', event));
  board.on('presence', (p) => tell(listeners, 'presenceListener', { fromUserJid: p.jid, status: p.online ? 'online' : 'unavailable' }));
  board.on('profile', (profile) => tell(listeners, 'userProfileListener', userProfile(profile)));
  board.on('message', (m) => {
    if (m.conversation && !m.text) return;
    const from = m.own ? 'carbonSentMessage' : m.source === 'carbon' ? 'carbonReceiveMessage' : 'receiveMessage';
    message(show(m, from, session));
  });
  board.on('delivery', ({ id, chat, state, by, error }) => {
    const about = party(board, chat, board.address, id);
    if (state === 'sent') message({ ...about, msgType: 'acknowledge', type: 'acknowledge', msgStatus: 0 });
    if (state === 'failed') message({ ...about, msgType: 'acknowledge', type: 'failed', msgStatus: 4, statusCode: 500, message: error?.message ?? '' });
    if (state === 'delivered') message({ ...about, ...party(board, chat, by, id), msgType: 'delivered', msgStatus: 1 });
    if (state === 'displayed') message({ ...about, ...party(board, chat, by, id), msgType: 'seen', msgStatus: 2 });
  });
  board.on('receipt', ({ id, chat, state, by, own }) => {
    const delivered = state === 'delivered';
    if (own && !delivered) message({ ...party(board, chat, by, id), msgType: 'carbonSentSeen', msgStatus: 2 });
    if (!own && !board.client.sent(id)) message({ ...party(board, chat, by, id), msgType: delivered ? 'carbonDelivered' : 'carbonSeen', msgStatus: delivered ? 1 : 2 });
  });
  board.on('typing', ({ chat, author, state }) => {
    if (state === 'active') return; // It comes with every message.
    message({ ...party(board, chat, chat.includes('@mix.') ? `${chat}/${author}` : chat), msgType: state === 'composing' ? 'composing' : 'gone' });
  });
  board.on('blocked', ({ jid, blocked, own }) => {
    if (own) return;
    const type = blocked ? 'block_user' : 'unblock_user';
    tell(listeners, 'blockUserListener', { blockedUserId: localOf(jid), type });
    message({ msgType: 'carbonUserBlockStatus', blockedUserId: localOf(jid), type });
  });
  board.on('blockedBy', ({ jid, blocked }) =>
    message({
      msgType: 'userBlockStatus',
      fromUserId: localOf(jid),
      fromUserJid: jid,
      blockedUserId: board.userId,
      type: blocked ? 'block_user' : 'unblock_user',
    }),
  );
  board.on('adminBlocked', ({ jid, blocked }) =>
    tell(listeners, 'adminBlockListener', { toUserId: localOf(jid), toUserJid: jid, blockStatus: blocked ? '1' : '0' }),
  );
  board.on('deleted', ({ jid }) => tell(listeners, 'userDeletedListener', jid));
  board.on('token', (token) => tell(listeners, 'setUserToken', token));
  board.on('upload', (p) => tell(listeners, 'mediaUploadListener', progress(p)));
  board.on('download', (p) => tell(listeners, 'mediaDownloadListener', progress(p)));
  board.on('ended', ({ code, message: text }) => message({ msgType: 'serverLogout', code, message: text }));
}

/** The addresses of an event: `by` is who caused it. */
function party(board: Switchboard, chat: string, by = chat, msgId?: string): Omit<MessageEvent, 'msgType'> {
  const group = chat.includes('@mix.');
  const userId = group && by.startsWith(chat) ? resourceOf(by) : localOf(by);
  return {
    chatType: group ? 'groupchat' : 'chat',
    ...(msgId !== undefined && { msgId }),
    fromUserId: group ? localOf(chat) : userId,
    fromUserJid: group ? chat : board.jid(userId),
    toUserId: localOf(userId === board.userId ? chat : board.address),
    toUserJid: userId === board.userId ? chat : board.address,
    publisherId: userId,
    publisherJid: board.jid(userId),
    ...(group && { groupId: localOf(chat) }),
    timestamp: Date.now(),
  };
}

function progress({ id, percent, chat }: TransferProgress): { msgId: string; progress: number; fromUserJid: string } {
  return { msgId: id, progress: percent, fromUserJid: chat };
}
