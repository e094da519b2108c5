"""What must be known of one library stands in that library's file, as tables that the machines read.

Knows: names of classes, functions and attributes of the library, as text ("module.Class").
Never sees: keys, stores, settings, or any machine.
Guarantees: importing a file here imports no library and costs next to nothing; a library that is absent or has
changed makes its table empty of effect, never an error.
"""
