"""What is taught: packs as values, read from bytes. Pure; imports nothing of ours."""
