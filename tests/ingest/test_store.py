"""The store: the same tables as read_835, whatever was read before and whatever broke."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import shutil
import signal
import stat
import time
import warnings
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from killed_runs import finish, start_ingest
from small_files import claim, interchange, line, remittance

from j2311_analytics import AnalyticsWarning, Remittance, X12Error, open_store, read_835
from j2311_analytics.ingest import row_groups, store_entries
from j2311_analytics.ingest import store as store_module
from j2311_analytics.ingest.store_rows import Placed, join
from j2311_analytics.ingest.tokens import token_key
from j2311_analytics.tables import REMITTANCE_TABLES


def one(name: str, *more: str, plb: str = "PLB*1999999984*20261231*WO:ICN1*10") -> bytes:
    """One 835: claim `name` with a denied line and a remark, and a provider adjustment."""
    segments = claim(name, *line(cas=["CO*197*100"], remarks=["M127"]), member=f"PHIID{name}")
    return interchange(remittance(*segments, *more, plb=[plb]))


GOOD = {name: one(name) for name in ("A", "B", "C", "D")}
ODD = {
    "two sets": interchange(remittance(*claim("E", *line())), remittance(*claim("F", *line()))),
    "no lines": interchange(remittance(*claim("G", "CAS*CO*29*100"))),
    "no claims": b"ST*835*1~BPR*I*0*C*NON~SE*3*1~",
    "orphan first": GOOD["A"].replace(b"LX*1~", b"LX*1~CAS*CO*45*1~"),
    "orphan only": b"ST*835*1~BPR*I*0*C*NON~CAS*CO*45*2~SE*4*1~",
    "counts differ": GOOD["B"].replace(b"GE*1", b"GE*7"),
    "cut": GOOD["C"][:-150],
    "cut envelope": GOOD["D"] + b"ISA*00*",
    "not x12": b"%PDF-1.7 PHINAME PHIID0001",
    "an 837": interchange("ST*837*1~CLM*A*1~SE*3*1~"),
    "empty": b" \n",
    "zip in a member": b"PK\x03\x04 not a whole archive",
    "absurd": GOOD["A"].replace(b"CO*197*100", b"CO*197*1234567890123456"),
}
CONTENTS = [*GOOD.values(), *ODD.values()]


def quiet(source: object, read: Callable[..., Remittance] = read_835) -> Remittance:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        return read(source)


def same(one: Remittance, other: Remittance) -> None:
    for table in REMITTANCE_TABLES:
        pd.testing.assert_frame_equal(
            getattr(one, table), getattr(other, table), check_exact=True, check_freq=True
        )


def fill(folder: Path, contents: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return folder


def entries(store: Path) -> list[Path]:
    return sorted((store / "entries").glob("[!.]*"))


def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by the hash of each content that is given to the parser."""
    seen: list[str] = []

    def spy(streams: list[io.BytesIO]) -> Remittance:
        seen.extend(stream.name for stream in streams)  # type: ignore[attr-defined]
        return read_835(streams)  # type: ignore[arg-type]

    monkeypatch.setattr(store_module, "read_835", spy)
    return seen


def hashed(*contents: bytes) -> list[str]:
    return [sha256(content).hexdigest() for content in contents]


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    """A folder with good and broken files, the same file twice, and archives in archives."""
    folder = fill(tmp_path / "in", {**{f"{n}.835": d for n, d in GOOD.items()}, **ODD})
    fill(folder, {"again.835": GOOD["B"], "z-again.gz": gzip.compress(GOOD["A"])})
    fill(folder, {"twice.gz": gzip.compress(gzip.compress(one("H"))), "bad.gz": b"\x1f\x8b no"})
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep.835", one("I"))
    with zipfile.ZipFile(folder / "many.zip", "w") as archive:
        archive.writestr("b/j.835", one("J"))
        archive.writestr("a.zip", inner.getvalue())
        archive.writestr("k.gz", gzip.compress(one("K")))
    return folder


