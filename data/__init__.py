"""What the authority knows: registers, the files they come in, the vault, and the store."""
