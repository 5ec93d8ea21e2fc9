"""Stand-ins for the modules of Colab and Kaggle, with what their real ones raise and keep."""

from __future__ import annotations

import sys
import types
from urllib.error import HTTPError, URLError

NO_ACCESS, NO_ANSWER = object(), object()
"""In the place of a secret's value: the notebook may not read it; the page does not answer."""

WIDGET_MANAGER = "https://ssl.gstatic.com/widgets/manager.min.js"


class _Error(Exception):
    """The base of Colab's own errors."""


def _make_userdata(secrets, asked):
    userdata = types.ModuleType("google.colab.userdata")

    class NotebookAccessError(Exception):
        pass

    class SecretNotFoundError(_Error):
        pass

    class TimeoutException(_Error):
        pass

    def get(key):
        asked.append(key)
        value = secrets.get(key)
        if value is NO_ANSWER:
            raise TimeoutException(f"Requesting secret {key} timed out. Secrets can only be fetched when …")
        if value is None:
            raise SecretNotFoundError(f"Secret {key} does not exist.")
        if value is NO_ACCESS:
            raise NotebookAccessError(f"Notebook does not have access to secret {key}")
        return value

    userdata.get = get
    for error in (NotebookAccessError, SecretNotFoundError, TimeoutException):
        setattr(userdata, error.__name__, error)
    return userdata


def _make_output():
    output, widgets = (types.ModuleType(f"google.colab.output{part}") for part in ("", "._widgets"))
    widgets._installed_url = None
    output.enable_custom_widget_manager = lambda: setattr(widgets, "_installed_url", WIDGET_MANAGER)
    output._widgets = widgets
    return output


def install_colab(secrets, put=sys.modules.__setitem__):
    """Give Colab's modules, by name, to `put`; return the list of the names that are asked for."""
    asked = []
    colab = types.ModuleType("google.colab")
    colab.userdata, colab.output = _make_userdata(secrets, asked), _make_output()
    for name, module in {"": colab, ".userdata": colab.userdata, ".output": colab.output}.items():
        module.__spec__ = types.SimpleNamespace(name=f"google.colab{name}")
        put(f"google.colab{name}", module)
    return asked


def install_kaggle(answers, put=sys.modules.__setitem__):
    """Give Kaggle's module to `put`; `answers` has a value or an exception for a name."""
    asked = []
    kaggle = types.ModuleType("kaggle_secrets")
    kaggle.__spec__ = types.SimpleNamespace(name="kaggle_secrets")
    for name in ("BackendError", "CredentialError", "ValidationError"):
        setattr(kaggle, name, type(name, (Exception,), {}))

    class UserSecretsClient:
        def get_secret(self, label):
            asked.append(label)
            answer = answers.get(label, kaggle.BackendError("No user secrets exist for kernel id 7"))
            if isinstance(answer, str):
                return answer
            raise answer

    kaggle.UserSecretsClient = UserSecretsClient
    put("kaggle_secrets", kaggle)
    return asked


def kaggle_error(name, text):
    """Return an error of the stand-in's own class."""
    return getattr(sys.modules["kaggle_secrets"], name)(text)


def refused_connection(status=None):
    """Return what Kaggle's module makes of an error status, or of a notebook without internet."""
    error = ConnectionError("Connection error trying to communicate with service.")
    error.__cause__ = HTTPError("https://k", status, "no", None, None) if status else URLError("no name")
    return error


def without_empty_bodies(run_cell_magic):
    """A shell's `run_cell_magic` as Colab's is: a cell magic with a line may have no body."""

    def run(name, line, cell):
        return run_cell_magic(name, line, cell if cell or not line else " ")

    return run
