"""What tests of this library, and of what is built on it, can use: suites, fakes and made-up data."""
