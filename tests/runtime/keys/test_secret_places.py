"""The secrets of Colab and Kaggle: each way to have none is a sentence with the click that mends it."""

from __future__ import annotations

import pytest

from gemini_magic.errors import NoApiKey
from gemini_magic.runtime.keys.api_keys import ask_nobody, find_key
from gemini_magic.runtime.keys.found import Why
from gemini_magic.runtime.secret import Secret
from tests.support.colab import NO_ACCESS, NO_ANSWER, kaggle_error, refused_connection

BOTH = ["GOOGLE_API_KEY", "GEMINI_API_KEY"]
COLAB = {
    Why.MISSING: r"Colab has no secret named GEMINI_API_KEY: open the key symbol at the left, add",
    Why.NO_ACCESS: r"no access to the Colab secret \w+: open the key symbol .* switch on its Notebook access",
    Why.NO_ANSWER: r"Colab did not answer in time .* run the cell again .* allow access in the dialog",
}
KAGGLE = {
    Why.MISSING: r"no Kaggle secret named GEMINI_API_KEY is attached .* Add-ons → Secrets, add",
    Why.NO_ACCESS: r"no access to the secret GOOGLE_API_KEY: open Add-ons → Secrets, attach it",
    Why.NO_ANSWER: r"open Settings, turn Internet on",
}


def find(ask=ask_nobody, typed=None):
    return find_key(None, typed, ask)


def refused(match):
    """The error of a search for a key, which nothing of others hangs from."""
    with pytest.raises(NoApiKey, match=match) as caught:
        find()
    error = caught.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert "%config GeminiMagics.offline = True" in str(error)
    assert "%gemini_cassette FILE --mode replay" in str(error)
    assert "aistudio.google.com" in str(error)
    return error


@pytest.mark.parametrize("name", BOTH)
def test_a_secret_of_colab(on_colab, name):
    asked = on_colab({name: " colab\n"})
    found = find(ask=pytest.fail)
    assert (found.key.reveal(), found.source) == ("colab", f"Colab secret {name}")
    assert asked == BOTH[: BOTH.index(name) + 1]


@pytest.mark.parametrize(
    ("secrets", "why"),
    [
        ({}, Why.MISSING),
        ({"GEMINI_API_KEY": ""}, Why.MISSING),
        ({"GEMINI_API_KEY": NO_ACCESS}, Why.NO_ACCESS),
        ({"GOOGLE_API_KEY": NO_ACCESS}, Why.NO_ACCESS),
        ({"GOOGLE_API_KEY": NO_ACCESS, "GEMINI_API_KEY": NO_ANSWER}, Why.NO_ACCESS),
        ({"GEMINI_API_KEY": NO_ANSWER}, Why.NO_ANSWER),
        ({"GOOGLE_API_KEY": NO_ANSWER}, Why.NO_ANSWER),
    ],
)
def test_colab_says_what_to_click(on_colab, secrets, why):
    asked = on_colab(secrets)
    refused(COLAB[why])
    assert asked == BOTH


def test_a_key_under_one_name_counts_whatever_is_the_matter_with_the_other(on_colab):
    for matter in (None, NO_ACCESS, NO_ANSWER):
        on_colab({"GOOGLE_API_KEY": matter, "GEMINI_API_KEY": "colab"})
        assert find(ask=pytest.fail).key.reveal() == "colab"


def test_the_secret_without_access_is_named(on_colab):
    on_colab({"GEMINI_API_KEY": NO_ACCESS})
    assert "Colab secret GEMINI_API_KEY" in str(refused(COLAB[Why.NO_ACCESS]))


def test_an_error_of_another_kind_is_silence(on_colab, monkeypatch):
    on_colab({})
    import google.colab.userdata as userdata

    def fail(_name):
        raise AttributeError("'NoneType' object has no attribute 'get'")

    monkeypatch.setattr(userdata, "get", fail)
    assert "NoneType" not in str(refused(COLAB[Why.NO_ANSWER]))


def test_the_person_is_asked_after_the_secrets_and_told_what_is_the_matter(on_colab):
    asked, told = on_colab({"GEMINI_API_KEY": NO_ACCESS}), []
    assert find(ask=lambda refusal: told.append(refusal) or Secret("typed")).key.reveal() == "typed"
    [refusal] = told
    assert refusal.why is Why.NO_ACCESS
    assert asked == BOTH
    # Colab may open a dialog each time, or wait ten seconds.
    assert find(typed=Secret("typed"), ask=pytest.fail).key.reveal() == "typed"
    assert asked == BOTH


def test_what_is_nearer_is_taken_and_colab_not_asked(on_colab, monkeypatch):
    asked = on_colab({"GEMINI_API_KEY": NO_ACCESS})
    monkeypatch.setenv("GEMINI_API_KEY", "near")
    assert find(ask=pytest.fail).key.reveal() == "near"
    assert asked == []


def test_a_secret_of_kaggle(on_kaggle):
    asked = on_kaggle({"GEMINI_API_KEY": "kaggle"})
    found = find(ask=pytest.fail)
    assert (found.key.reveal(), found.source) == ("kaggle", "Kaggle secret GEMINI_API_KEY")
    assert asked == BOTH


@pytest.mark.parametrize(
    ("answer", "why", "names"),
    [
        (None, Why.MISSING, BOTH),
        (refused_connection(404), Why.MISSING, BOTH),
        (refused_connection(403), Why.NO_ACCESS, BOTH),
        ("CredentialError", Why.NO_ACCESS, BOTH),
        # Each name may take 40 seconds.
        (refused_connection(), Why.NO_ANSWER, BOTH[:1]),
        (refused_connection(500), Why.NO_ANSWER, BOTH[:1]),
        (TimeoutError(), Why.NO_ANSWER, BOTH[:1]),
    ],
)
def test_kaggle_says_what_to_click(on_kaggle, answer, why, names):
    answers = {}
    asked = on_kaggle(answers)
    if answer is not None:
        error = kaggle_error(answer, "A JWT Token is required") if isinstance(answer, str) else answer
        answers["GOOGLE_API_KEY"] = error
    refused(KAGGLE[why])
    assert asked == names
