"""What there is in a store and what it has done, as tables that people read."""
