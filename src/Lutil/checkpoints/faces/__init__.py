"""The two faces: `@checkpoint` and `InlineCheckpoint`. They find names and values; the engine does the rest."""
