"""Whole files: a full disk takes nothing that was there before, and leaves nothing half written."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from simulator.whole_files import write_whole

Run = Callable[..., Result]


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only the first bytes of a file find room."""

    def write_bytes(self: Path, content: bytes) -> None:
        with self.open("wb") as file:
            file.write(content[:5])
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", write_bytes)


def test_a_file_is_written_as_it_is_and_in_place_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    write_whole(path, "before")
    write_whole(path, "ñ\n")

    assert path.read_bytes() == "ñ\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_behind_a_link_is_written_and_the_link_stays(tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "talk.txt")
    write_whole(link, "after")

    assert link.is_symlink()
    assert (tmp_path / "talk.txt").read_text(encoding="utf-8") == "after"


def test_what_is_private_is_its_owners_alone_and_leads_nowhere_else(tmp_path: Path) -> None:
    other, link = tmp_path / "other.txt", tmp_path / "key.pem"
    other.write_text("not ours")
    link.symlink_to(other)
    write_whole(link, b"secret", private=True)

    assert not link.is_symlink()
    assert (link.read_bytes(), link.stat().st_mode & 0o777) == (b"secret", 0o600)
    assert other.read_text() == "not ours"


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_leaves_what_was_there_and_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_text("approved")
    with pytest.raises(OSError, match=r"talk\.txt") as refused:
        write_whole(path, "a new transcript")

    assert refused.value.filename == str(path)
    assert path.read_bytes() == b"approved"
    assert list(tmp_path.iterdir()) == [path]


def test_a_recording_that_found_no_room_can_be_made_again(
    run: Run, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run("text", "+12025550101", "hello")
    request.getfixturevalue("full_disk")
    said = run("record", str(tmp_path / "talk.scenario.yaml"), code=1).stderr

    assert "cannot be written: No space left on device" in said
    assert not (tmp_path / "talk.scenario.yaml").exists()
