"""The demo world: Veldrad's riders, bikes, stores, plans and subscriptions, which every source system tells in part.

Everything is a function of (seed, now). Pure; each caller draws from its own stream, so that a new table in one system
never changes the rows of another.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    "Sanne Joris Fatima Lotte Milan Noor Emre Julia Pieter Anouk Jan Aylin Lars Maud Stijn Yara Felix Ilse Omar Greta "
    "Wout Leonie Karim Roos Timo Evi Bas Hanna Niels Zoe Matthias Amira Koen Jule Ruben Marit"
)
LAST_NAMES = _words(
    "Visser Bakker Smit Peeters Janssens Maes Müller Schmidt Weber Yılmaz Haddad Dijkstra Mulder Claes Wouters Fischer "
    "Hofman Brouwer Lemmens Schneider Kaya Verhoeven Koster Blom Goossens Wagner Postma Akkerman Benali Roth"
)
STORES = (
    ("Utrecht Neude", "Utrecht", "NL"),
    ("Amsterdam Oost", "Amsterdam", "NL"),
    ("Rotterdam Centraal", "Rotterdam", "NL"),
    ("Eindhoven Strijp", "Eindhoven", "NL"),
    ("Groningen Zuid", "Groningen", "NL"),
    ("Berlin Kreuzberg", "Berlin", "DE"),
    ("Hamburg Altona", "Hamburg", "DE"),
    ("Köln Ehrenfeld", "Köln", "DE"),
    ("München Sendling", "München", "DE"),
    ("Gent Dampoort", "Gent", "BE"),
    ("Antwerpen Zuid", "Antwerpen", "BE"),
    ("Leuven Vaart", "Leuven", "BE"),
)
PLANS = (
    ("CITY7-M", "City monthly", "CITY7", 34.90, 1),
    ("CITY7-Y", "City yearly", "CITY7", 29.90, 12),
    ("E3-M", "E-bike monthly", "E3", 79.90, 1),
    ("E3-Y", "E-bike yearly", "E3", 69.90, 12),
    ("CARGO-M", "Cargo monthly", "CARGO2", 149.00, 3),
    ("E3-B2B", "E-bike for employers", "E3", 64.00, 12),
    ("CITY7-STU", "City student", "CITY7", 24.90, 6),
    ("KIDS-M", "Kids monthly", "KIDS20", 14.90, 1),
)


@dataclass(frozen=True)
class Rider:
    rider_id: int
    first_name: str
    last_name: str
    email: str
    country: str
    city: str
    birth_date: date
    created_at: datetime
    account_id: int | None


@dataclass(frozen=True)
class Subscription:
    subscription_id: int
    rider: Rider
    plan_id: int
    store_id: int
    started_on: date
    ended_on: date | None

    def active_in(self, month: date) -> bool:
        """Whether any day of the month that starts on `month` is subscribed."""
        after = (month + timedelta(days=32)).replace(day=1)
        return self.started_on < after and (self.ended_on is None or self.ended_on >= month)


@dataclass(frozen=True)
class World:
    """The company at `now`; `stream(name)` is a random source of its own for each table that wants one."""

    seed: int
    now: datetime
    riders: tuple[Rider, ...]
    subscriptions: tuple[Subscription, ...]
    bike_ids: tuple[int, ...]
    account_ids: tuple[int, ...]

    def stream(self, name: str) -> random.Random:
        return random.Random(f"{self.seed}:{name}")

    def ago(self, days: float = 0, hours: float = 0) -> datetime:
        return (self.now - timedelta(days=days, hours=hours)).replace(microsecond=0)

    def moment(self, rng: random.Random, oldest_days: float, newest_days: float = 0.2) -> datetime:
        """A moment between so many days ago, whole seconds."""
        return self.ago(days=rng.uniform(newest_days, oldest_days))

    def months(self, count: int) -> list[date]:
        """First days of the last `count` months, this one last."""
        month = self.now.date().replace(day=1)
        found = [month]
        while len(found) < count:
            month = (month - timedelta(days=1)).replace(day=1)
            found.append(month)
        return found[::-1]


def build_world(seed: int, now: datetime) -> World:
    rng = random.Random(f"{seed}:world")
    account_ids = tuple(range(501, 537))
    riders = tuple(_rider(rng, number, now, account_ids) for number in range(10001, 10241))
    subscriptions = tuple(_subscription(rng, 70001 + index, rng.choice(riders), now) for index in range(190))
    return World(seed, now, riders, subscriptions, tuple(range(3001, 3221)), account_ids)


def _rider(rng: random.Random, number: int, now: datetime, account_ids: tuple[int, ...]) -> Rider:
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    _, city, country = rng.choice(STORES)
    created = (now - timedelta(days=rng.uniform(5, 1500))).replace(microsecond=0)
    return Rider(
        number,
        first,
        last,
        f"{first}.{last}{number % 100}@mail.example".lower(),
        country,
        city,
        date(rng.randint(1958, 2006), rng.randint(1, 12), rng.randint(1, 28)),
        created,
        rng.choice(account_ids) if rng.random() < 0.22 else None,
    )


def _subscription(rng: random.Random, number: int, rider: Rider, now: datetime) -> Subscription:
    started = rider.created_at.date() + timedelta(days=rng.randint(0, 4))
    ended = started + timedelta(days=rng.randint(35, 700)) if rng.random() < 0.45 else None
    ended = None if ended is None or ended >= now.date() else ended
    plan_id = 6 if rider.account_id else rng.choice((1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8))
    store_id = next(i for i, store in enumerate(STORES, start=1) if store[1] == rider.city)
    return Subscription(number, rider, plan_id, store_id, started, ended)
