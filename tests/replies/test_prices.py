"""Prices: the list's, and one's own."""

from __future__ import annotations

import pytest
from traitlets import TraitError

from gemini_magic.options.settings import Settings, SettingsTraits
from gemini_magic.replies.costs.prices import Rates, estimate_cost
from gemini_magic.replies.usage import Usage
from tests.support.requests_sent import MODEL, ask, ended

pytestmark = pytest.mark.usefixtures("server")


def test_own_prices(session, emulator):
    own = {MODEL: Rates(input=10, cached=1, output=100)}
    emulator.script.append(ended(cachedContentTokenCount=400))
    reply = ask(session, settings=Settings(prices=own))
    assert reply.cost.usd == pytest.approx((600 * 10 + 400 * 1 + 100 * 100) / 1e6)
    assert session.ledger.spent_usd == reply.cost.usd
    usage = Usage(prompt=10, cached=4, thoughts=3, output=2, tool_use=5)
    assert estimate_cost("models/m", usage, {"m": Rates(1, 2)}).usd == pytest.approx(25 / 1e6)
    assert estimate_cost("m", Usage(prompt=1), {"m": Rates(1, 2)}) is None
    assert estimate_cost("other", usage, {"m": Rates(1, 2)}) is None
    assert estimate_cost("m-x-001", usage, {"m-x": Rates(1, 2)}).usd == pytest.approx(25 / 1e6)
    assert estimate_cost("m-x-lite", usage, {"m-x": Rates(1, 2)}) is None


def test_the_trait_of_own_prices():
    traits = SettingsTraits()
    traits.prices = {"models/m": {"input": 1, "output": 2.5}}
    assert traits.freeze().prices == {"m": Rates(1, 2.5)}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (3, "3 is no dict"),
        ({"m": 3}, "prices of 'm' are no dict"),
        ({"m": {"input": 1}}, "output"),
        ({"m": {"input": 1, "output": 1, "outptu": 2}}, "outptu"),
        ({"m": {"input": -1, "output": 1}}, "input price of m is -1"),
        ({"m": {"input": 1, "output": "2"}}, "output price of m is '2'"),
        ({"m": {"input": 1, "output": float("nan")}}, "output price of m is nan"),
        ({"m": {"input": True, "output": 1}}, "input price of m is True"),
    ],
)
def test_wrong_prices(value, says):
    with pytest.raises(TraitError, match=says) as caught:
        SettingsTraits(prices=value)
    assert "in USD per million tokens" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_list_prices_know_sound_images_and_long_prompts():
    def cost(model, **counts):
        return estimate_cost(model, Usage(**{"prompt": 0, "output": 0} | counts)).usd

    assert cost(MODEL, prompt=10**6, audio=10**6) > cost(MODEL, prompt=10**6)
    mixed = cost(MODEL, prompt=10**6, audio=10**6, cached=10**6, cached_audio=10**6)
    assert cost(MODEL, prompt=10**6, cached=10**6) < mixed < cost(MODEL, prompt=10**6, audio=10**6)
    images = "gemini-2.5-flash-image"
    assert cost(images, output=1000, image_output=1000) > cost(images, output=1000)
    assert cost("gemini-2.5-pro", prompt=400_000) > 2 * cost("gemini-2.5-pro", prompt=200_000)


def test_modalities_are_read_from_the_stream(session, emulator):
    sound = [{"modality": "TEXT", "tokenCount": 600}, {"modality": "AUDIO", "tokenCount": 400}]
    emulator.script.append(ended(promptTokensDetails=sound))
    reply = ask(session)
    assert (reply.usage.audio, reply.usage.image_output) == (400, None)
    assert reply.cost.usd == pytest.approx((600 * 0.3 + 400 * 1.0 + 100 * 2.5) / 1e6)


def test_cost_by_the_served_model():
    usage = Usage(prompt=1000, output=300, thoughts=200, cached=100)
    known = estimate_cost("gemini-2.5-flash", usage)
    # Input $0.30, cached input $0.03, output $2.50 for a million tokens (list price, November 2026).
    assert known.usd == pytest.approx((900 * 0.3 + 100 * 0.03 + 500 * 2.5) / 1e6)
    assert estimate_cost("models/gemini-2.5-flash", usage) == known
    assert estimate_cost("no-such-model", usage) is None
    assert estimate_cost("gemini-2.5-flash", Usage(output=3)) is None
