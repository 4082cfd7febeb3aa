// Encrypts standard input with the reference implementation of age, which shares no code with Safelevel.
//
//	go run . [-armor] RECIPIENT… < plain > encrypted
package main

import (
	"fmt"
	"io"
	"os"

	"filippo.io/age"
	"filippo.io/age/armor"
)

func run(args []string) error {
	var out io.Writer = os.Stdout
	if len(args) > 0 && args[0] == "-armor" {
		args = args[1:]
		armored := armor.NewWriter(os.Stdout)
		defer armored.Close()
		out = armored
	}
	var recipients []age.Recipient
	for _, text := range args {
		recipient, err := age.ParseX25519Recipient(text)
		if err != nil {
			return err
		}
		recipients = append(recipients, recipient)
	}
	writer, err := age.Encrypt(out, recipients...)
	if err != nil {
		return err
	}
	if _, err := io.Copy(writer, os.Stdin); err != nil {
		return err
	}
	return writer.Close()
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
