import { SwitchboardError } from '../error.ts';
import type { Features, Metadata, Person, ReportedMessage } from '../model.ts';
import { isGroup } from '../jid.ts';
import { tell } from './listeners.ts';
import { userProfile, type Answer, type AnswerWith, type BlockedUser, type UserProfile } from './objects.ts';
import { answer, need, needJid, needText } from './session.ts';

/** A user's profile. userProfileListener gets the same object. */
export function getUserProfile(TO_USER_JID: string): Promise<AnswerWith<UserProfile>> {
  return answer(async ({ board, listeners }) => {
    const data = userProfile(await board.profile(needJid(TO_USER_JID, 'TO_USER_JID')));
    tell(listeners, 'userProfileListener', data);
    return { data };
  });
}

/** Sets the whole own profile. IMAGE is a File, the address of a picture, or "" to remove it. */
export function setUserProfile(
  NAME: string,
  IMAGE: File | Blob | string,
  STATUS: string,
  MOBILE_NUMBER: string,
  EMAIL: string,
): Promise<Answer & { fileToken?: string; fileTokenThumb?: string }> {
  return answer(async ({ board }) => {
    const image = IMAGE === '' || IMAGE === null || IMAGE === undefined ? null : IMAGE;
    if (image !== null && typeof image !== 'string' && !(image instanceof Blob)) throw new SwitchboardError(400, 'IMAGE is no file and no address', 'argument-invalid');
    const { fileToken, fileTokenThumb } = await board.setProfile({
      name: need(NAME, 'NAME'),
      image: typeof image === 'string' ? await unchanged(board, image) : image,
      status: needText(STATUS ?? '', 'STATUS'),
      mobile: needText(MOBILE_NUMBER ?? '', 'MOBILE_NUMBER'),
      email: needText(EMAIL ?? '', 'EMAIL'),
    });
    return { fileToken, fileTokenThumb };
  });
}

/** An app gives the picture's address back that it was given: that is no change. */
async function unchanged(board: { profile(): Promise<{ image: string }> }, image: string): Promise<string | undefined> {
  const { image: now } = await board.profile();
  return now !== '' && stripped(now) === stripped(image) ? undefined : image;
}

function stripped(url: string): string {
  return url.replace(/\?.*$/, '');
}

/** Seconds since a user's last activity: 0 = online, -1 = unknown or hidden. */
export function getLastSeen(TO_USER_JID: string): Promise<AnswerWith<{ fromUserJid: string; seconds: number }>> {
  return answer(async ({ board }) => {
    const { jid, seconds } = await board.lastSeen(needJid(TO_USER_JID, 'TO_USER_JID'));
    return { data: { fromUserJid: jid, seconds } };
  });
}

/** Blocks a user. */
export function blockUser(JID: string): Promise<Answer> {
  return answer(({ board }) => board.block(needJid(JID)));
}

/** Unblocks a user. */
export function unblockUser(JID: string): Promise<Answer> {
  return answer(({ board }) => board.unblock(needJid(JID)));
}

/** Whom we block. */
export function getUsersIBlocked(): Promise<AnswerWith<BlockedUser[]>> {
  return answer(async ({ board }) => ({ data: (await board.blocked()).map(blockedUser) }));
}

/** Who blocks us. */
export function getUsersWhoBlockedMe(): Promise<AnswerWith<BlockedUser[]>> {
  return answer(async ({ board }) => ({ data: (await board.blockedBy()).map(blockedUser) }));
}

function blockedUser(p: Person): BlockedUser {
  return { ...userProfile(p), jid: p.jid };
}

/** A page of the application's users. */
export function getUsersList(
  SEARCH_TERM = '',
  PAGE = 1,
  LIMIT = 20,
  filter: { metaDataKey?: string; metaDataValues?: string[] } = {},
): Promise<Answer & { totalPages?: number; totalUsers?: number; users?: UserProfile[] }> {
  return answer(async ({ board }) => {
    if (![PAGE, LIMIT].every((n) => Number.isInteger(n) && n > 0)) throw new SwitchboardError(400, 'PAGE and LIMIT are numbers from 1', 'argument-invalid');
    const { metaDataKey, metaDataValues } = filter ?? {};
    const { people, totalPages, total } = await board.users({
      search: needText(SEARCH_TERM ?? '', 'SEARCH_TERM'),
      page: PAGE,
      size: LIMIT,
      metadataKey: metaDataKey,
      metadataValues: metaDataValues,
    });
    return { totalPages, totalUsers: total, users: people.map(userProfile) };
  });
}

