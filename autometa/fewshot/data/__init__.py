"""Where episodes come from: files read once into tensors, and functions drawn at random."""
