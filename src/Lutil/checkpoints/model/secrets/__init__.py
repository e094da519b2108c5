"""What must not be seen: by which names secrets go, and how text is shown without them."""
