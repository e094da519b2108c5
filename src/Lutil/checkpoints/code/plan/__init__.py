"""How a plan is made: from a function or block to all that it reaches, as a flat list."""
