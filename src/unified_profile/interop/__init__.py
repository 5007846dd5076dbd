"""Where the library meets others: plots and notebooks, other engines.  Each module loads its extra when it is used."""
