"""The store's history: each change of a table is one step that is added and never edited."""