/** As many as a list of all people may have. */
const most = 10_000;

async function all(page: (page: number, size: number) => Promise<{ people: Person[]; totalPages: number }>): Promise<UserProfile[]> {
  const users: UserProfile[] = [];
  for (let n = 1; users.length < most; n++) {
    const { people, totalPages } = await page(n, 200);
    users.push(...people.map(userProfile));
    if (n >= totalPages || people.length === 0) break;
  }
  return users;
}

/** All users of the application. friendsListListener gets them, too. */
export function getRegisteredUsers(): Promise<AnswerWith<UserProfile[]>> {
  return answer(async ({ board, listeners }) => {
    const data = await all((page, size) => board.users({ page, size }));
    tell(listeners, 'friendsListListener', { permission: true, users: data });
    return { data };
  });
}

/** The contacts, and everybody there is a chat with. friendsListListener gets them, too. */
export function getFriendsList(): Promise<AnswerWith<UserProfile[]>> {
  return answer(async ({ board, listeners }) => {
    const data = await all((page, size) => board.contacts({ page, size }));
    tell(listeners, 'friendsListListener', { permission: true, users: data });
    return { data };
  });
}

/** Tells the people who run the application something. */
export function sendFeedback(TITLE: string, DESCRIPTION: string): Promise<Answer> {
  return answer(({ board }) => board.feedback(need(TITLE, 'TITLE'), need(DESCRIPTION, 'DESCRIPTION')));
}

/** Deletes the own account. Contacts hear it on userDeletedListener. */
export function deleteMyAccount(REASON: string, FEEDBACK?: string): Promise<Answer> {
  return answer(({ board }) => board.deleteAccount(need(REASON, 'REASON'), FEEDBACK));
}

/** A message as reportUserOrGroup takes it. */
export interface ReportMessage {
  msgId: string;
  message?: string;
  msgType?: string;
  filename?: string;
  timestamp?: number;
  publisherId?: string;
}

/** Reports a user or group, with at most five messages. */
export function reportUserOrGroup(JID: string, CHAT_TYPE: 'chat' | 'groupchat', MESSAGE_DATA_OBJECT: ReportMessage[] | ReportMessage): Promise<Answer> {
  return answer(async ({ board }) => {
    const jid = needJid(JID);
    if (!['chat', 'groupchat', 'singlechat'].includes(CHAT_TYPE) || isGroup(jid) !== (CHAT_TYPE === 'groupchat'))
      throw new SwitchboardError(400, 'CHAT_TYPE is chat for a user and groupchat for a group', 'argument-invalid');
    const messages = MESSAGE_DATA_OBJECT === undefined || MESSAGE_DATA_OBJECT === null ? [] : [MESSAGE_DATA_OBJECT].flat();
    if (messages.length > 5) throw new SwitchboardError(400, 'at most five messages are reported', 'argument-invalid');
    await board.report(jid, messages.map((m): ReportedMessage => ({
      id: need(m?.msgId, 'msgId'),
      text: m.message,
      type: m.msgType,
      file: m.filename,
      time: m.timestamp,
      author: m.publisherId,
    })));
  });
}

/** What of the service is on. */
export function getAvailableFeatures(): Promise<AnswerWith<Features>> {
  return answer(async ({ board }) => ({ data: await board.features() }));
}

/** The own metadata. */
export function getMetaData(): Promise<AnswerWith<Metadata>> {
  return answer(async ({ board }) => ({ data: await board.metadata() }));
}

/** Replaces the own metadata: at most three pairs. */
export function updateMetaData(metaData: Metadata): Promise<AnswerWith<Metadata>> {
  return answer(async ({ board }) => ({ data: await board.setMetadata(metaData) }));
}
