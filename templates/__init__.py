"""How a message or a page reads."""
