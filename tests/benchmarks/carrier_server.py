"""Servers to measure, each in a process of its own: `python carrier_server.py carrier|bare DATABASE_FILE|-`.

Prints the port when it answers. `bare` is the least that could do the job: one Flask handler, one row, one commit.
"""

import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

# Run as a script, so the repository is not on the path by itself.
sys.path.insert(0, str(Path(__file__).parents[2]))

ACCOUNT, TOKEN, NUMBER = "AC" + "1" * 32, "token", "+12025550199"


def bare(file: str) -> Any:
    """Give an app that commits one row for each message, with the settings of the carrier's own store."""
    from flask import Flask, request

    connection = sqlite3.connect(":memory:" if file == "-" else file, check_same_thread=False, isolation_level=None)
    if file != "-":
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE message (sid TEXT PRIMARY KEY, sender TEXT, recipient TEXT, body TEXT)")
    lock, count = threading.Lock(), iter(range(10**9))
    app = Flask("bare")

    @app.post("/2010-04-01/Accounts/<account>/Messages.json")
    def create(account: str) -> Any:
        row = (f"SM{next(count):032}", request.form["From"], request.form["To"], request.form["Body"])
        with lock:
            connection.execute("BEGIN")
            connection.execute("INSERT INTO message VALUES (?, ?, ?, ?)", row)
            connection.execute("COMMIT")
        return {"sid": row[0], "status": "queued"}, 201

    return app


def carrier(file: str) -> Any:
    """Give the fake Twilio's REST API."""
    from flask import Flask

    from simulator.carrier import Carrier, CarrierConfig, rest_blueprint
    from simulator.channels import QUICK

    made = Carrier(CarrierConfig(ACCOUNT, TOKEN, "sqlite://" if file == "-" else f"sqlite:///{file}"))
    made.add_number(NUMBER)
    app = Flask("carrier")
    app.register_blueprint(rest_blueprint(made))
    # As an app of the simulator says it: with a database in memory the loop answers, with a file a thread.
    app.extensions[QUICK] = lambda method, _path: made.account.store.in_memory and method == "POST"
    return app


def main() -> None:
    """Serve until killed."""
    app = {"bare": bare, "carrier": carrier}[sys.argv[1]](sys.argv[2])
    from simulator.serving import listen, serve_app

    listener = listen("127.0.0.1", 0)
    served = serve_app(app, listener, threads=4)
    print(listener.getsockname()[1], flush=True)
    served.thread.join()


if __name__ == "__main__":
    main()
