"""`python -m gemini_magic emulator`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from gemini_magic.__main__ import main
from gemini_magic.models import DEFAULT_MODEL
from gemini_magic.transports.http_library import httpx

TARGET = f"/v1/models/{DEFAULT_MODEL}:generateContent"
BODY = {"contents": [{"parts": [{"text": "hello"}]}]}


def test_the_command_serves_it():
    command = [sys.executable, "-m", "gemini_magic", "emulator", "--port", "0", "--pace", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split()[-1]
        assert httpx.get(f"{url}/v1beta/models").status_code == 200
        process.terminate()


def test_the_command_takes_a_script(tmp_path):
    script = tmp_path / "script.json"
    script.write_text('[{"pieces": ["scripted"]}, {"status": 503, "body": {"error": {"code": 503}}}]')
    command = [sys.executable, "-m", "gemini_magic", "emulator", "--port", "0", "--script", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split()[-1]
        with httpx.Client(base_url=url) as client:
            assert "scripted" in client.post(TARGET, json=BODY).text
            assert client.post(TARGET, json=BODY).status_code == 503
        process.terminate()


def test_a_script_that_is_wrong_is_one_line(tmp_path, capsys):
    script = tmp_path / "script.json"
    script.write_text('[{"status": "busy"}]')
    with pytest.raises(SystemExit) as caught:
        main(["emulator", "--port", "0", "--script", str(script)])
    told = capsys.readouterr().err
    assert caught.value.code == 1
    assert "status of a scripted reply is a whole number" in told
    assert told.count("\n") == 1


def test_a_port_that_is_taken_is_one_line(server, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["emulator", "--port", server.url.rpartition(":")[2]])
    told = capsys.readouterr().err
    assert caught.value.code == 1
    assert "choose another port" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("pace", ["nan", "inf", "-1", "1e9"])
def test_a_pace_that_is_none_is_one_line(pace, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["emulator", "--port", "0", "--pace", pace])
    told = capsys.readouterr().err
    assert caught.value.code == 1
    assert f"the pace of the emulator is a number from 0 to 1000, not {float(pace)}" in told
    assert told.count("\n") == 1


def test_ctrl_c_ends_it_in_silence_while_a_client_does_not_read(tmp_path):
    script = tmp_path / "script.json"
    script.write_text(json.dumps([{"pieces": ["x" * 20_000_000]}]))
    command = [sys.executable, "-m", "gemini_magic", "emulator", "--port", "0", "--script", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split()[-1]
        with httpx.stream("POST", f"{url}{TARGET}", json=BODY) as response:
            assert response.status_code == 200
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        assert process.stderr.read() == ""
