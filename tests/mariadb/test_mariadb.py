"""The MariaDB server that the tests of this folder rely on is really there."""

import sqlalchemy


def test_a_real_mariadb_answers(mariadb_url):
    """The server is MariaDB, its tables are transactional, and text is full Unicode."""
    engine = sqlalchemy.create_engine(mariadb_url)
    with engine.connect() as connection:
        assert "MariaDB" in str(connection.exec_driver_sql("SELECT VERSION()").scalar())
        assert connection.exec_driver_sql("SELECT @@default_storage_engine").scalar() == "InnoDB"
        assert connection.exec_driver_sql("SELECT CONCAT('山田', '𠮷')").scalar() == "山田𠮷"
    engine.dispose()
