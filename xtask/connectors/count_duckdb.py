"""Prints how many rows a table has, how many ids, and the types of its columns."""

import sys

import duckdb

connection = duckdb.connect(sys.argv[1])
print(*connection.execute("select count(*), count(distinct id) from segments").fetchone())
columns = connection.execute("select column_name, data_type from information_schema.columns")
print(", ".join(f"{name} {type_}" for name, type_ in columns.fetchall()))
