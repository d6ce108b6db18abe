"""Registers of a city whose residents do not exist, for trying Owed out and for measuring it."""
