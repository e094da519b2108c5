"""What a run has of its process beside files: variables, arguments, modules that it loads, threads that it starts."""
