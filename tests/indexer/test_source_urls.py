"""Addresses of sources: filled in from the environment, shown without secrets, files taken from the right folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from indexer.source_urls import filled, hidden, missing, rooted, secrets, without

HIDDEN = [
    ("postgresql://ana:geheim@db/shop", "postgresql://ana:***@db/shop", "geheim"),
    ("postgresql://ana:ge:h@e/im@db/shop", "postgresql://ana:***@db/shop", "ge:h@e/im"),
    ("mysql+pymysql://:geheim@db:3306", "mysql+pymysql://:***@db:3306", "geheim"),
    ("postgresql://ana@db/shop?sslpassword=geheim&x=1", "postgresql://ana@db/shop?sslpassword=***&x=1", "geheim"),
    ("databricks://token:dapi123@host?http_path=p", "databricks://token:***@host?http_path=p", "dapi123"),
    ("snowflake://u@a/db?PRIVATE_KEY_PWD=geheim", "snowflake://u@a/db?PRIVATE_KEY_PWD=***", "geheim"),
    ("mssql+pyodbc:///?odbc_connect=PWD%3Dgeheim", "mssql+pyodbc:///?odbc_connect=***", "PWD%3Dgeheim"),
]


@pytest.mark.parametrize(("url", "shown", "secret"), HIDDEN)
def test_passwords_are_hidden(url: str, shown: str, secret: str) -> None:
    assert hidden(url) == shown
    assert secret in secrets(url)


@pytest.mark.parametrize(
    "url", ["postgresql://ana@db:5432/shop", "sqlite:////data/shop.db", "target/", "exports/a.json"]
)
def test_what_holds_no_secret_stays_as_it_is(url: str) -> None:
    assert hidden(url) == url
    assert secrets(url) == ()


def test_messages_of_others_lose_their_secrets_however_they_are_spelled() -> None:
    hide = secrets("postgresql://ana:ge%40heim@db/shop")
    assert without("login with ge@heim failed (ge%40heim)", hide) == "login with *** failed (***)"


def test_the_environment_fills_in_a_password_of_any_characters() -> None:
    url = filled("postgresql://${WHO}:${SECRET}@${HOST}/shop", {"WHO": "ana", "SECRET": "a@b/c:d %", "HOST": "db:5433"})
    parsed = make_url(url)
    assert (parsed.username, parsed.password, parsed.host, parsed.port) == ("ana", "a@b/c:d %", "db", 5433)
    assert filled("${URL}", {"URL": "postgresql://ana@db/shop"}) == "postgresql://ana@db/shop"


def test_what_the_environment_does_not_have_is_named() -> None:
    text = filled("postgresql://${WHO}:${SECRET}@db/shop", {"WHO": "ana"})
    assert missing(text) == ("SECRET",)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("sqlite:///shop.db", "sqlite:////root/shop.db"),
        ("duckdb:///data/shop.duckdb", "duckdb:////root/data/shop.duckdb"),
        ("sqlite:////data/shop.db", "sqlite:////data/shop.db"),
        ("duckdb:///:memory:", "duckdb:///:memory:"),
        ("sqlite:///C:/data/shop.db", "sqlite:///C:/data/shop.db"),
        ("postgresql:///shop", "postgresql:///shop"),
    ],
)
def test_files_are_taken_from_the_workspace(url: str, taken: str) -> None:
    assert rooted(url, Path("/root")) == taken
