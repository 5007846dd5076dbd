"""A package by name: one that an installed distribution calls `tests` as well must not take its place."""
