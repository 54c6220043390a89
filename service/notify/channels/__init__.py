"""The ways out, one file each: SMTP, GOV.UK Notify, webhooks, calendars, the outbox; and what they have in common."""
