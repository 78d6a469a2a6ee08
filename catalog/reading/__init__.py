"""What the code of the provider packages reads of a connection."""
