package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// parsRecords checks what stands under /pars/; lib/dht/record.h says what that is.
type parsRecords struct{}

var errRecord = errors.New("no record of this key")

// cbor reads the few kinds that a record is made of.
type cbor struct{ rest []byte }

func (c *cbor) head(major byte) (uint64, error) {
	if len(c.rest) == 0 || c.rest[0]>>5 != major {
		return 0, errRecord
	}
	low := c.rest[0] & 31
	c.rest = c.rest[1:]
	if low < 24 {
		return uint64(low), nil
	}
	if low > 27 || len(c.rest) < 1<<(low-24) {
		return 0, errRecord
	}
	var b [8]byte
	size := 1 << (low - 24)
	copy(b[8-size:], c.rest[:size])
	c.rest = c.rest[size:]
	return binary.BigEndian.Uint64(b[:]), nil
}

func (c *cbor) want(major byte, n uint64) error {
	if got, err := c.head(major); err != nil || got != n {
		return errRecord
	}
	return nil
}

func (c *cbor) bytes() ([]byte, error) {
	n, err := c.head(2)
	if err != nil || uint64(len(c.rest)) < n {
		return nil, errRecord
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b, nil
}

// open returns the number of a record that may stand under key.
func open(key string, value []byte) (uint64, error) {
	c := &cbor{value}
	if err := c.want(4, 2); err != nil {
		return 0, err
	}
	start := c.rest
	if err := errors.Join(c.want(4, 5), c.want(0, 1)); err != nil {
		return 0, err
	}
	author, err1 := c.bytes()
	salt, err2 := c.bytes()
	seq, err3 := c.head(0)
	_, err4 := c.bytes()
	inner := start[:len(start)-len(c.rest)]
	signature, err5 := c.bytes()
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return 0, err
	}
	place := sha256.Sum256(append(bytes.Clone(author), salt...))
	if len(c.rest) != 0 || len(author) != ed25519.PublicKeySize || key != "/pars/"+string(place[:]) ||
		!ed25519.Verify(author, append([]byte("pars-record-v1"), inner...), signature) {
		return 0, errRecord
	}
	return seq, nil
}

func (parsRecords) Validate(key string, value []byte) error {
	_, err := open(key, value)
	return err
}

func (parsRecords) Select(key string, values [][]byte) (int, error) {
	best, bestSeq := -1, uint64(0)
	for i, v := range values {
		seq, err := open(key, v)
		if err == nil && (best < 0 || seq > bestSeq || seq == bestSeq && bytes.Compare(v, values[best]) > 0) {
			best, bestSeq = i, seq
		}
	}
	if best < 0 {
		return 0, errRecord
	}
	return best, nil
}
