// Command k6 is the stock k6 load generator, built from source at the version that go.mod pins.
package main

import (
	"go.k6.io/k6/v2/cmd"
	// k6 extensions go here, one blank import each, followed by `go mod tidy`:
	// _ "github.com/grafana/xk6-faker"
)

func main() {
	cmd.Execute()
}
