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

// readNotes finds Exif, XMP, comments and what follows the image, in one that could
// be decoded.
func readNotes(data []byte, kind string) (n notes) {
	switch kind {
	case "image/jpeg":
		n.jpeg(data)
	case "image/png":
		n.png(data)
	case "image/webp":
		n.webp(data)
	case "image/gif":
		n.gif(data)
	}
	return n
}

// jpeg walks the segments (ITU T.81 Annex B). APP0 is JFIF's and APP14 Adobe's:
// they say how to read colours; APP2 may be a colour profile.
func (n *notes) jpeg(data []byte) {
	for at := 2; at+2 <= len(data) && data[at] == 0xff; {
		marker := data[at+1]
		switch {
		case marker == 0xff: // a fill byte
			at++
			continue
		case marker == 0xd9:
			n.any = n.any || at+2 < len(data)
			return
		case at+4 > len(data):
			return
		}
		size := int(binary.BigEndian.Uint16(data[at+2:]))
		if size < 2 || at+2+size > len(data) {
			n.any = true
			return
		}
		body := data[at+4 : at+2+size]
		switch {
		case marker == 0xe1:
			n.any = true
			if tiff, is := bytes.CutPrefix(body, []byte("Exif\x00\x00")); is && n.orientation == 0 {
				n.exif(tiff)
			}
		case marker == 0xfe, marker == 0xed, marker >= 0xe3 && marker <= 0xef && marker != 0xee:
			n.any = true
		}
		if at += 2 + size; marker == 0xda {
			at = afterScan(data, at)
		}
	}
}

// afterScan is where the entropy-coded data end that begin at a place: at a
// marker that is neither a stuffed byte nor a restart (ITU T.81 §B.1.1.5).
func afterScan(data []byte, at int) int {
	for ; at+1 < len(data); at++ {
		if next := data[at+1]; data[at] == 0xff && next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7) {
			return at
		}
	}
	return len(data)
}

// png walks the chunks (PNG, third edition, §5.3).
func (n *notes) png(data []byte) {
	for at := 8; at+12 <= len(data); {
		size, kind := int64(binary.BigEndian.Uint32(data[at:])), string(data[at+4:at+8])
		if size > int64(len(data)-at-12) {
			n.any = true
			return
		}
		switch kind {
		case "eXIf":
			n.any = true
			n.exif(data[at+8 : at+8+int(size)])
		case "tEXt", "zTXt", "iTXt", "tIME":
			n.any = true
		case "IEND":
			n.any = n.any || size > 0 || at+12 < len(data)
			return
		}
		at += 12 + int(size)
	}
}

// gif walks the blocks (GIF 89a §12 and following).
func (n *notes) gif(data []byte) {
	at := 13
	if len(data) > 10 {
		at += colours(data[10])
	}
	for at < len(data) {
		switch data[at] {
		case 0x3b:
			n.any = n.any || at+1 < len(data)
			return
		case 0x2c:
			if at+10 > len(data) {
				return
			}
			at += 11 + colours(data[at+9])
		case 0x21:
			if at+2 > len(data) {
				return
			}
			kind := data[at+1]
			n.any = n.any || kind == 0xfe || kind == 0xff && bytes.HasPrefix(data[at+2:], []byte("\x0bXMP DataXMP"))
			at += 2
		default:
			n.any = true
			return
		}
		for at < len(data) && data[at] != 0 { // sub-blocks
			at += 1 + int(data[at])
		}
		at++
	}
}

// colours is the size of the table that a packed field announces.
func colours(packed byte) int {
	if packed&0x80 == 0 {
		return 0
	}
	return 3 << (packed&7 + 1)
}

// webp walks the chunks (WebP container specification).
func (n *notes) webp(data []byte) {
	n.any = int64(binary.LittleEndian.Uint32(data[4:]))+8 < int64(len(data))
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
