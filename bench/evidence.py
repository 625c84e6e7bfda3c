"""What faint minutiae and each of the four sums of evidence are worth, on real prints.

usage: python -m bench.evidence [--data DIR]

First, the comparison as it is with templates cut at a higher confidence. Then the evidence weighed anew: for each
folder a logistic regression is fitted on the pairs within the other folders, genuine and strangers counting the
same, and its scores are measured in the folder that it did not see; once for all sums, and with some left out. "all"
takes every folder's pairs, each with the weights that did not see it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bench._real_data import TEST_DATA
from bench._recording import record_results
from bench.fingerprint import error_rates, real_templates
from gada.engine.evaluation import compare_all
from gada.engine.fingerprint import Template
from gada.engine.fingerprint.compare import evidence_of_stack, stacked
from gada.engine.fingerprint.descriptors import describe

THRESHOLDS: Final = (0.55, 0.4, 0.2)
SUMS: Final = ("closeness", "confidence", "expectation", "relaxed weight")
CHOICES: Final = ((0,), (3,), (0, 1, 3), (0, 1, 2), (0, 1, 2, 3))
STEPS: Final = 1000  # of a logit, so that error rates can be counted over integers

Floats = NDArray[np.float64]
Part = NDArray[np.bool_]


def surer(template: Template, confidence: float) -> Template:
    """The template without minutiae below a confidence."""
    kept = template.quality >= round(100 * confidence)
    x, y, angle, kind, quality = (
        each[kept] for each in (template.x, template.y, template.angle, template.kind, template.quality)
    )
    return Template(template.width, template.height, x, y, angle, kind, quality, template.finger_quality)


def evidence_of_all(templates: list[Template]) -> NDArray[np.float32]:
    """float32[n, n, 4] below the diagonal."""
    described = [describe(template) for template in templates]
    stack, size = stacked(described), len(described)
    evidence = np.zeros((size, size, len(SUMS)), np.float32)
    for i in range(1, size):
        evidence[i, :i] = evidence_of_stack(described[i], stack, i)
    return evidence


def fitted(evidence: Floats, same: Part) -> Floats:
    """Weights float64[k + 1], the offset last, of a logistic regression of same[p] on evidence[p, k]."""
    scale = evidence.std(axis=0)
    columns = np.column_stack((evidence / scale, np.ones(len(evidence))))
    side = np.where(same, 1.0, -1.0)
    counts = np.where(same, 1 / same.sum(), 1 / (~same).sum()) * 1e4

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = side * (columns @ weights)
        pull = -counts * side * np.exp(-np.logaddexp(0, margin))
        return float(np.sum(counts * np.logaddexp(0, -margin))), columns.T @ pull

    found = minimize(loss, np.zeros(columns.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return np.append(found[:-1] / scale, found[-1])


def rates(raws: NDArray[np.int64], sets: NDArray[np.str_], same: Part, within: Part) -> dict[str, dict[str, float]]:
    """Error rates in percent: mean of the FVC folders, U.are.U, and all folders' own pairs together."""
    each = {
        name: error_rates(raws[here & same], raws[here & ~same])
        for name in sorted(set(sets.tolist()))
        for here in (within & (sets == name),)
    }
    fvc = [each[name] for name in each if name.startswith("fvc")]
    mean = {rate: round(float(np.mean([one[rate] for one in fvc])), 2) for rate in fvc[0]}
    return {"fvc2002 mean": mean, "uareu": each["uareu"], "all": error_rates(raws[within & same], raws[within & ~same])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=TEST_DATA)
    names, owners, templates = (list(column) for column in zip(*real_templates(parser.parse_args().data), strict=True))
    sets, fingers = np.array(names), np.array(owners)
    within = np.tril(sets[:, None] == sets, -1)
    same = within & (fingers[:, None] == fingers)

    results: dict[str, object] = {}
    for threshold in THRESHOLDS:
        cut = [surer(template, threshold) for template in templates]
        minutiae = {"a print": round(float(np.mean([len(template) for template in cut])), 1)}
        results[f"minutiae from {threshold}"] = {"minutiae": minutiae, **rates(compare_all(cut)[0], sets, same, within)}
    evidence = evidence_of_all(templates)
    for choice in CHOICES:
        raws, weights = np.zeros(within.shape, np.int64), {}
        for folder in sorted(set(names)):
            here = within & (sets == folder)
            seen = within & ~here
            found = fitted(evidence[seen][:, choice].astype(np.float64), same[seen])
            logit = evidence[here][:, choice] @ found[:-1] + found[-1]
            raws[here] = np.rint(STEPS * logit).astype(np.int64)
            weights[f"weights without {folder}"] = [round(float(weight), 2) for weight in found]
        results[", ".join(SUMS[k] for k in choice)] = {**rates(raws, sets, same, within), **weights}
    record_results("evidence", results)


if __name__ == "__main__":
    main()
