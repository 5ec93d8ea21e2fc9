"""The secrets of Colab and Kaggle, through their own modules; both ask their service, and may take long.

Their exceptions are looked at, and never raised further: a key could hang from them.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemini_magic.runtime.keys.found import KEY_NAMES, Found, Refusal, Why
from gemini_magic.runtime.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SecretPlace", "find_secret_place", "is_on_kaggle"]

_COLAB_SAYS = {
    Why.MISSING: "Colab has no secret named GEMINI_API_KEY: open the key symbol at the left, add a secret "
    "named GEMINI_API_KEY and switch on its Notebook access",
    Why.NO_ACCESS: "this notebook has no access to the Colab secret {name}: open the key symbol at the left "
    "and switch on its Notebook access",
    Why.NO_ANSWER: "Colab did not answer in time when asked for the secret {name}: run the cell again in "
    "Colab's own page, and allow access in the dialog",
}

_KAGGLE_SAYS = {
    Why.MISSING: "no Kaggle secret named GEMINI_API_KEY is attached to this notebook: open Add-ons → "
    "Secrets, add GEMINI_API_KEY and attach it",
    Why.NO_ACCESS: "Kaggle gives this notebook no access to the secret {name}: open Add-ons → Secrets, "
    "attach it, and restart the session",
    Why.NO_ANSWER: "Kaggle's secrets do not answer: open Settings, turn Internet on, and run the cell again",
}


@dataclass(frozen=True)
class SecretPlace:
    """A service that keeps secrets for notebooks.

    Attributes
    ----------
    name
        Whose it is: `Colab` or `Kaggle`.
    """

    name: str
    _read: Callable[[str], str]
    _judge: Callable[[Exception], Why]
    _says: Mapping[Why, str]
    _is_one_server: bool
    """Whether silence about one name is silence about all: each may take 40 s."""

    def ask(self) -> Found | Refusal:
        """Return the key, or why there is none.

        Every name is tried: a secret that the notebook may not read says nothing about the other name.
        """
        refusals = []
        for name in KEY_NAMES:
            found = self._ask_for(name)
            if isinstance(found, Found):
                return found
            refusals.append(found)
            if found.why is Why.NO_ANSWER and self._is_one_server:
                break
        return max(refusals, key=lambda refusal: refusal.why)

    def _ask_for(self, name: str) -> Found | Refusal:
        why = Why.MISSING
        try:
            key = Secret(self._read(name))
        except Exception as error:  # noqa: BLE001 - theirs, of any kind; no other sentence would help more
            key, why = Secret(""), self._judge(error)
        return Found(key, f"{self.name} secret {name}") if key else self._refusal(why, name)

    def _refusal(self, why: Why, name: str) -> Refusal:
        return Refusal(why, self._says[why].format(name=name))


def find_secret_place() -> SecretPlace | None:
    """Return whose secrets this kernel can ask for; None elsewhere.

    Kaggle comes first: its images are made from Colab's, whose module finds nobody to answer there.
    """
    if _is_installed("kaggle_secrets"):
        return SecretPlace("Kaggle", _read_from_kaggle, _judge_kaggle, _KAGGLE_SAYS, _is_one_server=True)
    # Colab's kernel has imported it. Elsewhere it may be installed, and would wait for a page in vain.
    if "google.colab" in sys.modules and not is_on_kaggle():
        return SecretPlace("Colab", _read_from_colab, _judge_colab, _COLAB_SAYS, _is_one_server=False)
    return None


def is_on_kaggle() -> bool:
    """Return whether this process belongs to a notebook on Kaggle."""
    return "KAGGLE_KERNEL_RUN_TYPE" in os.environ


def _read_from_colab(name: str) -> str:
    return str(importlib.import_module("google.colab.userdata").get(name) or "")


def _judge_colab(error: Exception) -> Why:
    # By name: earlier versions of the module lack some of them.
    names = {"SecretNotFoundError": Why.MISSING, "NotebookAccessError": Why.NO_ACCESS}
    return names.get(type(error).__name__, Why.NO_ANSWER)


def _read_from_kaggle(name: str) -> str:
    return str(importlib.import_module("kaggle_secrets").UserSecretsClient().get_secret(name) or "")


def _judge_kaggle(error: Exception) -> Why:
    """Return why there is no secret: its module makes a ConnectionError of every error status, too."""
    if type(error).__name__ == "CredentialError" or getattr(error.__cause__, "code", None) in {401, 403}:
        return Why.NO_ACCESS
    if type(error).__name__ in {"BackendError", "ValidationError"}:
        return Why.MISSING
    return Why.MISSING if getattr(error.__cause__, "code", None) == 404 else Why.NO_ANSWER


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ModuleNotFoundError, ValueError):
        return False
