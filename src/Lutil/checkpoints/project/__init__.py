"""The one answer to the question whether something is code of the project: by module, file, class or code object."""
