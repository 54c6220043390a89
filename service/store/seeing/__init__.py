"""What somebody may see, and the lists that they find it in: each question within a reach."""
