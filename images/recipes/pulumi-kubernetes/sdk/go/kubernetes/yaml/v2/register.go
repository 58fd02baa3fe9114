// Package v2 registers the resources that the provider's own YAML, Helm and Kustomize components consist of.
package v2

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// RegisterResource registers a resource of any kind; the core group, whose apiVersion is only a version, is called core.
func RegisterResource(
	ctx *pulumi.Context, apiVersion, kind, name string, inputs pulumi.Input, options ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	if apiVersion == "v1" {
		apiVersion = "core/v1"
	}
	var resource pulumi.CustomResourceState
	err := ctx.RegisterResource(fmt.Sprintf("kubernetes:%s:%s", apiVersion, kind), name, inputs, &resource, options...)
	if err != nil {
		return nil, err
	}
	return &resource, nil
}
