from __future__ import annotations

from tests.runs.killing import kill_and_resume


def test_a_killed_evaluation_goes_on_to_the_same_grades() -> None:
    found = kill_and_resume(samples=12, kills=2, concurrency=4)
    assert found.resumed == found.undisturbed
    assert len(found.resumed) == 12
    assert (found.saved_asked_again, found.saved_judged_again) == (0, 0)
    assert found.asked_again <= found.most_again
