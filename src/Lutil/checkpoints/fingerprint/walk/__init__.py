"""The walk: from a value to its digest, each object once, and which rule holds for its class."""
