package picture

import "encoding/binary"

// orientation is how a picture has to be turned, as its EXIF data (a TIFF file) says: 1 to 8, and 1,
// upright, where it does not.
func orientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	start := int64(order.Uint32(tiff[4:]))
	if start+2 > int64(len(tiff)) {
		return 1
	}
	fields := tiff[start+2:]
	for range order.Uint16(tiff[start:]) {
		const tag, short = 0x0112, 3
		if len(fields) < 12 {
			return 1
		}
		if order.Uint16(fields) == tag {
			turn := int(order.Uint16(fields[8:]))
			if order.Uint16(fields[2:]) == short && order.Uint32(fields[4:]) == 1 && turn >= 1 && turn <= 8 {
				return turn
			}
			return 1
		}
		fields = fields[12:]
	}
	return 1
}

// exifOrientation is EXIF data with an orientation and nothing else.
func exifOrientation(turn int) []byte {
	b := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	b[19] = byte(turn)
	return b
}
