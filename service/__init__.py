"""Everything that can fail for reasons outside the law: the database, the network, the mail, the clock on the wall."""
