"""Rules for kinds of values: arrays, frames, containers, objects, handles."""
