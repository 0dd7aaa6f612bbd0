"""From source trees to the embedder's weights; see README.md.

.venv-train/bin/python tools/train/train.py --facts FACTS --listing LIST --out weights.bin
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import asked as asking
import numpy as np
import pairs as making
import probe
import vocabulary
import weights
from facts import Facts, load, near_duplicates, tree_weights
from model import Adam, Model, train_step
from scipy import sparse


def read_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=Path, required=True, help="folder of training_facts")
    parser.add_argument("--listing", type=Path, required=True, help="its listing")
    parser.add_argument("--out", type=Path, help="where the table goes")
    parser.add_argument("--name", default="python-words-4", help="of the table")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, metavar="N",
                        help="train N times, from --seed on, and average the tables")  # fmt: skip
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--terms", type=int, default=30000, help="of code")
    parser.add_argument("--english", type=int, default=10000, help="words beside them")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=2048)
    parser.add_argument("--rate", type=float, default=0.004)
    parser.add_argument("--decay", type=float, default=1e-6)
    parser.add_argument("--scale", type=float, default=16)
    parser.add_argument("--overlap", type=float, default=0.3,
                        help="share of the question's words taken out of the document")  # fmt: skip
    parser.add_argument("--near", type=float, default=0.0, help="share of batches from few trees")
    parser.add_argument("--kinds", nargs="+", default=["summary-code", "rest-code", "summary-name",
                                                       "name-body", "summary-rest"])  # fmt: skip
    parser.add_argument("--begin", type=Path, help="go on with this table, without the teacher")
    parser.add_argument("--no-teacher", action="store_true", help="begin with noise")
    parser.add_argument("--trees", type=int, help="learn from so many trees")
    parser.add_argument("--questions", type=float, default=0.03, help="share of questions.txt")
    parser.add_argument("--asked", type=float, default=0.15, help="share of asked.txt")
    parser.add_argument("--thesaurus", type=float, default=0.15, help="share of thesaurus.txt")
    parser.add_argument("--hold-out", type=int, default=0, metavar="N",
                        help="ask, and do not learn from, each N-th asked repository")  # fmt: skip
    return parser.parse_args(arguments)


def is_learned(facts: Facts, options: argparse.Namespace) -> np.ndarray:
    """Tell of each item whether it may be learned from, and say how many were kept out."""
    repeats = near_duplicates(facts)
    out = facts.keeps_out()[facts.tree]
    print(f"{len(facts.items)} items, {int(out.sum())} of trees that are kept out, "
          f"{int((repeats & ~out).sum())} near-duplicates of them")  # fmt: skip
    good = ~repeats & ~asking.is_written(facts)
    if options.trees:
        trees = np.flatnonzero(~facts.keeps_out())
        chosen = np.random.default_rng(options.seed).permutation(trees)[: options.trees]
        good &= np.isin(facts.tree, chosen)
    return good


def without_overlap(query: sparse.csr_matrix, document: sparse.csr_matrix, share: float,
                    rng: np.random.Generator) -> sparse.csr_matrix:  # fmt: skip
    """Take a share of the query's terms out of the document: others must carry the sense."""
    width = query.shape[1]
    asked = np.repeat(np.arange(query.shape[0]), np.diff(query.indptr)) * width + query.indices
    row = np.repeat(np.arange(document.shape[0]), np.diff(document.indptr))
    lost = np.isin(row * width + document.indices, asked) & (rng.random(len(row)) < share)
    data = np.where(lost, np.float32(0), document.data)
    return sparse.csr_matrix((data, document.indices, document.indptr), document.shape)


