import { Switchboard } from '../board.ts';
import { SwitchboardError } from '../error.ts';
import type { BoardOptions, Metadata } from '../model.ts';
import { bridge, tell, type CallbackListeners } from './listeners.ts';
import type { Answer, AnswerWith } from './objects.ts';
import { answer, answerNow, need, refusal, session, setSession, type Session } from './session.ts';

/** What initializeSDK takes. */
export interface InitializeOptions {
  /** `https://host/api/v1`. Default: the page's own origin. */
  apiBaseUrl?: string;
  licenseKey: string;
  /** The application is in trial mode. */
  isTrialLicenseKey?: boolean;
  /** The older name of isTrialLicenseKey. */
  isSandbox?: boolean;
  callbackListeners?: CallbackListeners;
  /** Outside trial mode: a token of the app's backend that says who the user is, or a function that fetches a fresh one. */
  identityToken?: BoardOptions['identityToken'];
  /** Keeps unsent messages beyond the page. Default: localStorage in a browser, none in Node; null for none. */
  storage?: BoardOptions['storage'];
  /** For runtimes that have none. */
  fetch?: BoardOptions['fetch'];
  WebSocket?: BoardOptions['WebSocket'];
}

/** Prepares everything; call it before any other function. */
export async function initializeSDK(options: InitializeOptions): Promise<Answer> {
  try {
    const { apiBaseUrl, licenseKey, isTrialLicenseKey, isSandbox, callbackListeners = {}, identityToken, storage, fetch, WebSocket } = options ?? {};
    if (typeof callbackListeners !== 'object' || callbackListeners === null) throw new SwitchboardError(400, 'callbackListeners is no object', 'argument-invalid');
    const board = new Switchboard({ apiBaseUrl, licenseKey, trial: isTrialLicenseKey ?? isSandbox ?? false, identityToken, storage, fetch, WebSocket });
    const next: Session = { board, listeners: callbackListeners, files: new Map(), uploads: new Map(), downloads: new Map() };
    bridge(next);
    const previous = setSession(next);
    await previous?.board.disconnect();
    return { statusCode: 200, message: 'Success' };
  } catch (error) {
    return refusal(error);
  }
}

/** A new device of a user. */
export interface RegisterData {
  username: string;
  password: string;
  token: string;
  userJid: string;
  isProfileUpdated: boolean;
  isSandbox: boolean;
  isExisting: boolean;
}

/**
 * Registers this device for a user. At the device limit the oldest device is
 * logged out, or with FORCE_REGISTER false the answer is 405. At most three
 * metadata pairs of texts, numbers or truth values.
 */
export function register(USER_IDENTIFIER: string, FORCE_REGISTER = true, registerMetaData?: Metadata): Promise<AnswerWith<RegisterData>> {
  return answer(async ({ board }) => {
    need(USER_IDENTIFIER, 'USER_IDENTIFIER');
    const r = await board.register(USER_IDENTIFIER, { force: FORCE_REGISTER !== false, metadata: registerMetaData ?? undefined });
    const { username, password, token } = r;
    return { data: { username, password, token, userJid: r.jid, isProfileUpdated: r.profileSet, isSandbox: r.trial, isExisting: r.existing } };
  });
}

/** How long connect() waits for a server that does not answer; the attempts go on after it. */
const patience = 30_000;

/** Connects with what register or a QR code gave. connectionListener hears of every change. */
export function connect(USERNAME: string, PASSWORD: string, _FORCE_LOGIN?: boolean): Promise<Answer> {
  return answer(async ({ board }) => {
    const credentials = { username: need(USERNAME, 'USERNAME'), password: need(PASSWORD, 'PASSWORD') };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new SwitchboardError(500, 'the server cannot be reached; attempts go on', 'unreachable')), patience);
    });
    const connected = board.connect(credentials);
    connected.catch(() => {});
    await Promise.race([connected, late]).finally(() => clearTimeout(timer));
  });
}

/** Closes the connection and ends this device's credential. */
export function logout(): Promise<Answer> {
  return answer(async ({ board, listeners }) => {
    await board.logout();
    tell(listeners, 'messageListener', { msgType: 'logout' });
  });
}

/** The own address. */
export function getCurrentUserJid(): Answer & { userJid?: string } {
  return answerNow(({ board }) => {
    if (!board.address) throw new SwitchboardError(400, 'nobody has registered', 'not-registered');
    return { userJid: board.address };
  });
}

/** The address of a user's id. */
export function getJid(USER_ID: string): Answer & { userJid?: string } {
  return answerNow(({ board }) => ({ userJid: board.jid(need(USER_ID, 'USER_ID')) }));
}

/** The address of a group's id. */
export function getGroupJid(GROUP_ID: string): Answer & { groupJid?: string } {
  return answerNow(({ board }) => ({ groupJid: board.groupJid(need(GROUP_ID, 'GROUP_ID')) }));
}

/** A token for the REST API. */
export function getUserToken(USERNAME: string, PASSWORD: string): Promise<Answer & { userToken?: string }> {
  return answer(async ({ board }) => ({
    userToken: await board.token({ username: need(USERNAME, 'USERNAME'), password: need(PASSWORD, 'PASSWORD') }),
  }));
}

/** Uses a token for what follows. The listener of the same name hears of tokens that are fetched later. */
export function setUserToken(TOKEN: string): Promise<Answer> {
  return answer(({ board }) => board.useToken(need(TOKEN, 'TOKEN')));
}

/** The typed object beneath these functions. */
export function getSwitchboard(): Switchboard {
  return session().board;
}
