"""What people read of a value: parts with a digest each, previews, differences, and what in it is secret."""
