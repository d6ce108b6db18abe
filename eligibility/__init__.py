"""Who is entitled to what, and why."""
