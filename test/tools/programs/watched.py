"""watched.py FILE: watches its directory, prints each event about the file with what it holds then."""

import os
import sys

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

FILE = sys.argv[1]


class Printer(FileSystemEventHandler):
    def on_any_event(self, event):
        path = getattr(event, "dest_path", "") or event.src_path
        if path != FILE:
            return
        try:
            with open(path, encoding="utf-8") as file:
                print(event.event_type, path, file.read(), flush=True)
        except OSError:
            pass  # Gone by now: then there will be another event.


observer = Observer()
observer.schedule(Printer(), os.path.dirname(FILE), recursive=True)
observer.start()
observer.join()
