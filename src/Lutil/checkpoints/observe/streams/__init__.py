"""Random streams: where they stand, who seeded them, and what a run drew."""
