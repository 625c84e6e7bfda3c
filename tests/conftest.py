"""What every test can ask for. Each subject has its own file under `fixtures/`.

`pytest` runs on SQLite under SQLCipher; `pytest --database=postgres` runs again, on PostgreSQL,
the tests that touch the database without a browser. `make test` does both.
"""

pytest_plugins = [
    "tests.fixtures.node",
    "tests.fixtures.database",
    "tests.fixtures.browser",
    "tests.fixtures.data",
    "tests.fixtures.gallery",
    "tests.fixtures.node_clients",
]
