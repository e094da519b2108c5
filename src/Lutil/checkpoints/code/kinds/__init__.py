"""What sorts of things code reaches, and what of each counts: classes, generated code, settings, what keeps results."""
