// Reads env files with the parsers of the programs that users give them to, for the tests.
//
// Usage: env-readers READER FILE; READER is godotenv, compose-godotenv or compose-go. Prints the variables as JSON; a
// file that the reader refuses is its message on standard error and exit code 1.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	composego "github.com/compose-spec/compose-go/v2/dotenv"
	composegodotenv "github.com/compose-spec/godotenv"
	"github.com/joho/godotenv"
)

// No variable of the test's own environment may fill in for one of the file.
func nothing(string) (string, bool) { return "", false }

func read(reader, path string) (map[string]string, error) {
	switch reader {
	case "godotenv":
		return godotenv.Read(path)
	case "compose-godotenv":
		return composegodotenv.ReadWithLookup(nothing, path)
	case "compose-go":
		return composego.ReadWithLookup(nothing, path)
	}
	return nil, fmt.Errorf("unknown reader %q", reader)
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: env-readers READER FILE")
		os.Exit(2)
	}
	variables, err := read(os.Args[1], os.Args[2])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(variables)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
