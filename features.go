package switchboard

import "slices"

// Feature is a part of in-app chat that a tenant may switch off. Its name is
// the flag that the Platform API's clients know.
type Feature string

// The features. All are on unless the tenant says otherwise.
const (
	FeatureBlock            Feature = "isBlockEnabled"
	FeatureAttachment       Feature = "isAttachmentEnabled" // off: none of the four below either
	FeatureImageAttachment  Feature = "isImageAttachmentEnabled"
	FeatureVideoAttachment  Feature = "isVideoAttachmentEnabled"
	FeatureAudioAttachment  Feature = "isAudioAttachmentEnabled"
	FeatureDocument         Feature = "isDocumentAttachmentEnabled"
	FeatureStarMessage      Feature = "isStarMessageEnabled"
	FeatureOneToOneCall     Feature = "isOneToOneCallEnabled"
	FeatureGroupCall        Feature = "isGroupCallEnabled"
	FeatureGroupChat        Feature = "isGroupChatEnabled"
	FeatureReport           Feature = "isReportEnabled"
	FeatureTranslation      Feature = "isTranslationEnabled"
	FeatureDeleteChat       Feature = "isDeleteChatEnabled"
	FeatureClearChat        Feature = "isClearChatEnabled"
	FeatureDeleteMessage    Feature = "isDeleteMessageEnabled"
	FeatureViewAllMedias    Feature = "isViewAllMediasEnabled"
	FeatureRecentChatSearch Feature = "isRecentChatSearchEnabled"
)

// Features lists every feature in the order in which clients are told of them.
func Features() []Feature {
	return []Feature{FeatureBlock, FeatureAttachment, FeatureImageAttachment, FeatureVideoAttachment, FeatureAudioAttachment,
		FeatureDocument, FeatureStarMessage, FeatureOneToOneCall, FeatureGroupCall, FeatureGroupChat, FeatureReport,
		FeatureTranslation, FeatureDeleteChat, FeatureClearChat, FeatureDeleteMessage, FeatureViewAllMedias, FeatureRecentChatSearch}
}

// FeatureSetting is the tenant's setting that switches a feature off when its value is "off".
func FeatureSetting(f Feature) string { return "feature." + string(f) }

// KnownFeature reports whether there is such a feature.
func KnownFeature(f Feature) bool { return slices.Contains(Features(), f) }
