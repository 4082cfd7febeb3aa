// The other side of the witness protocol and of the tiles, by their authors: Tessera (log, client, fsck), the witness of
// transparency-dev, and the notes of transparency-dev/formats. They share no code with Safelevel.
//
//	tessera fsck FOLDER VKEY             check a log's public files
//	tessera open NOTE LOG-VKEY VKEY...   open a cosigned checkpoint; prints who cosigned it, and when
//	tessera policy POLICY NOTE           whether the note satisfies the trust policy
//	tessera witness LOG-VKEY             run a witness of the log; prints its keys, then its URL
//	tessera log FOLDER POLICY N          write a log of N entries whose checkpoints the policy's witnesses cosign
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"github.com/transparency-dev/tessera/storage/posix"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
)

func leafHashes(bundle []byte) ([][]byte, error) {
	entries := &api.EntryBundle{}
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(entries.Entries))
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

func runFsck(folder, vkey string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	source := &client.FileFetcher{Root: folder}
	if err := fsck.New(verifier.Name(), verifier, source, leafHashes, fsck.Opts{N: 2}).Check(context.Background()); err != nil {
		return err
	}
	checkpoint, _, _, err := client.FetchCheckpoint(context.Background(), source.ReadCheckpoint, verifier, verifier.Name())
	if err != nil {
		return err
	}
	fmt.Printf("verified %d entries\n", checkpoint.Size)
	return nil
}

func open(file, log string, vkeys []string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	logVerifier, err := note.NewVerifier(log)
	if err != nil {
		return err
	}
	verifiers := []note.Verifier{logVerifier}
	for _, vkey := range vkeys {
		verifier, err := fnote.NewVerifierForCosignatureV1(vkey)
		if err != nil {
			return err
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(text, note.VerifierList(verifiers...))
	if err != nil {
		return err
	}
	for _, signature := range opened.Sigs {
		if signature.Name == logVerifier.Name() {
			continue
		}
		when, err := fnote.CoSigV1Timestamp(signature)
		if err != nil {
			return err
		}
		fmt.Printf("%s %d\n", signature.Name, when.Unix())
	}
	return nil
}

func checkPolicy(policyFile, noteFile string) error {
	policy, err := os.ReadFile(policyFile)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(noteFile)
	if err != nil {
		return err
	}
	group, err := tessera.NewWitnessGroupFromPolicy(policy)
	if err != nil {
		return err
	}
	if !group.Satisfied(text) {
		return errors.New("not satisfied")
	}
	fmt.Println("satisfied")
	return nil
}

func runWitness(vkey string) error {
	ctx := context.Background()
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	skey, plain, err := note.GenerateKey(rand.Reader, "go.example/w")
	if err != nil {
		return err
	}
	cosigner, err := fnote.NewSignerForCosignatureV1(skey)
	if err != nil {
		return err
	}
	cosignerKey, err := fnote.VKeyToCosignatureV1(plain)
	if err != nil {
		return err
	}
	quantumSecret, quantumKey, err := fnote.GenerateMLDSAKey("go.example/pq")
	if err != nil {
		return err
	}
	quantum, err := fnote.NewMLDSASigner(quantumSecret)
	if err != nil {
		return err
	}
	w, err := witness.New(ctx, witness.Opts{
		Persistence: inmemory.New(),
		Signers:     []note.Signer{cosigner, quantum},
		VerifierForLog: func(_ context.Context, origin string) (note.Verifier, bool, error) {
			return log, origin == log.Name(), nil
		},
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", witness.NewHTTPHandler(w).AddCheckpoint)
	fmt.Printf("%s\n%s\nhttp://%s\n", cosignerKey, quantumKey, listener.Addr())
	return http.Serve(listener, mux)
}

func writeLog(folder, policyFile, count string) error {
	ctx := context.Background()
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	keyFile := filepath.Join(filepath.Dir(folder), "tessera.key")
	skey, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(string(skey))
	if err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	if err != nil {
		return err
	}
	policy, err := os.ReadFile(policyFile)
	if err != nil {
		return err
	}
	group, err := tessera.NewWitnessGroupFromPolicy(policy)
	if err != nil {
		return err
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(64, 20*time.Millisecond).
		WithCheckpointInterval(200*time.Millisecond).
		WithWitnesses(group, &tessera.WitnessOptions{Timeout: 5 * time.Second})
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return err
	}
	futures := make([]tessera.IndexFuture, 0, n)
	for i := 0; i < n; i++ {
		futures = append(futures, appender.Add(ctx, tessera.NewEntry([]byte(fmt.Sprintf("entry %d of %s", i, time.Now())))))
	}
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 50*time.Millisecond)
	for _, future := range futures {
		if _, _, err := awaiter.Await(ctx, future); err != nil {
			return err
		}
	}
	if err := shutdown(ctx); err != nil {
		return err
	}
	fmt.Println("written")
	return nil
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "fsck":
		return runFsck(args[1], args[2])
	case len(args) >= 4 && args[0] == "open":
		return open(args[1], args[2], args[3:])
	case len(args) == 3 && args[0] == "policy":
		return checkPolicy(args[1], args[2])
	case len(args) == 2 && args[0] == "witness":
		return runWitness(args[1])
	case len(args) == 4 && args[0] == "log":
		return writeLog(args[1], args[2], args[3])
	}
	return errors.New("usage: see the top of main.go")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
