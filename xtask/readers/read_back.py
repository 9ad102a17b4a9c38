"""Reads the files of an export as docs/readers.md does, and compares them with the list.

    read_back.py READERS.md LIST.json

Runs in the folder of the files. Prints a line for each example, and exits with 1 if a field differs.
"""

import json
import re
import sys

import duckdb

COLUMNS = ["id", "name", "analytics_tracking_enabled", "tags"]


def examples(text):
    """The examples of SQL and Python, each with its heading."""
    for section in text.split("\n## ")[1:]:
        heading = section.split("\n", 1)[0]
        for language, code in re.findall(r"```(sql|python)\n(.*?)```", section, re.DOTALL):
            yield heading, language, code


def rows(language, code):
    """What an example reads, or None if it writes."""
    if language == "sql":
        read = duckdb.sql(code).fetchall()
        return None if code.startswith("COPY") else read

    names = {}
    exec(code, names)
    frame = names["segments"]
    return frame.rows() if hasattr(frame, "rows") else frame.itertuples(index=False, name=None)


def plain(row):
    """A row without the types of the reader, but with a number and a missing value as such."""
    id, name, tracking, tags = row
    return [id, name, str(tracking), tags if tags is None else list(tags)]


def main():
    text, expected = (open(path, encoding="utf-8").read() for path in sys.argv[1:])
    expected = [plain(row[column] for column in COLUMNS) for row in json.loads(expected)]

    wrong = 0
    for heading, language, code in examples(text):
        file = re.search(r"segments\.\w+", code)[0]
        read = rows(language, code)
        if read is None:
            continue

        read = sorted((plain(row) for row in read), key=lambda row: row[0])
        differing = [pair for pair in zip(expected, read) if pair[0] != pair[1]]
        is_same = len(read) == len(expected) and not differing
        print(f"{heading}, {file}: {'identical' if is_same else differing[:3]}")
        wrong += not is_same
    sys.exit(wrong > 0)


main()
