"""Know your customers as one person each, with their permission."""
