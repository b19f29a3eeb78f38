// The features of in-app chat as people think of them. The names are the
// flags that the Platform API's clients know.
export const attachments: readonly Flag[] = ['isImageAttachmentEnabled', 'isVideoAttachmentEnabled', 'isAudioAttachmentEnabled', 'isDocumentAttachmentEnabled']

export const featureGroups = [
  { name: 'safety', flags: ['isBlockEnabled', 'isReportEnabled'] },
  {
    name: 'files',
    flags: ['isAttachmentEnabled', 'isImageAttachmentEnabled', 'isVideoAttachmentEnabled', 'isAudioAttachmentEnabled', 'isDocumentAttachmentEnabled', 'isViewAllMediasEnabled'],
  },
  { name: 'chats', flags: ['isGroupChatEnabled', 'isStarMessageEnabled', 'isDeleteMessageEnabled', 'isClearChatEnabled', 'isDeleteChatEnabled', 'isRecentChatSearchEnabled', 'isTranslationEnabled'] },
  { name: 'calls', flags: ['isOneToOneCallEnabled', 'isGroupCallEnabled'] },
] as const

export type Flag = (typeof featureGroups)[number]['flags'][number]

/** Hours from a deletion to the erasure. */
export const graceChoices = [0, 24, 168, 336, 720, 2160]
