import type { Platform } from './platform.ts';
import { bare, localOf } from './jid.ts';
import { invalid } from './error.ts';
import type {
  Device,
  DeviceAsk,
  Features,
  LastSeen,
  Metadata,
  PeoplePage,
  PeopleQuery,
  Person,
  Profile,
  ProfileChange,
  ReportedMessage,
} from './model.ts';

/** A user as the API's calls spell it, each in its own way. */
interface Row {
  userId?: string;
  username?: string;
  userJid?: string;
  jid?: string;
  nickName?: string;
  name?: string;
  status?: string;
  email?: string;
  emailId?: string;
  mobileNumber?: string;
  image?: string;
  profileUrl?: string;
  thumbImage?: string;
  profileUrlThumb?: string;
  isAdminBlocked?: number | string | boolean;
  metaData?: Metadata;
}

/** What setting a profile gives beside the profile. */
export interface ProfileSet {
  profile: Profile;
  /** Names of the picture in the storage; empty without one. */
  fileToken: string;
  fileTokenThumb: string;
}

/** The account's dealings with people: profiles, lists, blocking, reports. Ids and addresses are taken alike. */
export class People {
  #platform: Platform;
  #domain: () => string;

  constructor(platform: Platform, domain: () => string) {
    this.#platform = platform;
    this.#domain = domain;
  }

  async profile(user: string): Promise<Profile> {
    const { data } = await this.#platform.call<Row>('GET', `/users/${encodeURIComponent(this.#id(user))}`);
    return this.#person(data ?? {}, user);
  }

  async setProfile(change: ProfileChange): Promise<ProfileSet> {
    const { image } = change;
    const fields = { nickName: change.name, status: change.status, mobileNumber: change.mobile, email: change.email };
    const given: [string, string][] = Object.entries(fields).flatMap(([k, v]) => (v === undefined ? [] : [[k, v] as [string, string]]));
    let body: unknown = Object.fromEntries(given);
    if (image === null || image === '') Object.assign(body as object, { removeImage: true });
    else if (typeof image === 'string') Object.assign(body as object, { profileUrl: image });
    else if (image) {
      const form = new FormData();
      for (const [name, value] of given) form.append(name, value);
      form.append('image', image, 'name' in image && typeof image.name === 'string' ? image.name : 'image');
      body = form;
    }
    const { data = {} } = await this.#platform.call<Row & { fileToken?: string; fileTokenThumb?: string }>('POST', '/users/profile', { body });
    return {
      profile: this.#person(data, this.#platform.username ?? ''),
      fileToken: data.fileToken ?? '',
      fileTokenThumb: data.fileTokenThumb ?? '',
    };
  }

