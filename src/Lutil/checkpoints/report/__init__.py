"""What is said: why a computation runs, what earlier runs were, what is not kept, what cannot be seen.

The room reads earlier entries and the ledger. It never decides whether something is a hit.
"""