def batches(data: making.Pairs, options: argparse.Namespace, rng: np.random.Generator):
    """Yield numbers of pairs, forever; with --near some batches hold neighbours."""
    shares = {making.Source.QUESTIONS: options.questions, making.Source.ASKED: options.asked,
              making.Source.THESAURUS: options.thesaurus}  # fmt: skip
    own = {source: np.flatnonzero(data.source == source) for source in shares}
    some = {source: round(share * options.batch) for source, share in shares.items()
            if len(own[source])}  # fmt: skip
    code = np.flatnonzero(data.source <= making.Source.QUESTIONS)
    by_tree = code[np.argsort(data.tree[code], kind="stable")]
    while True:
        order = rng.permutation(code)
        for begin in range(0, len(order) - options.batch + 1, options.batch):
            chosen = order[begin : begin + options.batch]
            if rng.random() < options.near:
                begins = rng.integers(0, len(code) - 128, options.batch // 128)
                chosen = np.concatenate([by_tree[b : b + 128] for b in begins])
            more = [rng.choice(own[source], count) for source, count in some.items()]
            yield np.concatenate([chosen[sum(some.values()) :], *more])


@dataclass
class Prepared:
    """What every run over the same facts begins with."""

    terms: list[str]
    teacher: np.ndarray | None  # None: there is a table to begin with
    begin: np.ndarray | None
    data: making.Pairs
    shown: list[probe.Probe]
    held_out: list[asking.HeldOut]


def prepare(facts: Facts, options: argparse.Namespace) -> Prepared:
    """Choose the terms, ask the teacher about them, and make the pairs."""
    rng = np.random.default_rng(options.seed)
    learned = is_learned(facts, options)
    found = asking.asked(facts)
    found = found.of(learned[found.target])
    held = found.of(np.isin(facts.tree[found.target], found.every(facts, options.hold_out)))
    learned &= ~np.isin(facts.tree, facts.tree[held.target])
    found = found.of(learned[found.target])
    terms = vocabulary.choose(facts, learned, options.terms, options.english, asking.words(facts))
    begin = None
    if options.begin:
        terms, begin = vocabulary.continued(facts, terms, *weights.read(options.begin))
    column = np.full(len(facts.terms), -1, dtype=np.int64)
    column[terms] = np.arange(len(terms))
    teacher = None if options.begin else vocabulary.teacher_vectors(facts, terms, options.facts)
    by_tree = tree_weights(facts, column, len(terms))
    data = making.together([
        making.make(facts, learned, column, by_tree, options.kinds, rng),
        asking.asked_pairs(facts, found, column, by_tree),
        asking.thesaurus_pairs(facts, column, by_tree),
    ])  # fmt: skip
    shown = probe.make(facts, column, by_tree)
    held_out = asking.probes(facts, held, column, by_tree)
    print(f"{len(np.unique(facts.tree[learned]))} trees, {len(terms)} terms, {len(data)} pairs")
    code = data.source == making.Source.CODE
    for kind in options.kinds:
        print(f"  {kind}: {int((code & (data.kind == making.KINDS.index(kind))).sum())}")
    for source in making.Source:
        print(f"  {source.name.lower()}: {int((data.source == source).sum())}")
    return Prepared([facts.terms[i] for i in terms], teacher, begin, data, shown, held_out)


def train(prepared: Prepared, options: argparse.Namespace) -> np.ndarray:
    """Return the vectors of the terms."""
    rng = np.random.default_rng(options.seed)
    data, shown, teacher = prepared.data, prepared.shown, prepared.teacher
    if options.no_teacher and teacher is not None:
        noise = rng.normal(0, teacher.std(), teacher.shape)
        teacher = np.where(teacher.any(1)[:, None], noise, 0)
    model = Model(teacher, options.dimensions, rng, prepared.begin)
    print("before:", probe.report(shown, model.table()), flush=True)
    optimizers = (
        Adam(model.projection.shape, options.rate / 8),
        Adam(model.own.shape, options.rate),
    )
    losses, began = [], time.process_time()
    chosen_ones = batches(data, options, rng)
    for step in range(options.steps):
        chosen = next(chosen_ones)
        query, document = data.queries[chosen], data.documents[chosen]
        if options.overlap > 0:
            document = without_overlap(query, document, options.overlap, rng)
        rate = min(1, (step + 1) / 30) * (1 - 0.95 * step / options.steps)
        losses.append(train_step(model, (query, document), optimizers, options.scale, rate,
                                 options.decay))  # fmt: skip
        if (step + 1) % 200 == 0 or step + 1 == options.steps:
            spent, loss = time.process_time() - began, np.mean(losses[-100:])
            found = probe.report(shown, model.table())
            print(f"{step + 1}: {spent:.0f} s CPU, loss {loss:.3f}; {found}", flush=True)
            print(asking.report(prepared.held_out, model.table()), flush=True)
    return model.table()


def train_several(prepared: Prepared, options: argparse.Namespace) -> np.ndarray:
    """Return the mean of the tables of several seeds ("model soup", Wortsman et al. 2022).

    It needs a common beginning (--begin): tables that began apart do not share their directions.
    """
    total = 0.0
    for seed in range(options.seed, options.seed + options.seeds):
        total = total + train(prepared, argparse.Namespace(**(vars(options) | {"seed": seed})))
    table = total / options.seeds
    if options.seeds > 1:
        print("mean of them:", probe.report(prepared.shown, table))
        print(asking.report(prepared.held_out, table), flush=True)
    return table


def main() -> None:
    """Train and write."""
    options = read_options()
    facts = load(options.facts, options.listing)
    prepared = prepare(facts, options)
    table = train_several(prepared, options)
    if options.out:
        weights.write(options.out, options.name, prepared.terms, table)


if __name__ == "__main__":
    main()
