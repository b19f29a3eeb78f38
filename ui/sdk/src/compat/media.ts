import { SwitchboardError } from '../error.ts';
import type { Attachment, FileTransfer, Metadata } from '../model.ts';
import { guard } from './listeners.ts';
import type { Answer, AnswerWith, MessageObject } from './objects.ts';
import { answer, answerNow, need, needJid, refusal, show, type Session } from './session.ts';

/** Whether files are encrypted in this client before they are sent. Default false: then the server encrypts them at rest. */
export function setMediaEncryption(ENCRYPT: boolean): Promise<Answer> {
  return answer(({ board }) => {
    if (typeof ENCRYPT !== 'boolean') throw new SwitchboardError(400, 'true or false is needed', 'argument-invalid');
    board.encryptMedia = ENCRYPT;
  });
}

/** What sendMediaFileMessage takes. */
export interface MediaFileMessage {
  toJid: string;
  messageType: 'image' | 'video' | 'audio' | 'audio_recorded' | 'file';
  fileMessageParams: {
    /** In Node the path of a file will do. */
    file?: File | Blob | string;
    /** The address of a file that is fetched and sent. */
    fileUrl?: string;
    caption?: string;
    msgId?: string;
    fileName?: string;
    fileSize?: number;
    /** Milliseconds. */
    duration?: number;
    audioType?: string;
    /** Base64, or a data: URL, of a small picture. */
    thumbImage?: string;
    blobUrl?: string;
    originalWidth?: number;
    originalHeight?: number;
  };
  replyMessageId?: string;
  mentionedUsersIds?: string[];
  topicId?: string;
  metaData?: Metadata;
}

/** What onSuccess and onError of an upload get. */
export type MediaSent = AnswerWith<MessageObject> & { msgId: string };

const kinds: Record<MediaFileMessage['messageType'], Attachment['kind']> = { image: 'image', video: 'video', audio: 'audio', audio_recorded: 'audio', file: 'file' };

/** Sends a file. mediaUploadListener hears of the progress; the answer is the same as what onSuccess or onError gets. */
export function sendMediaFileMessage(
  message: MediaFileMessage,
  onPending?: (msgId: string) => void,
  onSuccess?: (response: MediaSent) => void,
  onError?: (error: MediaSent) => void,
): Promise<Answer & Partial<MediaSent>> {
  return answer(async (session) => {
    const { toJid, messageType, fileMessageParams: params = {} } = message ?? {};
    needJid(toJid, 'toJid');
    if (!(messageType in kinds)) throw new SwitchboardError(400, 'messageType is not valid or required', 'argument-invalid');
    const file = params.file ?? (await fetched(session, params.fileUrl ?? params.blobUrl));
    const thumbnail = params.thumbImage && (params.thumbImage.startsWith('data:') ? params.thumbImage : `data:image/jpeg;base64,${params.thumbImage}`);
    const transfer = session.board.sendFile(toJid, file, {
      kind: kinds[messageType],
      id: params.msgId || undefined,
      name: params.fileName,
      caption: params.caption,
      duration: params.duration,
      width: params.originalWidth,
      height: params.originalHeight,
      thumbnail: thumbnail || undefined,
      replyTo: message.replyMessageId || undefined,
      mentions: message.mentionedUsersIds,
      topicId: message.topicId || undefined,
      metadata: message.metaData,
    });
    session.uploads.set(transfer.id, transfer);
    if (onPending) guard('onPending', () => onPending(transfer.id));
    return outcome(session, transfer, onSuccess, onError);
  }).then((result) => {
    // What was refused before there was a transfer.
    if (result.statusCode !== 200 && !('msgId' in result) && onError) guard('onError', () => onError(result as MediaSent));
    return result;
  });
}