def test_reading_through_a_store_gives_the_same_tables(everything: Path, tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    for _ in range(3):
        same(quiet(everything, store.read), quiet(everything))
    same(quiet(everything / "A.835", store.read), quiet(everything / "A.835"))
    some = [everything / "many.zip", everything / "D.835", everything / "cut"]
    same(quiet(some, store.read), quiet(some))
    same(quiet(str(everything / "*.835"), store.read), quiet(str(everything / "*.835")))
    same(quiet(GOOD["A"], store.read), quiet(GOOD["A"]))
    same(quiet(io.BytesIO(GOOD["A"]), store.read), quiet(io.BytesIO(GOOD["A"])))


@settings(max_examples=15)
@given(
    rounds=st.lists(st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=5), max_size=2),
    last=st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=8),
    group=st.sampled_from([1, 1500, 10**6]),
)
def test_what_was_ingested_before_and_how_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    rounds: list[list[bytes]],
    last: list[bytes],
    group: int,
) -> None:
    place = tmp_path_factory.mktemp("property")
    store = open_store(place / "store")
    last = [*last, GOOD["A"]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_module, "_GROUP_BYTES", group)
        for number, contents in enumerate(rounds):
            names = {f"{number}-{n}.835": data for n, data in enumerate(reversed(contents))}
            store.ingest(fill(place / f"round {number}", names))
        folder = fill(place / "last", {f"{n:02d}": data for n, data in enumerate(last)})
        same(quiet(folder, store.read), quiet(folder))


def test_only_what_is_new_is_parsed(
    everything: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "store")
    store.ingest(everything)
    seen = parsed(monkeypatch)
    (everything / "renamed.835").write_bytes(GOOD["D"])
    (everything / "D.835").unlink()
    fill(everything, {"later.835": one("L")})
    quiet(everything, store.read)
    assert seen == hashed(one("L"))
    assert store.ingest(everything).new == ()
    assert seen == hashed(one("L"))


def test_ingest_says_what_was_new_known_and_failed(tmp_path: Path) -> None:
    folder = fill(tmp_path / "in", {"a": GOOD["A"], "b": GOOD["A"], "c": ODD["not x12"], "d": b""})
    store = open_store(tmp_path / "store")
    first, second = store.ingest(folder), store.ingest(fill(folder, {"e": GOOD["B"]}))
    assert (first.new, first.known, first.notes) == (("a",), ("b",), ())
    assert (second.new, second.known, second.notes) == (("e",), ("a", "b"), ())
    assert sorted(first.failed) == sorted(second.failed)
    assert dict(first.failed)["c"].startswith("this is not an X12 file")
    assert dict(first.failed)["d"] == "the file is empty; fetch it again"


def test_files_share_entries_and_big_groups_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fill(tmp_path / "in", {name: one(name) for name in "ABCDEFGH"})
    open_store(tmp_path / "one").ingest(folder)
    assert len(entries(tmp_path / "one")) == 1
    monkeypatch.setattr(store_module, "_GROUP_BYTES", 2 * len(one("A")))
    open_store(tmp_path / "four").ingest(folder)
    assert len(entries(tmp_path / "four")) == 4


def test_two_equal_runs_write_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fill(tmp_path / "in", GOOD)
    store = open_store(tmp_path / "store")
    store.ingest(folder)
    before = entries(tmp_path / "store")
    with monkeypatch.context() as patch:
        # As for a run that began before the other ended.
        patch.setattr(store_module, "list_entries", lambda _: [])
        assert len(store.ingest(folder).new) == 4
    assert entries(tmp_path / "store") == before
    assert not list((tmp_path / "store" / "entries").glob(".*"))


