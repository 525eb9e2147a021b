"""`firth tokenize`: text to tokens, a vocabulary of subwords, or which set of tokens serves a text best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firth.cli.opening import check_file
from firth.cli.options import Force, Json
from firth.cli.output import print_json, print_line, print_table, printable, say
from firth.cli.textfolder import text_files
from firth.errors import OptionError

if TYPE_CHECKING:
    from firth.tokenize.comparing import Comparison
    from firth.tokenize.tokens import Tokens

__all__ = ["tokenize"]

_COLUMNS = {  # heading -> field of a row; shares are shown as they are, 0 to 1
    "tokenizer": "name",
    "vocabulary": "vocabulary",
    "tokens a word": "fertility",
    "low": "low",
    "high": "high",
    "characters a token": "characters",
    "bytes a token": "bytes",
    "unknown": "unknown",
    "coverage": "coverage",
    "used": "used",
    "efficiency": "efficiency",
    "MB/s": "speed",
}

_GOES_WITH = {  # parameter -> the jobs that heed it; what is not here goes with all
    "vocab_size": ("--train",),
    "output": ("--train",),
    "byte_fallback": ("--train", "--compare"),
    "force": ("--train", "--compare"),
    "ids": ("--model", "--characters", "--bytes"),  # the tokens of rules are no vocabulary
    "offsets": ("--model", "--rules", "--characters", "--bytes"),
    "algorithms": ("--compare",),
    "vocab_sizes": ("--compare",),
    "limit": ("--compare",),
    "plot": ("--compare",),
}


class Algorithm(StrEnum):
    """How a vocabulary is trained."""

    bpe = "bpe"
    wordpiece = "wordpiece"
    unigram = "unigram"


def tokenize(
    context: typer.Context,
    corpus: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…",
            help="Text: files, globs or folders of .txt files, also .gz .bz2 .xz .zst; or - for stdin.",
        ),
    ],
    *,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Use this vocabulary: tokenizer.json, vocab.txt, or a model's folder."),
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="Words and signs by rules; the default.")] = False,
    characters: Annotated[bool, typer.Option("--characters", help="Each character is a token.")] = False,
    bytes_: Annotated[bool, typer.Option("--bytes", help="Each byte of UTF-8 is a token.")] = False,
    train: Annotated[
        Algorithm | None, typer.Option("--train", help="Train a subword vocabulary and write it (-o).")
    ] = None,
    vocab_size: Annotated[
        int, typer.Option("--vocab-size", help="With --train: tokens of the vocabulary at most.")
    ] = 32_000,
    byte_fallback: Annotated[
        bool,
        typer.Option(
            "--byte-fallback/--no-byte-fallback",
            help="With --train or --compare: nothing is unknown, or rare letters are.",
        ),
    ] = True,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where --train writes its tokenizer.json.")
    ] = None,
    ids: Annotated[bool, typer.Option("--ids", help="Show ids instead of tokens.")] = False,
    offsets: Annotated[bool, typer.Option("--offsets", help="A token a line, with its place.")] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Train several vocabularies and measure them on held-out lines.")
    ] = False,
    algorithms: Annotated[
        str, typer.Option("--algorithms", help="With --compare: separated by commas.")
    ] = "bpe,wordpiece,unigram",
    vocab_sizes: Annotated[
        str, typer.Option("--vocab-sizes", help="With --compare: separated by commas.")
    ] = "1000,4000,16000",
    limit: Annotated[
        int,
        typer.Option(
            "--limit",
            min=1,
            max=1_000_000,
            metavar="MB",
            help="With --compare: about how much of the text is read.",
        ),
    ] = 8,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="With --compare: draw it to this .png, .svg or .pdf.")
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Cut text into tokens, one line of tab-separated tokens a line; or train and compare vocabularies."""
    jobs = {"--model": model is not None, "--rules": rules, "--characters": characters, "--bytes": bytes_}
    _check_options(context, jobs | {"--train": train is not None, "--compare": compare})
    if train is not None and output is None:
        raise OptionError("--train writes a file: name it with -o tokenizer.json")
    for file in (output, plot):
        if file is not None:
            check_file(file, force=force)
    source = text_files(corpus, tell=None if quiet else say)
    if compare:
        sizes = [_whole("--vocab-sizes", size) for size in vocab_sizes.split(",") if size]
        names = [name.strip() for name in algorithms.split(",") if name.strip()]
        found = _compare(
            source,
            algorithms=names,
            sizes=sizes,
            byte_fallback=byte_fallback,
            limit=limit * 1_000_000,
            plot=plot,
            force=force,
            silent=quiet or json,
        )
        _show(found, json=json, quiet=quiet)
    elif train is not None and output is not None:
        _train(
            source,
            output,
            algorithm=train.value,
            vocab_size=vocab_size,
            byte_fallback=byte_fallback,
            force=force,
            quiet=quiet,
            json=json,
        )
    else:
        tokenizer = _chosen(model, characters=characters, bytes_=bytes_)
        _print_tokens(tokenizer, source, ids=ids, offsets=offsets, json=json, quiet=quiet)


def _check_options(context: typer.Context, wanted: Mapping[str, bool]) -> None:
    """Refuse options that would not be heeded.

    Args:
        context: of the command, which knows what was written and what is a default.
        wanted: for each job whether it was asked for.

    Raises:
        OptionError: two jobs are chosen, or an option belongs to another job.
    """
    chosen = [job for job in wanted if wanted[job]]
    if len(chosen) > 1:
        raise OptionError(f"{' and '.join(chosen)} are different jobs; choose one")
    job = chosen[0] if chosen else "--rules"
    for parameter, jobs in _GOES_WITH.items():
        if job not in jobs and (option := _given(context, parameter)):
            ways = " or ".join([", ".join(jobs[:-1]), jobs[-1]] if jobs[1:] else jobs)
            raise OptionError(f"{option} goes with {ways}, not with {job}{'' if chosen else ', the default'}")
    if context.params["json"] and (option := _given(context, "ids") or _given(context, "offsets")):
        raise OptionError(f"--json writes tokens, ids and places alike; leave out {option}")


