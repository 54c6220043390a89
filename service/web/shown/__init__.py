"""What several pages show in one way: a clock in words and as a bar, its days as a calendar, a year as a drawing."""
