import type { Switchboard } from '../board.ts';
import { asError, SwitchboardError } from '../error.ts';
import type { Attachment, ChatMessage, FileTransfer } from '../model.ts';
import type { CallbackListeners } from './listeners.ts';
import { messageObject, type Answer, type MessageObject } from './objects.ts';

/** The one connection that the functions work on, made by initializeSDK. */
export interface Session {
  board: Switchboard;
  listeners: CallbackListeners;
  /** The files of messages that were given to the app, by message. */
  files: Map<string, { file: Attachment; chat: string }>;
  uploads: Map<string, FileTransfer>;
  downloads: Map<string, AbortController>;
}

let current: Session | undefined;

export function session(): Session {
  if (!current) throw new SwitchboardError(400, 'initializeSDK was not called', 'not-initialized');
  return current;
}

export function setSession(next: Session): Session | undefined {
  const previous = current;
  current = next;
  return previous;
}

const kept = 5000;

/** A message for the app; its file can be downloaded by the message's id from now on. */
export function show(message: ChatMessage, msgType?: string, { board, files } = session()): MessageObject {
  if (message.file) {
    files.set(message.id, { file: message.file, chat: message.chat });
    if (files.size > kept) files.delete(files.keys().next().value!);
  }
  return messageObject(message, board, msgType);
}

/** Runs a function's work: what it gives becomes part of a success, what it throws a refusal. Never rejects. */
export async function answer<T extends object>(work: (session: Session) => T | undefined | void | Promise<T | undefined | void>): Promise<Answer & Partial<T>> {
  try {
    return { ...success, ...(await work(session())) } as Answer & Partial<T>;
  } catch (error) {
    return refusal(error) as Answer as Answer & Partial<T>;
  }
}

/** The same for functions that answer at once. */
export function answerNow<T extends object>(work: (session: Session) => T): Answer & Partial<T> {
  try {
    return { ...success, ...work(session()) };
  } catch (error) {
    return refusal(error) as Answer as Answer & Partial<T>;
  }
}

const success: Answer = { statusCode: 200, message: 'Success' };

/** The documented statuses; what the API adds to them has its nearest relative here. */
export function refusal(error: unknown): Answer & { code: string } {
  const { status, message, code } = asError(error);
  const statusCode = [400, 401, 403, 405, 429].includes(status) ? status : status >= 400 && status < 500 ? 400 : 500;
  return { statusCode, message, code };
}

/** Refuses an argument that is no text with something in it. */
export function need(value: unknown, name: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw new SwitchboardError(400, `${name} is not valid or required`, 'argument-invalid');
  return value;
}

/** Refuses what is no address of a user or group. */
export function needJid(value: unknown, name = 'JID'): string {
  const jid = need(value, name);
  if (!/^[^@/\s]+@[^@/\s]+$/.test(jid)) throw new SwitchboardError(400, `${name} is no valid address`, 'jid-invalid');
  return jid;
}

/** An address, or a bare id as the documents' examples also have it. */
export function needText(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new SwitchboardError(400, `${name} is not valid or required`, 'argument-invalid');
  return value;
}
