"""Systems that are told of what happens to clocks.

cloud_events  what they are told         queueing    when: with a change, or as time passes
delivering    claimed, sent, marked      addresses   what may be called
wire          one POST to one address    limits      the figures, from limits.toml

How a call is signed and answered is ``by_webhook``, beside the other channels.
"""
