"""From the list of people to tell to what came of it."""
