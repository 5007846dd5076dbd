"""The composition root: plans (what a call does, free of I/O) and the drivers that run them over a store."""
