package picture

import "io"

// fewBlocks is how many frames and what is said about them a GIF may have.
const fewBlocks = 100_000

// walkGIF counts the frame, and the frame in the order of its lines.
func walkGIF(w *walk) error {
	w.left = fewBlocks
	head, err := w.read(13)
	if err != nil {
		return broken("no head")
	}
	w.cost = 2 * (int64(head[6]) | int64(head[7])<<8) * (int64(head[8]) | int64(head[9])<<8)
	if err := w.skip(colourTable(head[10])); err != nil {
		return err
	}
	w.keep(0, w.at)
	for err == nil {
		err = w.gifBlock()
	}
	return ended(err)
}

// colourTable is how many bytes follow a head with these flags.
func colourTable(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// gifBlock passes over the next one. io.EOF is the end of the picture.
func (w *walk) gifBlock() error {
	if err := w.part(); err != nil {
		return err
	}
	start := w.at
	kind, err := w.byte()
	if err != nil {
		return err
	}
	switch kind {
	case 0x3b:
		w.keep(start, w.at)
		return io.EOF
	case 0x2c:
		return w.gifFrame(start)
	case 0x21:
		return w.gifExtension(start)
	}
	return broken("a block of a GIF")
}

func (w *walk) gifFrame(start int64) error {
	w.frames++
	head, err := w.read(9)
	if err == nil {
		err = w.skip(colourTable(head[8]) + 1)
	}
	if err == nil {
		_, err = w.subBlocks(false)
	}
	w.keep(start, w.at)
	return err
}

// gifExtension keeps what says how frames follow each other. Others are comments, and what programs write down.
func (w *walk) gifExtension(start int64) error {
	label, err := w.byte()
	if err != nil {
		return err
	}
	name, err := w.subBlocks(true)
	if label == 0xf9 || label == 0xff && (name == "NETSCAPE2.0" || name == "ANIMEXTS1.0") {
		w.keep(start, w.at)
	}
	return err
}

// subBlocks passes over data in pieces, and returns the first of them if that is asked for.
func (w *walk) subBlocks(named bool) (first string, err error) {
	for {
		n, err := w.byte()
		if err != nil || n == 0 {
			return first, err
		}
		if named {
			data, err := w.read(int(n))
			if err != nil {
				return "", err
			}
			first, named = string(data), false
			continue
		}
		if err := w.skip(int64(n)); err != nil {
			return first, err
		}
		if w.at >= w.size {
			return first, io.EOF
		}
	}
}
