"""Words and wires: what a message says, and how it leaves. It never decides who is told: the alerts do."""
