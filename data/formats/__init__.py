"""The forms in which registers arrive; one format a file, each opened in a process of its own."""