def _given(context: typer.Context, parameter: str) -> str:
    """The option of this parameter as it was written on the command line; "" if it was not."""
    source = context.get_parameter_source(parameter)
    if source is None or source.name != "COMMANDLINE":
        return ""
    (option,) = (one for one in context.command.params if one.name == parameter)
    negated = option.secondary_opts and context.params[parameter] is False
    return option.secondary_opts[0] if negated else option.opts[0]


def _whole(option: str, word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise OptionError(f"{option} takes whole numbers separated by commas, not {word!r}") from None


# --- tokens -------------------------------------------------------------------------------------------------


def _chosen(model: Path | None, *, characters: bool, bytes_: bool) -> Any:
    from firth.tokenize import ByteTokenizer, CharacterTokenizer, RuleTokenizer, SubwordTokenizer

    if model is not None:
        return SubwordTokenizer.load(model)
    if characters:
        return CharacterTokenizer()
    return ByteTokenizer() if bytes_ else RuleTokenizer()


def _print_tokens(
    tokenizer: Any, source: list[Path], *, ids: bool, offsets: bool, json: bool, quiet: bool
) -> None:
    report = {"invalid_utf8_lines": 0}
    lines = _lines(source, report)
    if json:
        print_json({"lines": [_record(tokenizer.encode(line)) for line in lines]} | report)
        return
    if offsets:
        print_line("\t".join(["line", "start", "stop", *(["id"] if ids else []), "token"]))
    for number, line in enumerate(lines):
        tokens = tokenizer.encode(line)
        shown = [printable(text) for text in tokens.texts]
        if offsets:
            for k, (start, stop) in enumerate(tokens.spans.tolist()):
                place = [number, start, stop, *([tokens.ids[k]] if ids else []), shown[k]]
                print_line("\t".join(map(str, place)))
        else:
            print_line("\t".join(map(str, tokens.ids.tolist()) if ids else shown))
    if not quiet:
        _say_damaged(report)


def _lines(source: list[Path], report: dict[str, int]) -> Iterator[str]:
    """The lines of the files, one after the other; see `firth.data.textlines.lines_of` for the report."""
    from firth.data.sources import expand, file_chunks
    from firth.data.textlines import lines_of, whole_lines

    for text, _ in whole_lines(file_chunks(expand(source))):
        yield from lines_of(text, report)


def _say_damaged(report: Mapping[str, int]) -> None:
    if n := report["invalid_utf8_lines"]:
        say(f"{n:,} {'line was' if n == 1 else 'lines were'} not valid UTF-8; what was not is U+FFFD")


def _record(tokens: Tokens) -> dict[str, Any]:
    """One line as values that JSON can hold."""
    record: dict[str, Any] = {"tokens": tokens.texts, "spans": tokens.spans.tolist()}
    return record if tokens.ids is None else record | {"ids": tokens.ids.tolist()}


# --- vocabularies -------------------------------------------------------------------------------------------


def _train(
    source: list[Path],
    output: Path,
    *,
    algorithm: Any,
    vocab_size: int,
    byte_fallback: bool,
    force: bool,
    quiet: bool,
    json: bool,
) -> None:
    from firth.tokenize import SubwordTokenizer

    made = SubwordTokenizer.train(
        source, algorithm=algorithm, vocab_size=vocab_size, byte_fallback=byte_fallback
    )
    made.save(output, force=force)
    report = made.report
    if json:
        print_json({"file": str(output), "algorithm": algorithm, "report": report})
    elif not quiet:
        damaged = report["invalid_utf8_lines"]
        say(
            f"{output}: {len(made):,} tokens of {algorithm} from {report['lines']:,} lines"
            + (f", {damaged:,} of them not valid UTF-8" if damaged else "")
        )


def _compare(
    source: list[Path],
    *,
    algorithms: list[Any],
    sizes: list[int],
    byte_fallback: bool,
    limit: int,
    plot: Path | None,
    force: bool,
    silent: bool,
) -> Comparison:
    from firth.tokenize.comparing import compare_tokenizers
    from firth.tokenize.comparisonfigure import check_figure, draw_comparison

    if plot is not None:
        check_figure(plot)
    found = compare_tokenizers(
        source,
        algorithms=algorithms,
        vocab_sizes=sizes,
        byte_fallback=byte_fallback,
        limit=limit,
        progress=None if silent else lambda name: say(f"measuring {name}"),
    )
    if plot is not None:
        draw_comparison(found, plot, force=force)
    return found


def _show(found: Comparison, *, json: bool, quiet: bool) -> None:
    if json:
        print_json(found.to_dict())
        return
    rows = [[getattr(row, field) for field in _COLUMNS.values()] for row in found.rows]
    report = found.report
    title = (
        f"{report['training_lines']:,} lines to train on, {report['held_out_lines']:,} held out and measured"
    )
    print_table(list(_COLUMNS), rows, title=title)
    print_line(printable(found.verdict))
    if quiet:
        return
    _say_damaged(report)
    if report["rest_left_out"]:
        say(f"only the first {report['bytes'] / 1e6:.1f} MB of the text were read; --limit changes that")