  async lastSeen(user: string): Promise<LastSeen> {
    const { data } = await this.#platform.call<{ seconds?: number; userJid?: string }>('GET', `/users/lastSeen/${encodeURIComponent(this.#id(user))}`);
    return { jid: data?.userJid ?? this.#jid(user), seconds: data?.seconds ?? -1 };
  }

  async block(user: string, blocked: boolean): Promise<void> {
    const body = new URLSearchParams({ userId: this.#id(user) });
    await this.#platform.call('POST', blocked ? '/users/block' : '/users/unblock', { body });
  }

  /** Whom we block, or who blocks us: all of them. */
  async blockList(by: boolean): Promise<Person[]> {
    const all: Person[] = [];
    for (let page = 1; ; page++) {
      const { rows, totalPages } = await this.#platform.list<Row>(by ? '/users/blockedByList' : '/users/blockedList', 'usersList', { page, size: 200 });
      all.push(...rows.map((row) => this.#person(row)));
      if (page >= totalPages || rows.length === 0) return all;
    }
  }

  users(query: PeopleQuery): Promise<PeoplePage> {
    return this.#page('/users/userList', 'userList', query);
  }

  contacts(query: PeopleQuery): Promise<PeoplePage> {
    return this.#page('/contacts/contactsList', 'contactsList', query);
  }

  async metadata(): Promise<Metadata> {
    const { data } = await this.#platform.call<{ metaData?: Metadata }>('GET', '/users/getMetaData');
    return data?.metaData ?? {};
  }

  async setMetadata(metadata: Metadata): Promise<Metadata> {
    checkMetadata(metadata);
    const { data } = await this.#platform.call<{ metaData?: Metadata }>('PUT', '/users/updateMetaData', { body: metadata });
    return data?.metaData ?? metadata;
  }

  async features(): Promise<Features> {
    const { data } = await this.#platform.call<Features>('GET', '/users/features');
    return data!;
  }

  async feedback(title: string, description: string): Promise<void> {
    await this.#platform.call('POST', '/users/feedback', { body: { title, description } });
  }

  async deleteAccount(reason: string, feedback?: string): Promise<void> {
    await this.#platform.call('POST', '/users/deleteMyAccount', { body: { reason, feedback } });
  }

  async report(jid: string, chatType: 'chat' | 'groupchat', messages: ReportedMessage[]): Promise<void> {
    const rows = messages.map((m) => ({
      msgId: m.id,
      message: m.text ?? '',
      msgType: m.type ?? 'text',
      filename: m.file ?? '',
      timestamp: m.time === undefined ? undefined : Number(m.time),
      publisherId: m.author ?? '',
    }));
    await this.#platform.call('POST', '/users/report', { body: { jid: this.#jid(jid), chatType, messages: rows } });
  }

  async devices(): Promise<Device[]> {
    const { data } = await this.#platform.call<{ devices?: (Omit<Device, 'id'> & { id: string | number })[] }>('GET', '/users/devices');
    return (data?.devices ?? []).map((d) => ({ ...d, id: String(d.id) }));
  }

  async removeDevice(id: string): Promise<void> {
    await this.#platform.call('DELETE', `/users/devices/${encodeURIComponent(id)}`);
  }

  async deviceRequest(userCode: string): Promise<DeviceAsk> {
    const { data } = await this.#platform.call<DeviceAsk>('GET', '/users/devices/request', { query: { userCode } });
    return data!;
  }

  async answerDevice(userCode: string, approve: boolean): Promise<void> {
    await this.#platform.call('POST', '/users/devices/approve', { body: { userCode, approve } });
  }

  /** The profile that a notice carries. */
  fromNotice(jid: string, fields: Record<string, string>): Profile {
    const { name, email, mobile, status, image, thumb } = fields;
    return this.#person({ userJid: jid, nickName: name, email, mobileNumber: mobile, status, image, thumbImage: thumb }, jid);
  }

  async #page(path: string, key: string, { search, page = 1, size = 20, metadataKey, metadataValues }: PeopleQuery): Promise<PeoplePage> {
    const query = { name: search, page, size, metadataKey, metadataValues: metadataValues?.join(',') };
    const { rows, totalPages, totalRecords } = await this.#platform.list<Row>(path, key, query);
    return { people: rows.map((row) => this.#person(row)), totalPages, total: totalRecords };
  }

  #person(row: Row, fallback = ''): Person {
    const userId = row.userId || row.username || localOf(row.userJid ?? row.jid ?? this.#jid(fallback));
    const image = this.#platform.resolve(row.image || row.profileUrl || '');
    return {
      userId,
      jid: row.userJid ?? row.jid ?? this.#jid(userId),
      name: row.nickName || row.name || '',
      status: row.status ?? '',
      email: row.email ?? row.emailId ?? '',
      mobile: row.mobileNumber ?? '',
      image,
      thumbnail: this.#platform.resolve(row.thumbImage || row.profileUrlThumb || '') || image,
      adminBlocked: ['1', 'true'].includes(String(row.isAdminBlocked)),
      ...(row.metaData && { metadata: row.metaData }),
    };
  }

  #id(user: string): string {
    return user.includes('@') ? localOf(user) : user;
  }

  #jid(user: string): string {
    return user.includes('@') ? bare(user) : `${user}@${this.#domain()}`;
  }
}

/** At most three pairs of texts, numbers and truth values. */
export function checkMetadata(metadata: Metadata): void {
  const pairs = Object.entries(metadata ?? {});
  if (typeof metadata !== 'object' || Array.isArray(metadata)) throw invalid('metadata is an object of at most three pairs', 'metadata-invalid');
  if (pairs.length > 3) throw invalid('metadata has at most three pairs', 'metadata-invalid');
  for (const [key, value] of pairs) {
    if (!key || !['string', 'number', 'boolean'].includes(typeof value) || (typeof value === 'number' && !Number.isFinite(value)))
      throw invalid(`the value of the metadata "${key}" is no text, number or truth value`, 'metadata-invalid');
  }
}