async function outcome(session: Session, transfer: FileTransfer, onSuccess?: (r: MediaSent) => void, onError?: (r: MediaSent) => void): Promise<MediaSent> {
  const { id } = transfer;
  try {
    const response = { statusCode: 200, message: 'Success', msgId: id, data: show(await transfer.stored, undefined, session) };
    session.uploads.delete(id);
    if (onSuccess) guard('onSuccess', () => onSuccess(response));
    return response;
  } catch (error) {
    if (transfer.state === 'cancelled') session.uploads.delete(id);
    const response = { ...refusal(error), msgId: id };
    if (onError) guard('onError', () => onError(response));
    return response;
  }
}

async function fetched({ board }: Session, url: string | undefined): Promise<Blob> {
  if (!url) throw new SwitchboardError(400, 'file or fileUrl is not valid or required', 'argument-invalid');
  return board.download({ kind: 'file', url: board.mediaUrl(url), name: '', type: '', size: 0, caption: '' });
}

/** Stops an upload and removes what was sent of it. */
export function cancelMediaUpload(msgId: string): Promise<Answer> {
  return answer(({ uploads }) => running(uploads, msgId).cancel());
}

/** Goes on with an upload that was interrupted. The callback gets the outcome. */
export function resumeMediaUpload(msgId: string, cb?: (response: MediaSent) => void): Promise<Answer & Partial<MediaSent>> {
  return answer((session) => {
    const transfer = running(session.uploads, msgId);
    transfer.resume();
    return outcome(session, transfer, cb, cb);
  });
}

function running(uploads: Map<string, FileTransfer>, msgId: string): FileTransfer {
  const transfer = uploads.get(need(msgId, 'msgId'));
  if (!transfer) throw new SwitchboardError(400, 'there is no such upload', 'upload-unknown');
  return transfer;
}

export interface Downloaded {
  blob: Blob;
  /** For an element's src; revoke it when it is not needed any more. */
  blobUrl: string;
}

/** Downloads the file of a message, decrypted and verified where it was encrypted. */
export function downloadMedia(
  msgId: string,
  onProgress?: (progress: { msgId: string; progress: number }) => void,
  onSuccess?: (result: Downloaded) => void,
  onError?: (error: Answer) => void,
): Promise<AnswerWith<Downloaded>> {
  return answer(async ({ board, files, downloads }) => {
    const known = files.get(need(msgId, 'msgId'));
    if (!known) throw new SwitchboardError(400, 'no message with this id was read', 'message-unknown');
    downloads.get(msgId)?.abort();
    const controller = new AbortController();
    downloads.set(msgId, controller);
    try {
      const blob = await board.download(known.file, {
        id: msgId,
        chat: known.chat,
        signal: controller.signal,
        onProgress: ({ percent }) => onProgress && guard('onProgress', () => onProgress({ msgId, progress: percent })),
      });
      return { data: { blob, blobUrl: URL.createObjectURL(blob) } };
    } finally {
      if (downloads.get(msgId) === controller) downloads.delete(msgId);
    }
  }).then((result) => {
    if (result.data) onSuccess && guard('onSuccess', () => onSuccess(result.data!));
    else if (onError) guard('onError', () => onError(result));
    return result;
  });
}

/** Stops a download. */
export function cancelMediaDownload(msgId: string): Answer {
  return answerNow(({ downloads }) => {
    const controller = downloads.get(need(msgId, 'msgId'));
    if (!controller) throw new SwitchboardError(400, 'there is no such download', 'download-unknown');
    controller.abort();
    return {};
  });
}

/** Downloads a file by its `fileToken` or `file_url`, and decrypts it with its `file_key` if it has one. */
export function getMediaURL(fileToken: string, fileKey = '', msgId = ''): Promise<AnswerWith<Downloaded & { msgId: string }>> {
  return answer(async ({ board, files }) => {
    const known = files.get(msgId);
    const file: Attachment = {
      kind: 'file',
      name: '',
      type: '',
      size: 0,
      caption: '',
      ...known?.file,
      url: board.mediaUrl(need(fileToken, 'fileToken')),
      ...(fileKey && { key: fileKey }),
    };
    const blob = await board.download(file, { id: msgId, chat: known?.chat });
    return { data: { blob, blobUrl: URL.createObjectURL(blob), msgId } };
  });
}
