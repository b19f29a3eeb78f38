// The documented functions under their documented names: each works on the one
// Switchboard that initializeSDK made, resolves with {statusCode, message, …}
// and never rejects.
export { connect, getCurrentUserJid, getGroupJid, getJid, getSwitchboard, getUserToken, initializeSDK, logout, register, setUserToken } from './account.ts';
export {
  blockUser,
  deleteMyAccount,
  getAvailableFeatures,
  getFriendsList,
  getLastSeen,
  getMetaData,
  getRegisteredUsers,
  getUserProfile,
  getUsersIBlocked,
  getUsersList,
  getUsersWhoBlockedMe,
  reportUserOrGroup,
  sendFeedback,
  setUserProfile,
  unblockUser,
  updateMetaData,
} from './profile.ts';
export {
  getChatMessages,
  getMessageById,
  getRecentChats,
  getRecentChatsByPagination,
  sendSeenStatus,
  sendTextMessage,
  sendTypingGoneStatus,
  sendTypingStatus,
} from './messages.ts';
export {
  cancelMediaDownload,
  cancelMediaUpload,
  downloadMedia,
  getMediaURL,
  resumeMediaUpload,
  sendMediaFileMessage,
  setMediaEncryption,
} from './media.ts';
export { approveQrCode, cancelQrCode, generateQrCode, getQrCodeRequest, rejectQrCode } from './qr.ts';
export type { InitializeOptions, RegisterData } from './account.ts';
export type { CallbackListeners, MessageEvent as MessageListenerEvent } from './listeners.ts';
export type { Downloaded, MediaFileMessage, MediaSent } from './media.ts';
export type { ChatMessages, ChatMessagesQuery, TextMessage } from './messages.ts';
export type {
  Answer,
  AnswerWith,
  BlockedUser,
  Media,
  MessageBody,
  MessageObject,
  MessageStatus,
  RecentChat,
  UserProfile,
} from './objects.ts';
export type { ReportMessage } from './profile.ts';
export type { QrResult } from './qr.ts';
