package pushservice

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// decrypt opens a message of one record with the content coding aes128gcm (RFC 8188) and the keys of RFC 8291.
func (b *Browser) decrypt(body []byte) (string, error) {
	if len(body) < 21 || len(body) < 21+int(body[20]) {
		return "", errors.New("the header is too short")
	}
	salt, size, id, sealed := body[:16], binary.BigEndian.Uint32(body[16:]), body[21:21+int(body[20])], body[21+int(body[20]):]
	if len(sealed) > int(size) {
		return "", errors.New("there is more than one record")
	}
	sender, err := ecdh.P256().NewPublicKey(id)
	if err != nil {
		return "", err
	}
	shared, err := b.private.ECDH(sender)
	if err != nil {
		return "", err
	}
	derive := func(secret, salt []byte, info string, length int) []byte {
		key, errDerive := hkdf.Key(sha256.New, secret, salt, info, length)
		err = errors.Join(err, errDerive)
		return key
	}
	secret := derive(shared, b.auth, "WebPush: info\x00"+string(b.private.PublicKey().Bytes())+string(id), 32)
	key := derive(secret, salt, "Content-Encoding: aes128gcm\x00", 16)
	nonce := derive(secret, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return "", err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return "", err
	}
	plain, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return "", err
	}
	text, last := bytes.CutSuffix(bytes.TrimRight(plain, "\x00"), []byte{2})
	if !last {
		return "", errors.New("the record does not end as the last one")
	}
	return string(text), nil
}

// verify checks the signature of RFC 8292 and returns the contact of the sender.
func verify(header, origin, wanted string) (contact string, err error) {
	fields, ok := strings.CutPrefix(header, "vapid ")
	if !ok {
		return "", fmt.Errorf("the scheme of %q is not vapid", header)
	}
	var token, key string
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "t":
			token = value
		case "k":
			key = value
		}
	}
	if wanted != "" && key != wanted {
		return "", errors.New("the subscription was made with another key")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errors.New("the token does not have three parts")
	}
	if err := checkSignature(parts, key); err != nil {
		return "", err
	}
	return checkClaims(parts[1], origin)
}

func checkSignature(parts []string, key string) error {
	point, errKey := trimmed(key)
	signature, errSignature := trimmed(parts[2])
	if err := errors.Join(errKey, errSignature); err != nil {
		return err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil || len(signature) != 64 {
		return errors.New("the key or the signature cannot be read")
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return errors.New("the signature is wrong")
	}
	return nil
}

func checkClaims(part, origin string) (contact string, err error) {
	raw, err := trimmed(part)
	if err != nil {
		return "", err
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(raw, &claims); err != nil {
		return "", err
	}
	left := time.Until(time.Unix(claims.Exp, 0))
	if claims.Aud != origin || left <= 0 || left > 24*time.Hour {
		return "", fmt.Errorf("the token is for %s and ends in %s", claims.Aud, left)
	}
	return claims.Sub, nil
}
