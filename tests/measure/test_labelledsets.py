"""Labelled items in the shapes in which they are published, and damaged ones."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile

import numpy as np
import pytest

from firth.errors import DataError, FormatError, OptionError
from firth.measure.sets.labelled import LabelledItems, read_labelled

TABLES = {
    "words.csv": "category,word\nbird,owl\nfish,eel\n",
    "index.csv": ",category,word\n0,bird,owl\n1,fish,eel\n",
    "german.csv": "word;label\nowl;bird\neel;fish\n",
    "tabs.tsv": "text\tclass\nowl\tbird\neel\tfish\n",
    "quoted.csv": 'Word,Category\n"owl","bird"\n"eel","fish"\n',
    "windows.csv": "\ufeffword,target\r\nowl,bird\r\neel,fish\r\n",
}
LINES = {
    "trec.txt": "bird owl\nfish eel\n",
    "tabbed": "bird\towl\nfish\teel",
    "fast.txt": "__label__bird owl\n__label__fish eel\n",
}


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", [*TABLES, *LINES])
def test_every_published_shape_reads_the_same(tmp_path, name):
    path = write(tmp_path, name, {**TABLES, **LINES}[name])
    found = read_labelled(path, name="set")
    assert found == LabelledItems(name="set", items=("owl", "eel"), labels=("bird", "fish"))
    packed = write(tmp_path, name + ".gz", gzip.compress(path.read_bytes()))
    assert read_labelled(packed, name="set") == found
    assert read_labelled(path).name == name.partition(".")[0]


def test_columns_can_be_chosen_by_name_or_by_position(tmp_path):
    path = write(tmp_path, "a.csv", "kind,word,who\nbird,owl,ann\nfish,eel,bob\n")
    assert read_labelled(path, label="kind").labels == ("bird", "fish")
    assert read_labelled(path, label="Who", item="kind").items == ("bird", "fish")
    bare = write(tmp_path, "b.csv", "bird,owl\nfish,eel\n")
    assert read_labelled(bare, item=1, label=0).items == ("owl", "eel")
    with pytest.raises(OptionError, match=r"no column that could be the label in .*'kind', 'word', 'who'"):
        read_labelled(path)
    with pytest.raises(OptionError, match="no column 'colour'"):
        read_labelled(path, label="colour")
    with pytest.raises(OptionError, match="item=7 is no column of"):
        read_labelled(bare, item=7, label=0)
    with pytest.raises(OptionError, match="cannot be both the item and its label"):
        read_labelled(path, item="kind", label="kind")


def test_texts_may_hold_anything_that_a_quoted_cell_may(tmp_path):
    path = write(tmp_path, "a.csv", 'text,label\n"one, two\nand # three",x\n# no comment,y\n')
    assert read_labelled(path).items == ("one, two\nand # three", "# no comment")
    lines = write(tmp_path, "b.txt", "x # said so\n5 How far ?\n")
    assert read_labelled(lines).items == ("# said so", "How far ?")


def test_what_is_passed_over_is_said(tmp_path):
    path = write(tmp_path, "a.csv", "word,label\nowl,bird\n\n,bird\neel,\neel,fish\n")
    found = read_labelled(path)
    assert len(found) == 2
    assert found.note == (
        "1 blank lines were passed over; 2 rows without an item or a label were passed over"
    )
    clean = read_labelled(write(tmp_path, "b.csv", "word,label\nowl,bird\neel,fish\n"))
    assert found.checksum == clean.checksum  # the note is about the file, not about the items


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "holds no labelled items"),
        ("a.csv", "word,label\n", "holds no labelled items below its header"),
        ("a.csv", "word,label\nowl\n", "line 2: at least 2 cells were expected, not 1"),
        ("a.csv", 'word,label\n"owl,bird\n', "line 2 cannot be split into columns"),
        ("a.csv", "word,label\n" + "o" * 200_000 + ",bird\n", "line 2 cannot be split into columns"),
        ("a.csv", b"word,label\nowl,bird\n\xe9,fish\n", "line 3 is not utf-8 .* often 'latin-1'"),
        ("a.txt", "", "holds no labelled items"),
        ("a.txt", "bird owl\nfish\n", "line 2: a class and an item were expected, found 'fish'"),
        ("a.txt", "__label__a __label__b owl\n", "line 1 has several labels"),
        ("a.csv.gz", b"\x1f\x8bdamaged", "gzip data"),
    ],
)
def test_damaged_files_name_the_place(tmp_path, name, content, message):
    with pytest.raises(FormatError, match=message):
        read_labelled(write(tmp_path, name, content))


def test_the_encoding_can_be_given(tmp_path):
    path = write(tmp_path, "a.txt", "fish poisson salé\n".encode("latin-1"))
    assert read_labelled(path, encoding="latin-1").items == ("poisson salé",)
    with pytest.raises(OptionError, match="not 'klingon'"):
        read_labelled(path, encoding="klingon")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "xml"}, "form is 'auto', 'table', 'lines', 'folder' or 'archive', not 'xml'"),
        ({"within": "-train"}, "within='-train' chooses folders"),
        ({"item": "word"}, "item and label name the columns of a table"),
    ],
)
def test_options_that_do_not_fit(tmp_path, options, message):
    with pytest.raises(OptionError, match=message):
        read_labelled(write(tmp_path, "a.txt", "bird owl\n"), **options)


FILES = {
    "news/x-train/fish/2": b"eel",
    "news/x-train/bird/1": b"owl",
    "news/x-train/bird/.cache": b"hidden",
    "news/x-test/bird/3": b"jay",
    "news/README": b"read me",
}


def archive(files=FILES, mode="w:gz", **odd):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode=mode) as packed:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
        for name, kind in odd.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            packed.addfile(member)
    return raw.getvalue()


def folder(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path / "news"


def test_a_folder_a_class_reads_as_its_archive(tmp_path):
    path = folder(tmp_path)
    found = read_labelled(path, within="-train", name="news")
    assert (found.items, found.labels) == (("owl", "eel"), ("bird", "fish"))
    assert found.note == (
        "1 hidden files were passed over; 2 files outside the folders asked for were passed over"
    )
    for mode, suffix in (("w:gz", ".tar.gz"), ("w", ".tar"), ("w:bz2", ".tar.bz2"), ("w:xz", ".tgz")):
        packed = write(tmp_path, "news" + suffix, archive(mode=mode))
        assert read_labelled(packed, within="-train") == found
    assert sorted(read_labelled(path).items) == ["eel", "jay", "owl"]
    with pytest.raises(FormatError, match="below one that ends in '-dev'; there are"):
        read_labelled(path, within="-dev")


def test_an_archive_leads_nowhere(tmp_path):
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE):
        path = write(tmp_path, "a.tar.gz", archive(**{"news/x/bird/9": kind}))
        with pytest.raises(FormatError, match="news/x/bird/9 is a link or a device"):
            read_labelled(path)
    path = write(tmp_path, "b.tar", archive({"../../bird/1": b"owl", "/fish/2": b"eel"}, "w"))
    assert sorted(read_labelled(path).labels) == ["bird", "fish"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.tar.gz", "b.tar"]


def test_an_archive_that_is_too_large_is_refused(tmp_path, monkeypatch):
    from firth.measure.sets import labelledfolder

    monkeypatch.setattr(labelledfolder, "MOST", 5)
    with pytest.raises(FormatError, match="GiB of text"):
        read_labelled(write(tmp_path, "a.tar.gz", archive()))


def test_damaged_archives_raise_only_format_errors(tmp_path):
    random = np.random.default_rng(0)
    for mode in ("w", "w:gz"):
        whole = archive(mode=mode)
        for _ in range(150):
            raw = bytearray(whole)
            for _ in range(int(random.integers(1, 4))):
                raw[random.integers(len(raw))] = random.integers(256)
            raw = raw[: random.integers(1, len(raw) + 1)] if random.random() < 0.3 else raw
            try:
                read_labelled(write(tmp_path, "a.tar", bytes(raw)))
            except FormatError:
                continue
    with pytest.raises(FormatError, match=r"(archive is damaged|holds no files)"):
        read_labelled(write(tmp_path, "a.tar.bz2", bz2.compress(b"no archive")))


def test_labels_must_fit_the_items():
    with pytest.raises(DataError, match="set: 2 items do not fit 1 labels"):
        LabelledItems(name="set", items=("a", "b"), labels=("x",))
