"""The one SQL store for what changes a row at a time: its engine, tables and migrations."""
