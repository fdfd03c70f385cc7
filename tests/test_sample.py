"""The sample world: same seed, same content; every file balances; the truth ties to the files.

The parser here is naive on purpose and shares nothing with the package.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections import Counter, defaultdict
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest

from j2311_analytics import codes
from j2311_analytics.sample import make_sample

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("world") / "w")


@pytest.fixture(scope="module")
def with_future(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("future") / "w", future=True)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("small") / "w", claims=150, seed=7)


class Claim(NamedTuple):
    segments: list[list[str]]

    @property
    def head(self) -> list[str]:
        return self.segments[0]

    def cas(self) -> tuple[list[tuple[str, str, int]], list[list[tuple[str, str, int]]]]:
        """Triplets at claim level, and those of each line."""
        levels: list[list[tuple[str, str, int]]] = [[]]
        for segment in self.segments:
            if segment[0] == "SVC":
                levels.append([])
            elif segment[0] == "CAS":
                for n in range(2, len(segment), 3):
                    levels[-1].append((segment[1], segment[n], cents(segment[n + 1])))
        return levels[0], levels[1:]

    def lines(self) -> list[list[str]]:
        return [s for s in self.segments if s[0] == "SVC"]


def cents(text: str) -> int:
    amount = Decimal(text or "0") * 100
    assert amount == int(amount)
    return int(amount)


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.name.endswith(".gz") else data).decode()


def segments_of(text: str) -> list[list[str]]:
    element, end = text[3], text[105]
    return [s.strip("\r\n").split(element) for s in text.split(end) if s.strip("\r\n")]


def claims_of(segments: list[list[str]]) -> list[Claim]:
    found: list[Claim] = []
    for segment in segments:
        if segment[0] == "CLP":
            found.append(Claim([]))
        if segment[0] in ("LX", "PLB", "SE", "ST"):
            found.append(Claim([]))
        if found:
            found[-1].segments.append(segment)
    return [c for c in found if c.segments[0][0] == "CLP"]


def transactions_of(segments: list[list[str]]) -> list[list[list[str]]]:
    starts = [n for n, s in enumerate(segments) if s[0] == "ST"]
    ends = [n for n, s in enumerate(segments) if s[0] == "SE"]
    return [segments[a : b + 1] for a, b in zip(starts, ends, strict=True)]


def remits(folder: Path) -> dict[str, list[list[str]]]:
    return {p.name: segments_of(text_of(p)) for p in sorted((folder / "835").iterdir())}


def table(folder: Path, name: str) -> Rows:
    with (folder / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def content(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".xlsx":
            sheet = openpyxl.load_workbook(path).active
            assert sheet is not None
            found[name] = repr(list(sheet.values))
        else:
            found[name] = text_of(path)
    return found


def test_same_seed_gives_the_same_content(small: Path, tmp_path: Path) -> None:
    assert content(make_sample(tmp_path / "again", claims=150, seed=7)) == content(small)


def test_another_seed_gives_other_content(small: Path, tmp_path: Path) -> None:
    other = content(make_sample(tmp_path / "other", claims=150, seed=8))
    assert other["claims.csv"] != content(small)["claims.csv"]


def test_the_future_changes_nothing_before_it(world: Path, with_future: Path) -> None:
    before, after = content(world), content(with_future)
    assert {k: after[k] for k in before if k not in ("manifest.csv", "README.txt")} == {
        k: v for k, v in before.items() if k not in ("manifest.csv", "README.txt")
    }
    later = {k for k in after if k not in before}
    assert later == {k for k in later if k.startswith("future/")} | {"truth/outcomes.csv"}


def test_manifest_lists_every_file_by_its_content(small: Path) -> None:
    with (small / "manifest.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["file"]: row for row in csv.DictReader(file)}
    found = content(small)
    assert set(listed) == set(found) - {"manifest.csv"}
    for name, text in found.items():
        if not name.endswith((".xlsx", "manifest.csv")):
            assert hashlib.sha256(text.encode()).hexdigest() == listed[name]["sha256"]
            assert str(len(text.encode())) == listed[name]["bytes"]
    assert listed["claims.xlsx"]["sha256"] == listed["claims.csv"]["sha256"]


def test_every_line_and_claim_balances(world: Path) -> None:
    for segments in remits(world).values():
        for claim in claims_of(segments):
            at_claim, at_lines = claim.cas()
            for line, triplets in zip(claim.lines(), at_lines, strict=True):
                assert cents(line[2]) - sum(t[2] for t in triplets) == cents(line[3])
            adjusted = sum(t[2] for level in [at_claim, *at_lines] for t in level)
            assert cents(claim.head[3]) - adjusted == cents(claim.head[4])


def test_every_transaction_balances_and_none_is_negative(with_future: Path) -> None:
    for folder in (with_future, with_future / "future"):
        for segments in remits(folder).values():
            for transaction in transactions_of(segments):
                bpr = next(s for s in transaction if s[0] == "BPR")
                paid = sum(cents(s[4]) for s in transaction if s[0] == "CLP")
                provider = sum(
                    cents(s[n]) for s in transaction if s[0] == "PLB" for n in range(4, len(s), 2)
                )
                assert cents(bpr[2]) == paid - provider
                assert cents(bpr[2]) >= 0


def test_counts_in_the_envelopes_are_right(world: Path) -> None:
    texts = [text_of(p) for room in ("835", "837") for p in (world / room).iterdir()]
    for segments in map(segments_of, texts):
        sets = transactions_of(segments)
        assert all(int(t[-1][1]) == len(t) and t[-1][2] == t[0][2] for t in sets)
        assert segments[0][0] == "ISA"
        assert segments[-1][0] == "IEA"
        assert segments[-2][:2] == ["GE", str(len(sets))]
        assert segments[-1][2] == segments[0][13]


def test_files_vary_as_payers_do(world: Path) -> None:
    texts = {p.name: text_of(p) for p in (world / "835").iterdir()}
    assert len({t[3] + t[104] + t[105] + t[82] for t in texts.values()}) >= 4
    assert {"".join(Path(n).suffixes) for n in texts} == {".835", ".835.gz", ".edi", ".txt"}
    assert any(len(transactions_of(segments_of(t))) > 1 for t in texts.values())
    assert len(set(texts.values())) == len(texts)


def test_every_cause_and_state_occurs_on_focus_lines(world: Path) -> None:
    carc = codes.load("carc")
    wanted = set(carc["category"][carc["kind"] == "denial"]) | {"unknown_code"}
    focus = [row for row in table(world, "denials") if row["focus"] == "1"]
    assert wanted == {row["cause"] for row in focus}
    states = {row["state"] for row in table(world, "episodes") if row["focus"] == "1"}
    assert states >= {
        "open", "partly_recovered", "recovered", "patient_responsibility", "written_off",
        "reversed", "pended", "paid",
    }  # fmt: skip


def test_open_focus_denials_are_as_many_as_a_practice_has(world: Path) -> None:
    still = [
        r for r in table(world, "episodes") if r["focus"] == "1" and r["open_amount"] != "0.00"
    ]
    assert 40 <= len(still) <= 60
    assert len({r["payer_id"] for r in still}) >= 7
    totals = table(world, "totals")[0]
    assert 0.18 <= int(totals["denied_lines"]) / int(totals["lines"]) <= 0.22


def test_truth_denials_tie_to_the_files(world: Path) -> None:
    kinds = denial_kinds()
    in_files: Counter[str] = Counter()
    for name, segments in remits(world).items():
        for claim in claims_of(segments):
            at_claim, at_lines = claim.cas()
            for _, carc, amount in [t for level in [at_claim, *at_lines] for t in level]:
                if kinds.get(carc, "denial") == "denial" and claim.head[2] != "22":
                    in_files[name] += amount
    in_truth: Counter[str] = Counter()
    for row in table(world, "denials"):
        in_truth[row["file"]] += cents(row["denied_amount"])
    assert +in_files == in_truth


def test_truth_cause_is_what_the_codes_say(world: Path) -> None:
    by_place = defaultdict(list)
    for row in table(world, "denials"):
        by_place[row["file"], int(row["claim_position"])].append(row)
    for name, segments in remits(world).items():
        for position, claim in enumerate(claims_of(segments), 1):
            for row in by_place[name, position]:
                assert (row["carc"], row["rarc"], row["cause"]) == cause_of(claim, row), row


def cause_of(claim: Claim, row: dict[str, str]) -> tuple[str, str, str]:
    """The largest triplet; ties to what is not generic, then to the earlier one."""
    place = place_of(claim, row)
    at_claim, at_lines = claim.cas()
    here = at_lines[place] if place is not None else []
    remarks = [
        s[2] for s in claim.segments if s[0] == "LQ" and line_number_of(claim, s) == place
    ] + [code for s in claim.segments if s[0] == "MOA" for code in s[3:]]
    found = []
    for n, (_, code, amount) in enumerate([*here, *at_claim]):
        if denial_kinds().get(code, "denial") == "denial":
            rarc, cause = refined(code, remarks)
            found.append((-amount, cause == "generic", n, code, rarc, cause))
    return min(found)[3:]


def place_of(claim: Claim, row: dict[str, str]) -> int | None:
    """The line by its control number, else by its code."""
    for n, line in enumerate(claim.lines()):
        if (
            line[1].replace("^", ":").replace(">", ":").replace("\\", ":").split(":")[1]
            == row["hcpcs"]
        ):
            return n
    return None


def line_number_of(claim: Claim, wanted: list[str]) -> int:
    here = -1
    for segment in claim.segments:
        here += segment[0] == "SVC"
        if segment is wanted:
            return here
    raise AssertionError


@cache
def denial_kinds() -> dict[str, str]:
    return codes.lookup("carc", "code", "kind")


@cache
def deciding() -> dict[str, str]:
    rarc = codes.load("rarc")
    rows = rarc[(rarc["category"] != "") & ~rarc["action_flag"].str.contains("alert")]
    return dict(zip(rows["code"], rows["category"], strict=True))


def refined(code: str, remarks: list[str]) -> tuple[str, str]:
    if code not in denial_kinds():
        return "", "unknown_code"
    if "needs_rarc" in codes.lookup("carc", "code", "notes")[code]:
        for remark in remarks:
            if remark in deciding():
                return remark, deciding()[remark]
    return "", codes.lookup("carc", "code", "category")[code]


def test_truth_adds_up(world: Path) -> None:
    rows = table(world, "episodes")
    for row in rows:
        parts = ("open_amount", "written_off_amount", "shifted_amount")
        assert cents(row["denied_amount"]) == sum(cents(row[p]) for p in parts), row
        assert cents(row["allowed"]) == cents(row["paid"]) + cents(row["patient_share"])
    focus = [r for r in rows if r["focus"] == "1"]
    totals, cells = table(world, "totals")[0], table(world, "by_payer_and_cause")
    for name in ("denied_amount", "open_amount"):
        whole = sum(cents(r[name]) for r in focus)
        assert whole == cents(totals[name]) == sum(cents(c[name]) for c in cells)


def test_standing_denials_are_the_denied_dollars(world: Path) -> None:
    """Apart from duplicates beside a decision, and what second payers refuse."""
    episodes = table(world, "episodes")
    first_payer = {row["claim_id"]: row["payer_id"] for row in episodes}
    standing = sum(
        cents(row["denied_amount"])
        for row in table(world, "denials")
        if row["stands"] == "1"
        and row["is_duplicate_beside_another"] == "0"
        and first_payer.get(row["claim_id"], row["payer_id"]) == row["payer_id"]
    )
    assert standing == sum(cents(row["denied_amount"]) for row in episodes)


@pytest.fixture(scope="module", params=[False, True], ids=["usual", "hard"])
def answered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("answered") / "w"
    return make_sample(folder, claims=600, seed=4, hard=request.param)


def test_every_service_line_and_every_export_row_is_paired_or_alone(answered: Path) -> None:
    pairs, alone = table(answered, "pairs"), table(answered, "alone")
    for name, segments in remits(answered).items():
        places = sorted(
            (int(r["claim_position"]), int(r["line_position"]))
            for r in [*pairs, *alone]
            if r["file"] == name and r["line_position"]
        )
        claims = claims_of(segments)
        wanted = [(c, n) for c, claim in enumerate(claims, 1) for n in _numbers(claim)]
        assert places == wanted, name
    rows = table(answered, "claim_lines")
    paired = {int(r["export_row"]) for r in pairs}
    left = [int(r["export_row"]) for r in alone if r["export_row"]]
    assert sorted([*paired, *left]) == list(range(1, len(rows) + 1))


def _numbers(claim: Claim) -> range:
    return range(1, len(claim.lines()) + 1)


def test_a_pair_is_one_service_on_one_day_sent_before_it_was_answered(answered: Path) -> None:
    rows, heads = table(answered, "claim_lines"), remits(answered)
    lines = {name: [c.lines() for c in claims_of(segments)] for name, segments in heads.items()}
    for pair in table(answered, "pairs"):
        row = rows[int(pair["export_row"]) - 1]
        assert (row["claim_id"], row["line_number"]) == (
            pair["export_claim_id"],
            pair["export_line_number"],
        )
        if pair["line_position"]:
            found = lines[pair["file"]][int(pair["claim_position"]) - 1]
            line = found[int(pair["line_position"]) - 1]
            assert row["hcpcs"] in line[1]
            assert abs(cents(line[2])) == cents(row["charge"])


def test_a_hard_world_has_all_that_makes_matching_hard(answered: Path) -> None:
    pairs, alone = table(answered, "pairs"), table(answered, "alone")
    own: dict[tuple[str, str], set[str]] = defaultdict(set)
    written: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for pair in pairs:
        place = (pair["file"], pair["claim_position"])
        own[place].add(pair["export_claim_id"])
        written[pair["export_claim_id"]].add(place)
    assert any(len(ids) > 1 for ids in own.values())
    assert any(len(places) > 1 for places in written.values())
    assert any(p["claim_id"] != p["export_claim_id"] for p in pairs)
    hard = "--hard" in (answered / "README.txt").read_text(encoding="utf-8")
    known = {"no_answer", "not_exported"} if hard else {"no_answer"}
    assert known <= {r["why"] for r in alone}


def test_export_and_837_hold_the_same_lines(world: Path) -> None:
    sent: Counter[tuple[str, str, str]] = Counter()
    for path in (world / "837").iterdir():
        claim_id = ""
        for segment in segments_of(text_of(path)):
            if segment[0] == "CLM":
                claim_id = segment[1]
            elif segment[0] == "SV1":
                sent[claim_id, segment[1].split(":")[1], f"{cents(segment[2])}"] += 1
    rows = table(world, "claim_lines")
    assert sent == Counter((r["claim_id"], r["hcpcs"], f"{cents(r['charge'])}") for r in rows)


def test_nothing_is_dated_after_the_last_month(world: Path) -> None:
    for segments in remits(world).values():
        assert all(s[-1] <= "20261031" for s in segments if s[0] == "BPR")
    for row in table(world, "claim_lines"):
        dates = [v for k, v in row.items() if k.endswith(("_on", "_date")) and v]
        assert max(dates) <= "2026-10-31"


def test_nothing_personal_in_truth_or_file_names(world: Path) -> None:
    with (world / "claims.csv").open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    private = {p[c] for p in people for c in ("Member ID", "MRN", "DOB", "Patient Name")}
    private |= {name for p in people for name in p["Patient Name"].split(", ")}
    names = " ".join(p.name for p in world.rglob("*"))
    words = set()
    for path in (world / "truth").iterdir():
        words |= set(text_of(path).replace("\n", ",").split(","))
    assert not private & words
    assert not [item for item in private if item in names]


def test_outcomes_cover_the_open_denials_and_chances_hold(tmp_path: Path) -> None:
    folder = make_sample(tmp_path / "w", claims=2500, seed=3, future=True)
    rows = table(folder, "outcomes")
    still = [r for r in table(folder, "episodes") if r["open_amount"] != "0.00"]
    assert {r["line_control"] for r in rows} == {r["line_control"] for r in still}
    focus = [r for r in rows if r["focus"] == "1"]
    expected = sum(float(r["true_chance"]) for r in focus)
    came = sum(r["later_allowed"] != "0.00" for r in focus)
    assert abs(came - expected) < 4 * expected**0.5


def test_a_tiny_world_and_nonsense(tmp_path: Path) -> None:
    make_sample(tmp_path / "tiny", months=1, claims=1)
    with pytest.raises(ValueError, match="last_month must look like 2026-10; got 'October'"):
        make_sample(tmp_path / "x", last_month="October")
    with pytest.raises(ValueError, match="claims must be between 1 and 1000000"):
        make_sample(tmp_path / "x", claims=0)


def test_an_earlier_sample_is_replaced_and_other_files_are_kept(tmp_path: Path) -> None:
    make_sample(tmp_path / "w", claims=60)
    first = make_sample(tmp_path / "w", months=6, claims=30)
    assert content(first) == content(make_sample(tmp_path / "v", months=6, claims=30))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(FileExistsError, match="give a new or an empty folder"):
        make_sample(tmp_path / "mine")
