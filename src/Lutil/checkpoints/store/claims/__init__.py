"""Claims: of all who want a key at once, one computes, and the others wait for as long as that makes sense."""
