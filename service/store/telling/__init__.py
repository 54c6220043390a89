"""What was told, to whom, and what became of it: alerts, messages, plans, and the deliveries of each channel."""
