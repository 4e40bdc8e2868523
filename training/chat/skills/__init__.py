"""What the model learns, a file for each skill. Each makes one dialogue at a time."""