@pytest.mark.parametrize(("rows", "groups"), [(1, 3), (65_536, 1)])
def test_an_entry_can_be_written_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, groups: int
) -> None:
    monkeypatch.setattr(row_groups, "ROW_GROUP", rows)
    content = interchange(
        remittance(*claim("A", *line(cas=["CO*197*100"])), *claim("B", *line(remarks=["M127"]))),
        remittance(*claim("C", *line()), plb=["PLB*1*20261231*WO:X*1"]),
    )
    name = hashed(content)[0]
    whole = read_835(content)

    def part(first: int, last: int) -> Remittance:
        """Claims of the whole, each payment in the piece of its first claim."""
        frames = {table: getattr(whole, table) for table in REMITTANCE_TABLES}
        wanted = range(first, last + 1)
        begun = whole.claims.groupby("transaction")["claim"].min()
        sets = begun.index[begun.isin(wanted)]
        for table in ("claims", "lines", "adjustments", "remarks"):
            frames[table] = frames[table][frames[table]["claim"].isin(wanted)]
        for table in ("payments", "provider_adjustments"):
            frames[table] = frames[table][frames[table]["transaction"].isin(sets)]
        frames["payments"] = frames["payments"].assign(file=name)
        return Remittance(**frames)

    pieces = iter([part(1, 1), part(2, 2), part(3, 3)])
    entry, tables = store_entries.write_entry(tmp_path, [name], pieces, keep=True)
    assert tables is not None
    assert pq.ParquetFile(entry.folder / "claims.parquet").num_row_groups == groups
    places = pd.Series([0]).to_numpy()
    same(join([Placed(tables, places)], ["<bytes>"]), whole)


