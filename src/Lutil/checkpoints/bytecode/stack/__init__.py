"""An abstract run over code: where each value on the stack comes from, and what becomes of it."""
