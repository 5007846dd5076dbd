"""A package, so that no other distribution that brings a package called `tests` is found in its place."""
