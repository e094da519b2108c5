"""One function over many items: what is kept is read at once, what is missing runs, here or elsewhere."""
