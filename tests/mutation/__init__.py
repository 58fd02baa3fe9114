"""Mutation tests of the shipped rules: `make mutate`."""
