"""A process to be killed: for each moment read from standard input, forks one that sends what is due, and says its id.

python -m tests.service.mail_sending_process DATABASE_URL FOLDER SMTP_URL CA_FILE
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from service import clock, flow
from service.council import open_council
from tests.service.mail_cast import Wall, settings_for


def main() -> None:
    database_url, folder, smtp_url, ca_file = sys.argv[1:]
    council = open_council(settings_for(database_url, Path(folder), smtp_url=smtp_url, smtp_ca_file=Path(ca_file)))
    council.engine.dispose()  # a connection must not be shared with the children
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            with clock.substitute(Wall(datetime.fromisoformat(line.strip()))):
                flow.send_due(council, now=clock.now())
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
