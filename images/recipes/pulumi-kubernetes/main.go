// The Kubernetes provider of Pulumi. Upstream's command embeds two files that its module has only before a step of
// its own build; here they are copied out of the module (`embed` in recipe.toml) and embedded as they are.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, terraformMapping)
}
