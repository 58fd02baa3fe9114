// Package kubernetes stands in for Pulumi's Go SDK of Kubernetes, of which the provider needs four types and one
// function; the whole SDK doubles the size of the program and triples the time to compile it.
package kubernetes

import "reflect"

// UntypedArgs are a resource's inputs by name.
type UntypedArgs map[string]any

// ElementType makes UntypedArgs an input of a resource: once resolved, a map.
func (UntypedArgs) ElementType() reflect.Type {
	return reflect.TypeFor[map[string]any]()
}
