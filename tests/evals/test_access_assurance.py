"""Access as a whole, in small: no leak, no wrong refusal, the same bytes with and without secrets; broken builds show."""

from __future__ import annotations

import pytest

from docent.assurance.bench import _small, cost
from docent.assurance.checks import interleaved, matrix, opened, two_worlds
from docent.assurance.revocation import revoked
from docent.assurance.sabotage import SABOTAGE, sabotaged
from docent.assurance.world import changes, make_world

WORLD = make_world(50, 16, 7)
PERSON = "urn:li:corpuser:person0"


def test_nobody_is_shown_or_refused_too_much() -> None:
    with opened(changes(WORLD)) as docent:
        found = matrix(docent, WORLD, 1, 7)
        mixed = interleaved(docent, WORLD, 30, 7)
        late = revoked(docent, WORLD, 3)
    assert (found.caught, mixed.caught, late.caught) == (0, 0, 0), (found, mixed, late)
    assert found.checked > 50 * 15


def test_a_company_with_secrets_answers_like_one_without() -> None:
    anything, hidden = two_worlds(WORLD, [PERSON], 40, 20, 7)
    assert (anything.caught, hidden.caught) == (0, 0), (anything, hidden)
    assert (anything.checked, hidden.checked) == (40, 20)


@pytest.mark.parametrize("name", sorted(SABOTAGE))
def test_each_broken_build_is_caught(name: str) -> None:
    with sabotaged(name) as check:
        assert _small(WORLD, check).caught > 0


def test_the_cost_of_a_scope_is_measured() -> None:
    found = cost(100)
    assert isinstance(found["ratio_scoped_to_unscoped"], float)
