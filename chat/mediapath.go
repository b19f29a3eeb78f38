package chat

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MediaPath is where a file is on this server, from the root.
func MediaPath(token, name string) string { return mediaPath + token + "/" + url.PathEscape(name) }

// MediaToken is the token of a file of this server in an address of any form,
// "" if there is none.
func MediaToken(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	rest, ours := strings.CutPrefix(u.Path, mediaPath)
	token, _, _ := strings.Cut(rest, "/")
	if !ours || len(token) != 32 || strings.Trim(token, "0123456789abcdef") != "" {
		return ""
	}
	return token
}

// pictureLife is how long the address of a picture is good, at least.
const pictureLife = 7 * 24 * time.Hour

// ImagePaths returns where the image of a profile is, and a small one: paths
// from this server's root that are good for seven days, or twice the address
// that the profile names. Both are empty where there is no image.
func (s *Service) ImagePaths(profileImage string) (image, thumb string) {
	token, ours := strings.CutPrefix(profileImage, profilePrefix)
	switch {
	case !ours:
		return profileImage, profileImage
	case s.blob == nil:
		return "", ""
	}
	// The same address all day, so that browsers need not load the picture again.
	end := s.now().Add(pictureLife + 24*time.Hour).UTC().Truncate(24 * time.Hour).Unix()
	image = mediaPath + token + "?e=" + strconv.FormatInt(end, 10) + "&s=" + s.blob.Sign(pictureText(token, end))
	return image, image + "&thumb=1"
}

// IsPictureAddress reports whether an address is one that ImagePaths made, be it
// for a picture that has another address now.
func (s *Service) IsPictureAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil || s.blob == nil {
		return false
	}
	q, token := u.Query(), MediaToken(address)
	end, err := strconv.ParseInt(q.Get("e"), 10, 64)
	return err == nil && token != "" && s.blob.Verify(pictureText(token, end), q.Get("s"))
}

func pictureText(token string, end int64) string {
	return "picture " + token + " " + strconv.FormatInt(end, 10)
}

// pictureAddress checks the parts of a picture's address.
func (s *Service) pictureAddress(token, end, signature string) bool {
	n, err := strconv.ParseInt(end, 10, 64)
	return err == nil && s.blob != nil && s.blob.Verify(pictureText(token, n), signature) && s.now().Unix() < n
}
