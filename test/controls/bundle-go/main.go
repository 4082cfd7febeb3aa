// Verifies an evidence bundle made by Safelevel with the transparency-log packages of the Go checksum database and the archive/zip of Go,
// which share no code with Safelevel: the seal, the manifest, every file and every proof.
//
//	go run . FILE.zip VKEY
package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type disclosure struct {
	Position   int64
	Event      json.RawMessage
	Salt       []byte
	Inclusion  []string
	Checkpoint string
}

type event struct {
	Kind    string
	Digests map[string]string
}

type manifest struct {
	Files   map[string]string
	Entries []struct {
		Entry int64
		Event string
		Told  string
	}
}

func read(name string) (map[string][]byte, error) {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	files := map[string][]byte{}
	for _, file := range archive.File {
		reader, err := file.Open()
		if err != nil {
			return nil, err
		}
		if files[file.Name], err = io.ReadAll(reader); err != nil {
			return nil, fmt.Errorf("%s: %v", file.Name, err)
		}
	}
	return files, nil
}

func openCheckpoint(message []byte, vkey string) (size int64, root tlog.Hash, err error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, root, err
	}
	n, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return 0, root, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return 0, root, fmt.Errorf("malformed checkpoint")
	}
	if size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return 0, root, err
	}
	root, err = tlog.ParseHash(lines[2])
	return size, root, err
}

// prove checks that the log holds the event, which stands in the file as it was hashed.
func prove(text []byte, vkey string) (disclosure, event, error) {
	var d disclosure
	var e event
	if err := json.Unmarshal(text, &d); err != nil {
		return d, e, err
	}
	size, root, err := openCheckpoint([]byte(d.Checkpoint), vkey)
	if err != nil {
		return d, e, err
	}
	var proof tlog.RecordProof
	for _, line := range d.Inclusion {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return d, e, err
		}
		proof = append(proof, hash)
	}
	h := sha256.New()
	h.Write([]byte("safelevel ledger commitment v1\n"))
	h.Write(d.Salt)
	h.Write(d.Event)
	if err := tlog.CheckRecord(proof, size, root, d.Position, tlog.RecordHash(h.Sum(nil))); err != nil {
		return d, e, err
	}
	return d, e, json.Unmarshal(d.Event, &e)
}

func digest(bytes []byte) string {
	sum := sha256.Sum256(bytes)
	return hex.EncodeToString(sum[:])
}

func verify(name, vkey string) (int, error) {
	files, err := read(name)
	if err != nil {
		return 0, err
	}
	_, sealed, err := prove(files["seal.json"], vkey)
	if err != nil {
		return 0, fmt.Errorf("seal: %v", err)
	}
	if sealed.Kind != "controls.bundle_made" || sealed.Digests["manifest"] != digest(files["manifest.json"]) {
		return 0, fmt.Errorf("the manifest is not the one that was sealed")
	}
	var m manifest
	if err := json.Unmarshal(files["manifest.json"], &m); err != nil {
		return 0, err
	}
	if len(m.Files)+2 != len(files) {
		return 0, fmt.Errorf("%d files, not %d", len(files), len(m.Files)+2)
	}
	for path, want := range m.Files {
		if bytes, ok := files[path]; !ok || digest(bytes) != want {
			return 0, fmt.Errorf("%s is not the file that was sealed", path)
		}
	}
	if _, _, err := openCheckpoint(files["ledger/checkpoint"], vkey); err != nil {
		return 0, err
	}
	proven := 0
	for _, cited := range m.Entries {
		if cited.Told != "proof" {
			continue
		}
		d, e, err := prove(files[fmt.Sprintf("proofs/%d.json", cited.Entry)], vkey)
		if err != nil {
			return 0, fmt.Errorf("entry %d: %v", cited.Entry, err)
		}
		if d.Position != cited.Entry || e.Kind != cited.Event {
			return 0, fmt.Errorf("entry %d is another one", cited.Entry)
		}
		proven++
	}
	return proven, nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: verify FILE.zip VKEY")
		os.Exit(2)
	}
	proven, err := verify(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("verified %d entries\n", proven)
}