def test_a_row_that_does_not_tell_its_content_is_never_dropped(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rows of payments do not tell which content"):
        store_entries.write_entry(tmp_path, ["other"], [read_835(GOOD["A"])], keep=False)
    assert list(tmp_path.iterdir()) == []


# What cannot be used


def damage(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "emptied":
        path.write_bytes(b"")
    elif how == "removed":
        path.unlink()
    else:
        place = {"first bit": 0, "middle bit": len(data) // 2, "last bit": len(data) - 1}[how]
        data[place] ^= 1
        path.write_bytes(data)


HOWS = ("cut", "emptied", "removed", "first bit", "middle bit", "last bit")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        *[("entry.json", how) for how in HOWS],
        *[(f"{t}.parquet", how) for t, how in zip(REMITTANCE_TABLES, [*HOWS, "cut"], strict=True)],
    ],
)
def test_a_damaged_entry_is_found_said_and_rebuilt(name: str, how: str, tmp_path: Path) -> None:
    folder = fill(tmp_path / "in", {"a": GOOD["A"], "b": GOOD["B"]})
    store = open_store(tmp_path / "store")
    store.ingest(folder)
    before = entries(tmp_path / "store")
    damage(before[0] / name, how)
    told = store.ingest(folder)
    assert told.notes == ("1 entry was damaged: removed, and its files are read again",)
    assert told.new == ("a", "b")
    assert entries(tmp_path / "store") == before
    damage(before[0] / name, how)
    same(quiet(folder, store.read), quiet(folder))
    assert store.ingest(folder).notes == ()


def test_random_bytes_changed_anywhere_never_change_a_table(tmp_path: Path) -> None:
    folder = fill(tmp_path / "in", GOOD)
    store = open_store(tmp_path / "store")
    truth = quiet(folder)
    dice = random.Random(7)
    for _ in range(15):
        store.ingest(folder)
        path = dice.choice([p for p in (tmp_path / "store").rglob("*") if p.is_file()])
        data = bytearray(path.read_bytes())
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        path.write_bytes(data)
        same(quiet(folder, store.read), truth)


@pytest.mark.parametrize("what", ["schema", "columns", "package"])
def test_an_entry_of_another_version_is_found_said_and_rebuilt(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fill(tmp_path / "in", GOOD)
    store = open_store(tmp_path / "store")
    version = store_entries._version()
    with monkeypatch.context() as patch:
        patch.setattr(store_entries, "_version", lambda: {**version, what: "older"})
        store.ingest(folder)
    seen = parsed(monkeypatch)
    told = store.ingest(folder)
    assert told.notes == (
        "1 entry was made by another version: removed, and its files are read again",
    )
    assert seen == hashed(*GOOD.values())
    assert len(entries(tmp_path / "store")) == 1
    same(quiet(folder, store.read), quiet(folder))
    assert seen == hashed(*GOOD.values())


def test_entries_of_another_token_key_are_not_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fill(tmp_path / "in", {"a": GOOD["A"]})
    more = fill(tmp_path / "more", {"a": GOOD["A"], "b": GOOD["B"]})
    store = open_store(tmp_path / "store")
    mine = store.read(folder).claims["member_token"].tolist()
    monkeypatch.setenv("J2311_TOKEN_KEY", "another key")
    token_key.cache_clear()
    try:
        theirs = store.read(more).claims["member_token"].tolist()
        assert theirs == read_835(more).claims["member_token"].tolist()
        assert not set(mine) & set(theirs)
        assert store.ingest(more).notes == (
            "1 entry was made with another token key: left alone and not used",
        )
        assert b"another key" not in b"".join(p.read_bytes() for p in files(tmp_path / "store"))
    finally:
        monkeypatch.undo()
        token_key.cache_clear()
    assert store.ingest(folder).known == ("a",)
    assert store.read(folder).claims["member_token"].tolist() == mine


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# Runs at once, and runs that are killed


def many(folder: Path, count: int) -> Path:
    return fill(folder, {f"{n:03d}": one(f"N{n}") for n in range(count)})


def test_runs_at_once_do_not_harm_the_store(tmp_path: Path) -> None:
    folder = fill(many(tmp_path / "in", 40), ODD)
    runs = [start_ingest(folder, tmp_path / "store") for _ in range(2)]
    assert [finish(run) for run in runs] == [(0, b"begins\n")] * 2
    store = open_store(tmp_path / "store")
    told = store.ingest(folder)
    assert (told.new, told.notes) == ((), ())
    same(quiet(folder, store.read), quiet(folder))


def test_runs_at_once_on_a_damaged_store_mend_it(tmp_path: Path) -> None:
    folder = many(tmp_path / "in", 40)
    open_store(tmp_path / "store").ingest(folder)
    damage(entries(tmp_path / "store")[0] / "claims.parquet", "cut")
    runs = [start_ingest(folder, tmp_path / "store") for _ in range(2)]
    assert [finish(run) for run in runs] == [(0, b"begins\n")] * 2
    store = open_store(tmp_path / "store")
    store.ingest(folder)
    assert store.ingest(folder).new == ()
    same(quiet(folder, store.read), quiet(folder))


def test_an_entry_removed_by_another_run_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fill(tmp_path / "in", GOOD)
    store = open_store(tmp_path / "store")
    store.ingest(folder)
    listed = store_entries.list_entries(tmp_path / "store" / "entries")
    shutil.rmtree(listed[0].folder)
    monkeypatch.setattr(store_module, "list_entries", lambda _: listed)
    same(quiet(folder, store.read), quiet(folder))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
# An entry takes seven tables, its head, its folder, the renaming and the parent folder.
@pytest.mark.parametrize("step", [1, 9, 10, 11])
def test_a_run_killed_at_each_step_leaves_the_store_intact(step: int, tmp_path: Path) -> None:
    folder, store = many(tmp_path / "in", 12), tmp_path / "store"
    assert finish(start_ingest(folder, store, step))[0] == -signal.SIGKILL
    assert len(entries(store)) == (step > 10)
    require_intact(store)
    told = open_store(store).ingest(folder)
    assert told.notes == ()
    assert len(told.new) + len(told.known) == 12
    same(quiet(folder, open_store(store).read), quiet(folder))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_runs_killed_at_any_moment_leave_the_store_intact(tmp_path: Path) -> None:
    folder, store, dice = many(tmp_path / "in", 60), tmp_path / "store", random.Random(3)
    for _ in range(4):
        run = start_ingest(folder, store)
        assert run.stderr is not None
        assert run.stderr.readline() == b"begins\n"
        time.sleep(dice.uniform(0, 1))
        run.kill()
        finish(run)
        require_intact(store)
    assert open_store(store).ingest(folder).notes == ()
    same(quiet(folder, open_store(store).read), quiet(folder))


def require_intact(store: Path) -> None:
    listed = store_entries.list_entries(store / "entries") if (store / "entries").exists() else []
    for entry in listed:
        assert (entry.state, store_entries.is_intact(entry)) == ("good", True)


def test_drafts_of_killed_runs_are_removed_after_a_day(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    old, young = (store.folder / "entries" / name for name in (".writing-old", ".writing-young"))
    for draft in (old, young):
        draft.mkdir()
        (draft / "claims.parquet").write_bytes(b"PAR1")
    two_days_ago = young.stat().st_mtime - 2 * 24 * 60 * 60
    os.utime(old, (two_days_ago, two_days_ago))
    store.ingest(GOOD["A"])
    assert (old.exists(), young.exists()) == (False, True)


# Errors, warnings and privacy


@pytest.mark.parametrize("name", ["not x12", "an 837", "empty", "zip in a member"])
def test_nothing_readable_raises_the_same_error(name: str, tmp_path: Path) -> None:
    folder = fill(tmp_path / "in", {"a": ODD[name], "b": ODD["not x12"]})
    store = open_store(tmp_path / "store")
    caught = []
    for read in (read_835, store.read, store.read):
        with pytest.raises(X12Error) as error:
            read(folder)
        found = error.value
        caught.append((str(found), found.problem, found.file, found.segment, found.segment_id))
    assert caught[0] == caught[1] == caught[2]


def test_raise_names_the_first_file_that_fails(everything: Path, tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    with pytest.raises(X12Error) as plain:
        read_835(everything, errors="raise")
    with pytest.raises(X12Error) as stored:
        store.read(everything, errors="raise")
    assert str(plain.value) == str(stored.value)
    with pytest.raises(ValueError, match='errors must be "collect" or "raise"'):
        store.read(everything, errors="ignore")  # type: ignore[arg-type]


def test_the_same_one_warning_is_given(everything: Path, tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    said = []
    for read in (read_835, store.read, store.read):
        with pytest.warns(AnalyticsWarning) as caught:
            read(everything)
        said.append([str(warning.message) for warning in caught])
    assert said[0] == said[1] == said[2]
    assert len(said[0]) == 1


def test_missing_and_empty_sources_say_so(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    with pytest.raises(FileNotFoundError, match="does not exist; check the path"):
        store.read(tmp_path / "nowhere")
    (tmp_path / "in").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no file"):
        store.ingest(tmp_path / "in")


def test_a_store_has_a_folder_of_its_own(tmp_path: Path) -> None:
    folder = fill(tmp_path / "in", GOOD)
    with pytest.raises(ValueError, match="in holds other files; give the store a new folder"):
        open_store(folder)
    with pytest.raises(NotADirectoryError, match="A is a file; a store needs a folder"):
        open_store(folder / "A")
    for source in (folder, str(folder), [folder]):
        with pytest.raises(ValueError, match="would be read as remittances; put it elsewhere"):
            open_store(folder / "store").ingest(source)
    shutil.rmtree(folder / "store")
    hidden = open_store(folder / ".store")
    same(quiet(folder, hidden.read), quiet(folder))
    same(quiet(folder, hidden.read), quiet(folder))


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_only_the_user_can_look_into_a_store(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    old_mask = os.umask(0)
    try:
        for folder in (tmp_path / "new" / "store", shared):
            open_store(folder).ingest(GOOD["A"])
            assert stat.S_IMODE((folder / "entries").stat().st_mode) == 0o700
            assert {stat.S_IMODE(e.stat().st_mode) for e in entries(folder)} == {0o700}
        assert stat.S_IMODE((tmp_path / "new" / "store").stat().st_mode) == 0o700
        assert stat.S_IMODE(shared.stat().st_mode) == 0o755
    finally:
        os.umask(old_mask)


def test_no_person_and_no_file_name_is_in_the_store(
    tmp_path: Path, no_phi: Callable[[str | Path], None]
) -> None:
    folder = fill(tmp_path / "in", {"PHINAME.835": GOOD["A"], "b.835": ODD["not x12"]})
    open_store(tmp_path / "store").ingest(folder)
    no_phi(tmp_path / "store")
    for path in files(tmp_path / "store"):
        assert "PHI" not in path.as_posix().removeprefix(tmp_path.as_posix())
        if path.suffix == ".parquet":
            # Parquet packs its pages; look at what they hold.
            no_phi(pq.ParquetFile(path).read().to_pandas().to_csv())
        else:
            assert set(json.loads(path.read_text())) == {
                "made_by",
                "key",
                "contents",
                "checksums",
            }
