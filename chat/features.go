package chat

import (
	"context"

	"switchboard"
	"switchboard/store"
)

// featureWords name a feature to people.
var featureWords = map[switchboard.Feature]string{
	switchboard.FeatureBlock:            "blocking",
	switchboard.FeatureAttachment:       "sending files",
	switchboard.FeatureImageAttachment:  "sending pictures",
	switchboard.FeatureVideoAttachment:  "sending videos",
	switchboard.FeatureAudioAttachment:  "sending audio",
	switchboard.FeatureDocument:         "sending documents",
	switchboard.FeatureStarMessage:      "marking messages",
	switchboard.FeatureOneToOneCall:     "calls",
	switchboard.FeatureGroupCall:        "group calls",
	switchboard.FeatureGroupChat:        "group chat",
	switchboard.FeatureReport:           "reporting",
	switchboard.FeatureTranslation:      "translation",
	switchboard.FeatureDeleteChat:       "deleting chats",
	switchboard.FeatureClearChat:        "clearing chats",
	switchboard.FeatureDeleteMessage:    "deleting messages",
	switchboard.FeatureViewAllMedias:    "viewing all media",
	switchboard.FeatureRecentChatSearch: "searching chats",
}

// features says of each feature whether it is on.
type features map[switchboard.Feature]bool

func featuresOf(settings map[string]string) features {
	all := make(features, len(featureWords))
	for _, f := range switchboard.Features() {
		all[f] = settings[switchboard.FeatureSetting(f)] != "off"
	}
	if !all[switchboard.FeatureAttachment] {
		for _, f := range []switchboard.Feature{switchboard.FeatureImageAttachment, switchboard.FeatureVideoAttachment,
			switchboard.FeatureAudioAttachment, switchboard.FeatureDocument} {
			all[f] = false
		}
	}
	return all
}

// Features tells which features the asker's tenant has on.
func (s *Service) Features(ctx context.Context, p switchboard.Principal) (map[switchboard.Feature]bool, error) {
	if !p.Known() {
		return nil, p.Require(switchboard.ScopeChat)
	}
	var row store.Tenant
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.Tenant(p.Tenant)
		return err
	})
	if err != nil {
		return nil, err
	}
	return featuresOf(row.Settings), nil
}

// Feature returns nil if a feature is on in the asker's tenant, or Forbidden "feature-off".
func (s *Service) Feature(ctx context.Context, p switchboard.Principal, f switchboard.Feature) error {
	all, err := s.Features(ctx, p)
	if err == nil && !all[f] {
		err = featureOff(f)
	}
	return err
}

func featureOff(f switchboard.Feature) error {
	words := featureWords[f]
	if words == "" {
		words = "this"
	}
	return switchboard.Ef(switchboard.Forbidden, "feature-off", "%s is switched off here (%s)", words, f)
}
