"""Who is who: from a set of facts with identifiers to people, in an order that arrival cannot change."""
