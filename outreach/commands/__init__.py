"""The commands of outreach: plan, send, hand to the office, report."""
