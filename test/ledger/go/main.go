// Verifies a log written by Safelevel with the transparency-log packages of the Go checksum database, which share no
// code with Safelevel: checkpoint signature, all tiles, all entry bundles, and one disclosure proof.
//
//	go run . FOLDER VKEY [PROOF]
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tree struct {
	size int64
	root tlog.Hash
}

// folder reads tiles of height 8 as C2SP tlog-tiles names them; package tlog puts the height into the path.
type folder struct {
	dir  string
	read int
}

func (f *folder) Height() int { return 8 }

func (f *folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f *folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		path := strings.Replace(t.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		f.read++
		all = append(all, data)
	}
	return all, nil
}

func openCheckpoint(message []byte, vkey string) (tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree{}, err
	}
	n, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return tree{}, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree{}, fmt.Errorf("malformed checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tree{size, root}, err
}

// checkEntries compares every entry of every bundle with the tree, authenticated against the root.
func checkEntries(dir string, t tree) error {
	reader := tlog.TileHashReader(tlog.Tree{N: t.size, Hash: t.root}, &folder{dir: dir})
	for start := int64(0); start < t.size; start += 256 {
		width := t.size - start
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: 8, L: -1, N: start / 256, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if err != nil {
			return err
		}
		var indexes []int64
		for i := int64(0); i < width; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, start+i))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i := int64(0); i < width; i++ {
			length := int(binary.BigEndian.Uint16(bundle))
			if tlog.RecordHash(bundle[2:2+length]) != hashes[i] {
				return fmt.Errorf("entry %d does not match its hash", start+i)
			}
			bundle = bundle[2+length:]
		}
		if len(bundle) != 0 {
			return fmt.Errorf("%s has bytes after its last entry", path)
		}
	}
	return nil
}

type disclosure struct {
	Origin     string
	Position   int64
	Event      json.RawMessage
	Salt       []byte
	Inclusion  []string
	Checkpoint string
}

// checkProof verifies a disclosure. The event must be stored in its canonical form: Go need not canonicalise.
func checkProof(file, vkey string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var d disclosure
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	t, err := openCheckpoint([]byte(d.Checkpoint), vkey)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range d.Inclusion {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	h := sha256.New()
	h.Write([]byte("safelevel ledger commitment v1\n"))
	h.Write(d.Salt)
	h.Write(d.Event)
	return tlog.CheckRecord(proof, t.size, t.root, d.Position, tlog.RecordHash(h.Sum(nil)))
}

func run(dir, vkey, proof string) (tree, error) {
	message, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return tree{}, err
	}
	t, err := openCheckpoint(message, vkey)
	if err != nil {
		return tree{}, err
	}
	if err := checkEntries(dir, t); err != nil {
		return tree{}, err
	}
	if proof == "" {
		return t, nil
	}
	return t, checkProof(proof, vkey)
}

func main() {
	if len(os.Args) != 3 && len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: verify FOLDER VKEY [PROOF]")
		os.Exit(2)
	}
	proof := ""
	if len(os.Args) == 4 {
		proof = os.Args[3]
	}
	t, err := run(os.Args[1], os.Args[2], proof)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("verified %d entries\n", t.size)
}
