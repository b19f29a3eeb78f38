package chat

import (
	"bytes"
	"encoding/binary"
)

// notes is what a file has beside the image.
type notes struct {
	any         bool // something that may tell of people or places
	orientation int  // 1 to 8, 0 if nothing says so
}

// readNotes finds Exif, XMP and comments in an image that could be decoded.
func readNotes(data []byte, kind string) (n notes) {
	switch kind {
	case "image/jpeg":
		n.jpeg(data)
	case "image/png":
		n.png(data)
	case "image/webp":
		n.webp(data)
	case "image/gif":
		n.any = bytes.Contains(data, []byte("\x21\xfe")) || bytes.Contains(data, []byte("XMP DataXMP"))
	}
	return n
}

// jpeg walks the segments before the image (ITU T.81 Annex B). APP0 is JFIF's
// and APP14 Adobe's: they say how to read colours; APP2 may be a colour profile.
func (n *notes) jpeg(data []byte) {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		marker, size := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xda || size < 2 || at+2+size > len(data) {
			return
		}
		body := data[at+4 : at+2+size]
		switch {
		case marker == 0xe1:
			n.any = true
			if tiff, is := bytes.CutPrefix(body, []byte("Exif\x00\x00")); is {
				n.exif(tiff)
			}
		case marker == 0xfe, marker == 0xed, marker >= 0xe3 && marker <= 0xef && marker != 0xee:
			n.any = true
		}
		at += 2 + size
	}
}

// png walks the chunks (PNG, third edition, §5.3).
func (n *notes) png(data []byte) {
	for at := 8; at+12 <= len(data); {
		size, kind := int64(binary.BigEndian.Uint32(data[at:])), string(data[at+4:at+8])
		if size > int64(len(data)-at-12) {
			return
		}
		switch kind {
		case "eXIf":
			n.any = true
			n.exif(data[at+8 : at+8+int(size)])
		case "tEXt", "zTXt", "iTXt", "tIME":
			n.any = true
		}
		at += 12 + int(size)
	}
}

// webp walks the chunks (WebP container specification).
func (n *notes) webp(data []byte) {
	for at := 12; at+8 <= len(data); {
		kind, size := string(data[at:at+4]), int64(binary.LittleEndian.Uint32(data[at+4:]))
		if size > int64(len(data)-at-8) {
			return
		}
		switch kind {
		case "EXIF":
			n.any = true
			n.exif(bytes.TrimPrefix(data[at+8:at+8+int(size)], []byte("Exif\x00\x00")))
		case "XMP ":
			n.any = true
		}
		at += 8 + int(size+size%2)
	}
}

// exif reads the orientation from the first directory (TIFF 6.0 §2).
func (n *notes) exif(tiff []byte) {
	if len(tiff) < 8 {
		return
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return
	}
	count := int64(order.Uint16(tiff[at:]))
	for i := range count {
		entry := at + 2 + 12*i
		if entry+12 > int64(len(tiff)) {
			return
		}
		if order.Uint16(tiff[entry:]) == 0x0112 {
			if v := int(order.Uint16(tiff[entry+8:])); v >= 1 && v <= 8 {
				n.orientation = v
			}
			return
		}
	}
}
