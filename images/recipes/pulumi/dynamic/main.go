// Starts the Python of dynamic resources; the engine looks for it on PATH as pulumi-resource-pulumi-python. Upstream
// ships a shell script in the CLI's archive, not in a module.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func main() {
	python := os.Getenv("PULUMI_PYTHON_CMD")
	if python == "" {
		python = "python3"
	}
	path, err := exec.LookPath(python)
	if err == nil {
		// -u: the engine reads the port from standard output while the program goes on.
		err = syscall.Exec(path, append([]string{path, "-u", "-m", "pulumi.dynamic"}, os.Args[1:]...), os.Environ())
	}
	fmt.Fprintf(os.Stderr, "%s cannot be run (%v); put the Python that has Pulumi's SDK first on PATH\n", python, err)
	os.Exit(1)
}
