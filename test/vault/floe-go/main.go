// Seals or opens standard input as FLOE (c2sp.org/FLOE), written from the published specification with Go's standard library alone: it
// shares no code with Safelevel, and checks itself by the published vectors.
//
//	floe-go seal|open SEGMENT_BYTES KEY_HEX AAD [ROTATION_BITS] < in > out
package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

const (
	ivLen      = 32
	tagLen     = 32
	headerLen  = 10 + ivLen + tagLen
	aeadIvLen  = 12
	aeadTagLen = 16
	overhead   = 4 + aeadIvLen + aeadTagLen
	notFinal   = 0xFFFFFFFF
)

type floe struct {
	segmentLen  int
	rotation    uint
	iv, aad     []byte
	messageKey  []byte
	derivedFrom uint64
	aead        cipher.AEAD
}

// PARAM_ENCODE: AES-256-GCM, HKDF-Expand-SHA-384, segment length, IV length.
func (f *floe) params() []byte {
	out := binary.BigEndian.AppendUint32([]byte{0, 0}, uint32(f.segmentLen))
	return binary.BigEndian.AppendUint32(out, ivLen)
}

// FLOE_KDF: HKDF-Expand with SHA-384, of which one block is enough.
func (f *floe) derive(key []byte, purpose []byte, length int) []byte {
	mac := hmac.New(sha512.New384, key)
	for _, part := range [][]byte{f.params(), f.iv, purpose, f.aad, {1}} {
		mac.Write(part)
	}
	return mac.Sum(nil)[:length]
}

func (f *floe) keyFor(position uint64) (cipher.AEAD, error) {
	first := position >> f.rotation << f.rotation
	if f.aead != nil && f.derivedFrom == first {
		return f.aead, nil
	}
	key := f.derive(f.messageKey, binary.BigEndian.AppendUint64([]byte("DEK:"), first), 32)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	f.aead, err = cipher.NewGCM(block)
	f.derivedFrom = first
	return f.aead, err
}

func aadOf(position uint64, final bool) []byte {
	out := binary.BigEndian.AppendUint64(nil, position)
	if final {
		return append(out, 1)
	}
	return append(out, 0)
}

func seal(f *floe, key, plain []byte) ([]byte, error) {
	f.iv = make([]byte, ivLen)
	if _, err := rand.Read(f.iv); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Write(f.params())
	out.Write(f.iv)
	out.Write(f.derive(key, []byte("HEADER_TAG:"), tagLen))
	f.messageKey = f.derive(key, []byte("MESSAGE_KEY:"), 48)
	perSegment := f.segmentLen - overhead
	for position := uint64(0); ; position++ {
		final := len(plain) <= perSegment
		part := plain
		length := uint32(len(part) + overhead)
		if !final {
			part, length = plain[:perSegment], notFinal
		}
		plain = plain[len(part):]
		aead, err := f.keyFor(position)
		if err != nil {
			return nil, err
		}
		head := binary.BigEndian.AppendUint32(nil, length)
		nonce := make([]byte, aeadIvLen)
		if _, err := rand.Read(nonce); err != nil {
			return nil, err
		}
		out.Write(append(head, nonce...))
		out.Write(aead.Seal(nil, nonce, part, aadOf(position, final)))
		if final {
			return out.Bytes(), nil
		}
	}
}

func open(f *floe, key, sealed []byte) ([]byte, error) {
	if len(sealed) < headerLen+overhead || !bytes.Equal(sealed[:10], f.params()) {
		return nil, errors.New("not a ciphertext with these parameters")
	}
	f.iv = sealed[10 : 10+ivLen]
	if !hmac.Equal(f.derive(key, []byte("HEADER_TAG:"), tagLen), sealed[10+ivLen:headerLen]) {
		return nil, errors.New("the header's tag does not hold")
	}
	f.messageKey = f.derive(key, []byte("MESSAGE_KEY:"), 48)
	var out bytes.Buffer
	body := sealed[headerLen:]
	for position := uint64(0); ; position++ {
		final := len(body) <= f.segmentLen
		segment := body
		expected := uint32(len(segment))
		if !final {
			segment, expected = body[:f.segmentLen], notFinal
		}
		body = body[len(segment):]
		if len(segment) < overhead || binary.BigEndian.Uint32(segment) != expected {
			return nil, fmt.Errorf("segment %d does not have its length", position)
		}
		aead, err := f.keyFor(position)
		if err != nil {
			return nil, err
		}
		plain, err := aead.Open(nil, segment[4:4+aeadIvLen], segment[4+aeadIvLen:], aadOf(position, final))
		if err != nil {
			return nil, fmt.Errorf("segment %d does not authenticate", position)
		}
		out.Write(plain)
		if final {
			return out.Bytes(), nil
		}
	}
}

func run(args []string) error {
	if len(args) < 4 {
		return errors.New("usage: floe-go seal|open SEGMENT_BYTES KEY_HEX AAD [ROTATION_BITS]")
	}
	segmentLen, err := strconv.Atoi(args[1])
	if err != nil || segmentLen <= overhead {
		return errors.New("a segment is longer than what it has besides its plaintext")
	}
	key, err := hex.DecodeString(args[2])
	if err != nil {
		return err
	}
	f := &floe{segmentLen: segmentLen, rotation: 20, aad: []byte(args[3])}
	if len(args) > 4 {
		bits, err := strconv.ParseUint(args[4], 10, 6)
		if err != nil {
			return err
		}
		f.rotation = uint(bits)
	}
	in, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	do := open
	if args[0] == "seal" {
		do = seal
	}
	out, err := do(f, key, in)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(out)
	return err
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
